"""Slack by bot token: post once, edit in place afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.adapters.platform_http import PlatformHttp, retry_after_s
from shared.adapters.slack_blocks import blocks_of, fallback_of
from shared.errors import PlatformRefused, RateLimited, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.message import Message
    from shared.core.secret import Secret

_TEMPORARY = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})


class SlackBot:
    """Asks once: whether a message that was not answered for was posted, nobody knows."""

    def __init__(self, base_url: str) -> None:
        self._http = PlatformHttp("slack", base_url)

    def post(self, token: Secret, channel: str, message: Message) -> str:
        """Return the message's id: its channel's id and its time stamp."""
        posted = self._ask(
            "chat.postMessage",
            token,
            message,
            {"channel": channel, "unfurl_links": False, "unfurl_media": False},
        )
        where, stamp = posted.get("channel"), posted.get("ts")
        if not isinstance(where, str) or not isinstance(stamp, str):
            raise Unavailable("slack", "answered without the message's id")
        return f"{where}/{stamp}"

    def edit(self, token: Secret, channel: str, message_id: str, message: Message) -> None:
        posted_in, _, stamp = message_id.rpartition("/")
        self._ask("chat.update", token, message, {"channel": posted_in or channel, "ts": stamp})

    def _ask(
        self, method: str, token: Secret, message: Message, fields: Mapping[str, object]
    ) -> dict[str, object]:
        reply = self._http.call(
            "POST",
            f"/{method}",
            headers={
                "Authorization": f"Bearer {token.reveal()}",
                "Content-Type": "application/json; charset=utf-8",
            },
            body={**fields, "text": fallback_of(message), "blocks": blocks_of(message)},
        )
        answer = reply.body if isinstance(reply.body, dict) else {}
        if answer.get("ok") is True:
            return answer
        reason = str(answer.get("error"))
        if reason == "ratelimited":
            raise RateLimited("slack", retry_after_s(reply.headers))
        if "error" not in answer or reason in _TEMPORARY or not re.fullmatch(r"[a-z_]+", reason):
            raise Unavailable("slack", "failed")  # a page, or a word for a moment
        raise PlatformRefused("slack", reason)
