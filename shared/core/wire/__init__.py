"""The contract's documents, both ways: stored fields and JSON bodies share these names."""
