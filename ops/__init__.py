"""The operator's command, `warroom`."""
