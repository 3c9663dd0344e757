"""Doors: one deployed function a file. They parse, call one flow, and translate the result."""
