"""A mail server that keeps what it is handed."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP, Envelope, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from local.world.state import World

REPLIES = {
    "temporary": "451 4.3.0 Temporary failure, try again later",
    "refused": "550 5.7.1 Message refused",
}
MAILBOXES = {
    "no_mailbox": "550 5.1.1 No such user here",
    "disabled": "550 5.2.1 Mailbox disabled",
    "unexplained": "550 Requested action not taken",
    "busy": "450 4.2.1 Mailbox busy, try again later",
    "relay_denied": "550 5.7.1 Relaying denied",
}
"""What one recipient's mailbox may be met with."""


class Keeper:
    """Takes every message, or meets it with a scripted reply."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self._world.strike("smtp-mailbox", address)
        if fault is not None:
            return MAILBOXES[fault.name]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._world.count("smtp", "DATA")
        fault = self._world.strike("smtp", ",".join(envelope.rcpt_tos))
        if fault is not None:
            return REPLIES[fault.name]
        raw = envelope.content
        mail = message_from_bytes(
            raw if isinstance(raw, bytes) else (raw or "").encode(), EmailMessage, policy=default
        )
        self._world.mail.append(
            {
                "from": envelope.mail_from,
                "to": list(envelope.rcpt_tos),
                "subject": str(mail["Subject"] or ""),
                "messageId": str(mail["Message-ID"] or ""),
                "headers": {name: str(value) for name, value in mail.items()},
                "text": _body(mail, "plain") or _body(mail, "html"),
                "html": _body(mail, "html"),
                "pictures": {
                    str(part["Content-ID"]): base64.b64encode(part.get_content()).decode()
                    for part in mail.walk()
                    if part.get_content_maintype() == "image"
                },
            }
        )
        return "250 OK"


def _body(mail: EmailMessage, kind: str) -> str:
    """Return the mail's words as plain text or as a page; nothing where it has none."""
    body = mail.get_body((kind,))
    return "" if body is None else str(body.get_content())


@asynccontextmanager
async def mail_server(world: World, port: int | None) -> AsyncIterator[None]:
    """Listen on a loopback port (0: any free one, told by `world.smtp_port`); not at all when None."""
    if port is None:
        yield
        return
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Keeper(world), enable_SMTPUTF8=True, hostname="world", loop=loop), "127.0.0.1", port
    )
    world.smtp_port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
