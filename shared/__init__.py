"""The one package every door is made of."""
