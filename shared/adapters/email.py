"""E-mail over SMTP, with a message id of our own so that a repetition is recognisable."""

from __future__ import annotations

import smtplib
import ssl
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from shared.adapters.mail_body import mail_of
from shared.errors import PlatformRefused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.core.message import Message
    from shared.core.secret import Secret

_TIMEOUT_S = 10
_TEMPORARY = range(400, 500)


class SmtpMail:
    """`url` is smtp://host:port (local runs only) or smtps://user:password@host:port."""

    def __init__(self, url: Secret, sender: str) -> None:
        self._url = url
        self._sender = sender

    def send(self, recipients: Sequence[str], message: Message, *, message_id: str) -> None:
        mail = mail_of(message, self._sender, recipients, message_id)
        try:
            with self._connect() as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused:
            raise PlatformRefused("smtp", "recipients_refused") from None
        except smtplib.SMTPResponseException as error:
            if error.smtp_code in _TEMPORARY:
                raise Unavailable("smtp", f"code {error.smtp_code}") from None
            raise PlatformRefused("smtp", "refused") from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable("smtp", type(error).__name__) from None

    def _connect(self) -> smtplib.SMTP:
        url = urlsplit(self._url.reveal())
        host = url.hostname or ""
        if url.scheme == "smtps":
            secure = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=_TIMEOUT_S, context=secure)
            server.login(unquote(url.username or ""), unquote(url.password or ""))
            return server
        return smtplib.SMTP(host, url.port or 25, timeout=_TIMEOUT_S)
