"""The outside world, simulated: every platform speaks its true wire format and tells one story."""
