"""The wire: requests and events become values here, values become answers."""
