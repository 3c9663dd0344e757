"""Measurements of the running product; each prints one `name=value` a line, last."""
