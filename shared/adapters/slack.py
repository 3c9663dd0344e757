"""Slack by bot token: post once, edit in place afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from shared.adapters.slack_blocks import blocks_of, fallback_of
from shared.errors import PlatformRefused, RateLimited, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk.web import SlackResponse

    from shared.core.message import Message
    from shared.core.secret import Secret

_TIMEOUT_S = 8
_TEMPORARY = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})


class SlackBot:
    def __init__(self, base_url: str | None) -> None:
        self._base_url = base_url or WebClient.BASE_URL

    def post(self, token: Secret, channel: str, message: Message) -> str:
        client = self._client(token)
        answer = _ask(
            lambda: client.chat_postMessage(
                channel=channel,
                text=fallback_of(message),
                blocks=blocks_of(message),
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return f"{answer['channel']}/{answer['ts']}"

    def edit(self, token: Secret, channel: str, message_id: str, message: Message) -> None:
        client = self._client(token)
        posted_in, _, stamp = message_id.rpartition("/")
        _ask(
            lambda: client.chat_update(
                channel=posted_in or channel,
                ts=stamp,
                text=fallback_of(message),
                blocks=blocks_of(message),
            )
        )

    def _client(self, token: Secret) -> WebClient:
        return WebClient(token=token.reveal(), base_url=self._base_url, timeout=_TIMEOUT_S)


def _ask(call: Callable[[], SlackResponse]) -> SlackResponse:
    try:
        return call()
    except SlackApiError as error:
        reason = str(error.response.get("error") or "unknown")
        if reason == "ratelimited":
            wait = int(error.response.headers.get("Retry-After", 30))
            raise RateLimited("slack", wait) from None
        if reason in _TEMPORARY or not re.fullmatch(r"[a-z_]+", reason):  # else it is a page, not a word
            raise Unavailable("slack", "failed") from None
        raise PlatformRefused("slack", reason) from None
    except (SlackClientError, URLError, TimeoutError, ConnectionError, ValueError) as error:
        raise Unavailable("slack", type(error).__name__) from None
