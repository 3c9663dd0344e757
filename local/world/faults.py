"""Scripted misfortune at the door: counts every call, and lets pending faults happen before the platform."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from local.world import gemini, slack
from local.world.google_errors import ADS_ERRORS, GA4_ERRORS, OAUTH_ERRORS, in_array
from local.world.meta_errors import ERRORS as META_ERRORS
from local.world.smtp import MAILBOXES, REPLIES
from local.world.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from local.world.state import Fault, World

SCRIPTED: Mapping[str, Mapping[str, Answer]] = {
    "meta": META_ERRORS,
    "google-oauth": OAUTH_ERRORS,
    "google-ads": ADS_ERRORS,
    "ga4": GA4_ERRORS,
    "gemini": gemini.ERRORS,
    "slack": slack.ERRORS,
    "slack-hooks": slack.HOOK_ERRORS,
}
_MAIL = {"smtp": REPLIES, "smtp-mailbox": MAILBOXES}
_HANG_S = 120.0
_GATEWAY = Answer(502, "<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>")
_TRANSPORT = frozenset({"latency", "hang", "reset", "truncated_json", "html_502"})
_LONG_NUMBER = re.compile(r"\d{5,}")


def names_of(platform: str) -> frozenset[str]:
    """Return the faults a platform knows; none when there is no such platform."""
    if platform in _MAIL:
        return frozenset(_MAIL[platform])
    if platform not in SCRIPTED:
        return frozenset()
    behaviours = gemini.BEHAVIOURS if platform == "gemini" else frozenset[str]()
    return _TRANSPORT | behaviours | SCRIPTED[platform].keys()


class Door:
    """The outermost application."""

    def __init__(self, inside: ASGIApp, world: World) -> None:
        self._inside = inside
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        platform = scope["path"].split("/")[1] if scope["type"] == "http" else ""
        if platform not in SCRIPTED:
            await self._inside(scope, receive, send)
            return
        path = scope["path"].removeprefix(f"/{platform}")
        self._world.count(platform, f"{scope['method']} {_LONG_NUMBER.sub('{id}', path)}")
        fault = self._world.strike(platform, path)
        if fault is None:
            await self._inside(scope, receive, send)
        else:
            await self._happen(fault, scope, receive, send)

    async def _happen(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.name == "reset":
            await _reset(receive, send)
        elif fault.name == "hang":
            await self._hang(receive)
            await _reset(receive, send)
        elif fault.name == "html_502":
            await _GATEWAY.response()(scope, receive, send)
        elif fault.name in SCRIPTED[fault.platform]:
            number = _LONG_NUMBER.search(scope["path"])
            answer = SCRIPTED[fault.platform][fault.name]
            if scope["path"].endswith(":searchStream"):
                answer = in_array(answer)
            await answer.response(number[0] if number else "0")(scope, receive, send)
        elif fault.name == "truncated_json":
            await self._inside(scope, receive, _half(send))
        else:
            if fault.name == "latency":
                await asyncio.sleep(fault.seconds)
            await self._inside({**scope, "behaviour": fault.name, "seed": fault.seed}, receive, send)

    async def _hang(self, receive: Receive) -> None:
        """Say nothing until the caller gives up, the world is reset, or two minutes are over."""
        waits = [asyncio.ensure_future(_gone(receive)), asyncio.ensure_future(self._world.released.wait())]
        _, pending = await asyncio.wait(waits, timeout=_HANG_S, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()


async def _gone(receive: Receive) -> bool:
    while (await receive())["type"] != "http.disconnect":
        pass
    return True


async def _reset(receive: Receive, send: Send) -> None:
    """Close the connection without a byte: ASGI has no word for it, but uvicorn's send has a transport."""
    send.__self__.transport.abort()  # type: ignore[attr-defined]
    await _gone(receive)


def _half(send: Send) -> Send:
    """Deliver half of each body under an honest length."""
    held: Message = {}

    async def cut(message: Message) -> None:
        if message["type"] == "http.response.start":
            held.update(message)
            return
        body = message.get("body", b"")
        body = body[: len(body) // 2]
        headers = [pair for pair in held["headers"] if pair[0] != b"content-length"]
        held["headers"] = [*headers, (b"content-length", str(len(body)).encode())]
        await send(held)
        await send({"type": "http.response.body", "body": body})

    return cut
