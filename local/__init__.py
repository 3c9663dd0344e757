"""The local platform: emulators, event relay, gateway, and a simulated outside world."""
