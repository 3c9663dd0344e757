"""Slack by incoming webhook: a post, and no way to change it.

A webhook's address is never called as somebody wrote it. What is stored is the part behind Slack's
own host, checked when it was saved and here again; the host is ours to name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.adapters.platform_http import PlatformHttp, retry_after_s
from shared.adapters.slack_blocks import blocks_of, fallback_of
from shared.core.notifications import HOOK
from shared.errors import PlatformRefused, RateLimited, Unavailable

if TYPE_CHECKING:
    from shared.core.message import Message
    from shared.core.secret import Secret

_OK, _TOO_MANY, _SERVER = 200, 429, 500
_UNSAID = {403: "action_prohibited", 404: "no_service", 410: "channel_is_archived"}


class SlackHooks:
    def __init__(self, base_url: str) -> None:
        self._http = PlatformHttp("slack", base_url)

    def post(self, hook: Secret, message: Message) -> None:
        """Post once.

        Raises:
            PlatformRefused: Slack's word for it, or one that its status stands for.
            RateLimited, Unavailable: for now.
        """
        name = hook.reveal()
        if not HOOK.fullmatch(name):
            raise PlatformRefused("slack", "invalid_hook")
        reply = self._http.text(
            "POST",
            f"/services/{name}",
            body={
                "text": fallback_of(message),
                "blocks": blocks_of(message),
                "unfurl_links": False,
                "unfurl_media": False,
            },
        )
        if reply.status == _OK:
            return
        if reply.status == _TOO_MANY:
            raise RateLimited("slack", retry_after_s(reply.headers))
        if reply.status >= _SERVER:
            raise Unavailable("slack", "failed")
        said = str(reply.body).strip()
        known = said if re.fullmatch(r"[a-z_]{1,60}", said, re.ASCII) else None
        raise PlatformRefused("slack", known or _UNSAID.get(reply.status, "refused"))
