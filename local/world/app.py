"""The simulated outside world in one application: `uvicorn local.world.app:app --port PORT`."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from local.world import control, ga4, gemini, google_ads, meta, slack
from local.world.faults import Door
from local.world.smtp import mail_server
from local.world.state import World
from local.world.wire import Refused, refuse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp


def create_app(smtp_port: int | None) -> ASGIApp:
    """Build a world of its own; see `mail_server` for the port."""
    world = World()

    @asynccontextmanager
    async def lifespan(_inside: Starlette) -> AsyncIterator[None]:
        async with mail_server(world, smtp_port):
            yield

    inside = Starlette(
        routes=[
            Mount("/meta", routes=meta.ROUTES),
            Mount("/google-oauth", routes=google_ads.TOKEN_ROUTES),
            Mount("/google-ads", routes=google_ads.ROUTES),
            Mount("/ga4", routes=ga4.ROUTES),
            Mount("/gemini", routes=gemini.ROUTES),
            Mount("/slack/api", routes=slack.ROUTES),
            Mount("/slack-hooks", routes=slack.HOOK_ROUTES),
            Mount("/_world", routes=control.ROUTES),
            Route("/healthz", control.health),
        ],
        exception_handlers={Refused: refuse},
        lifespan=lifespan,
    )
    inside.state.world = world
    return Door(inside, world)


def _port(text: str | None) -> int | None:
    return int(text) if text else None


app = create_app(_port(os.environ.get("WARROOM_SMTP_PORT")))
