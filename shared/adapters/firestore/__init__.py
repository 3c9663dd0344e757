"""Firestore: every path, every field and every deadline of it."""
