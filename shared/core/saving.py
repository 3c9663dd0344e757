"""What an owner saves of where the brand is told: checked to the letter before anything is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from shared.core.brand import BrandId, brand_id
from shared.core.notifications import HOOK, HOOK_URL
from shared.core.secret import Secret
from shared.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MOST_RECIPIENTS = 10
_LONGEST_ADDRESS = 254

# What every mail server takes: dots between letters, names of a domain with at least one dot. Wider
# syntax (quotes, comments, addresses in brackets) is for machines, and letters beyond ASCII travel as
# punycode.
_MAILBOX = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]",
    re.ASCII,
)
_LONGEST_NAME = 64
_TOKEN = re.compile(r"xoxb-[A-Za-z0-9-]{10,250}", re.ASCII)
_CHANNEL = re.compile(r"[CG][A-Z0-9]{8,20}", re.ASCII)


class LeastSeverity(Enum):
    """From which severity on a channel is told."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class SlackSaved:
    """A webhook (its whole name, and that without its secret), or a channel and perhaps its token."""

    hook: Secret | None = None
    hook_name: str | None = None
    channel: str | None = None
    token: Secret | None = None
    least: LeastSeverity | None = None


@dataclass(frozen=True, slots=True)
class EmailSaved:
    recipients: tuple[str, ...] | None = None
    least: LeastSeverity | None = None


@dataclass(frozen=True, slots=True)
class Saving:
    """What changes; a channel that is not `named` stays as it is, and one that is None is forgotten.

    A channel that is named and says nothing is switched on again.
    """

    brand_id: BrandId
    named: frozenset[str]
    slack: SlackSaved | None
    email: EmailSaved | None
    test: bool

    @classmethod
    def parse(cls, body: Mapping[str, object]) -> Saving:
        _only(body, ("brandId", "slack", "email", "test"), "")
        known = body.get("brandId")
        if not isinstance(known, str) or not known:
            raise BadRequest("brandId", "a text is required")
        test = body.get("test", False)
        if not isinstance(test, bool):
            raise BadRequest("test", "true or false")
        named = frozenset(name for name in ("slack", "email") if name in body)
        if not named and not test:
            raise BadRequest("body", "slack, email or test is required")
        slack, email = (_channel(body, name) for name in ("slack", "email"))
        return cls(
            brand_id(known),
            named,
            None if slack is None else _slack(slack),
            None if email is None else _email(email),
            test,
        )


def _channel(body: Mapping[str, object], name: str) -> Mapping[str, object] | None:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise BadRequest(name, "an object, or null to forget it")
    return value


def _slack(fields: Mapping[str, object]) -> SlackSaved:
    _only(fields, ("webhookUrl", "channel", "botToken", "leastSeverity"), "slack.")
    least = _least(fields, "slack.leastSeverity")
    url, channel, token = (_text(fields, name, "slack.") for name in ("webhookUrl", "channel", "botToken"))
    if url is not None:
        for name in ("channel", "botToken"):
            if name in fields:
                raise BadRequest(f"slack.{name}", "does not go with webhookUrl, which has its own")
        # The whole text is matched before anything takes it apart: what parses URLs is kind to tricks.
        name = url.removeprefix(HOOK_URL)
        if not url.startswith(HOOK_URL) or not HOOK.fullmatch(name):
            raise BadRequest("slack.webhookUrl", f"an address such as {HOOK_URL}T…/B…/…")
        return SlackSaved(hook=Secret(name), hook_name=name.rpartition("/")[0], least=least)
    if channel is not None and not _CHANNEL.fullmatch(channel):
        raise BadRequest("slack.channel", "a channel's id such as C0123456789, not its name")
    if token is not None and not _TOKEN.fullmatch(token):
        raise BadRequest("slack.botToken", "a bot's token, which begins with xoxb-")
    if token is not None and channel is None:
        raise BadRequest("slack.channel", "goes with botToken")
    return SlackSaved(channel=channel, token=None if token is None else Secret(token), least=least)


def _email(fields: Mapping[str, object]) -> EmailSaved:
    _only(fields, ("recipients", "leastSeverity"), "email.")
    least = _least(fields, "email.leastSeverity")
    if "recipients" not in fields:
        return EmailSaved(least=least)
    given = fields["recipients"]
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_RECIPIENTS:
        raise BadRequest("email.recipients", f"a list of 1 to {MOST_RECIPIENTS} addresses")
    found: list[str] = []
    for number, address in enumerate(given):
        field = f"email.recipients[{number}]"
        if not isinstance(address, str) or not _is_mailbox(address):
            raise BadRequest(field, "an e-mail address such as team@example.com")
        if address.lower() in (known.lower() for known in found):
            raise BadRequest(field, "is given more than once")
        found.append(address)
    return EmailSaved(tuple(found), least)


def _is_mailbox(address: str) -> bool:
    name = address.partition("@")[0]
    fits = len(address) <= _LONGEST_ADDRESS and len(name) <= _LONGEST_NAME
    return fits and _MAILBOX.fullmatch(address) is not None


def _least(fields: Mapping[str, object], field: str) -> LeastSeverity | None:
    if "leastSeverity" not in fields:
        return None
    try:
        return LeastSeverity(fields["leastSeverity"])
    except ValueError:
        raise BadRequest(field, "one of " + ", ".join(each.value for each in LeastSeverity)) from None


def _text(fields: Mapping[str, object], name: str, path: str) -> str | None:
    if name not in fields:
        return None
    value = fields[name]
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{path}{name}", "a text is required")
    return value


def _only(fields: Mapping[str, object], names: Collection[str], path: str) -> None:
    for name in fields:
        if name not in names:
            raise BadRequest(f"{path}{name}", "is not a field of this request")
