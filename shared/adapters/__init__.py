"""Hands: each speaks one outside language and lets none of it through."""
