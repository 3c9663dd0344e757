"""The simulated outside world, for tests that speak to it over real HTTP."""

from local.world.running import running_world

__all__ = ["running_world"]
