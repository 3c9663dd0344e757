"""Thinking: values in, values out. No clock, no chance, no network, no SDK."""
