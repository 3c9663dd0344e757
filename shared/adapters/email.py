"""E-mail over SMTP, with a message id of our own so that a repetition is recognisable."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import closing, contextmanager, suppress
from threading import Timer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from shared.adapters.mail_body import mail_of
from shared.core.refusal import NO_MAILBOX
from shared.errors import PlatformRefused, Unavailable
from shared.ports import Mailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shared.core.message import Message
    from shared.core.secret import Secret

_TIMEOUT_S, _WHOLE_S = 10, 30
_TEMPORARY = range(400, 500)
_NO_MAILBOX = frozenset({550, 551, 553})


class SmtpMail:
    """`url` is smtp://host:port (local runs only) or smtps://user:password@host:port."""

    def __init__(self, url: Secret, sender: str) -> None:
        self._url = url
        self._sender = sender

    def send(self, recipients: Sequence[str], message: Message, *, message_id: str) -> Mailed:
        try:
            mail = mail_of(message, self._sender, recipients, message_id)
        except ValueError:  # a line break, behind which another header could stand
            raise PlatformRefused("smtp", "malformed_header") from None
        try:
            server = self._connect()
            with closing(server), _within(_WHOLE_S, server):
                refused = server.send_message(mail, to_addrs=list(recipients))
                with suppress(OSError, smtplib.SMTPException):  # the mail is out, whatever is said now
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        except smtplib.SMTPResponseException as error:
            if error.smtp_code in _TEMPORARY:
                raise Unavailable("smtp", f"code {error.smtp_code}") from None
            raise PlatformRefused("smtp", "refused") from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable("smtp", type(error).__name__) from None
        return _mailed(refused)

    def _connect(self) -> smtplib.SMTP:
        url = urlsplit(self._url.reveal())
        host = url.hostname or ""
        if url.scheme == "smtps":
            secure = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=_TIMEOUT_S, context=secure)
            server.login(unquote(url.username or ""), unquote(url.password or ""))
            return server
        return smtplib.SMTP(host, url.port or 25, timeout=_TIMEOUT_S)


def _mailed(answers: Mapping[str, tuple[int, bytes]]) -> Mailed:
    """Read what the server said of those whom it did not take the mail for.

    A mailbox that is not there is the address's own fault; that we may not send there is ours.
    """
    later = tuple(address for address, (code, _) in answers.items() if code in _TEMPORARY)
    gone = {address: NO_MAILBOX for address, (code, said) in answers.items() if _is_no_mailbox(code, said)}
    if len(later) + len(gone) < len(answers):
        raise PlatformRefused("smtp", "recipients_refused")
    return Mailed(gone, later)


def _is_no_mailbox(code: int, said: bytes) -> bool:
    """Tell by the enhanced status, and without one by the code (RFC 3463, RFC 5321)."""
    status = re.match(rb"\s*5\.(\d{1,3})\.(\d{1,3})\b", said)
    if status is None:
        return code in _NO_MAILBOX
    return status[1] == b"1" or (status[1], status[2]) == (b"2", b"1")


@contextmanager
def _within(seconds: float, server: smtplib.SMTP) -> Iterator[None]:
    """Cut a conversation that drips: socket timeouts start anew with every byte."""
    timer = Timer(seconds, _cut, [server.sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
