"""What the platforms share on the wire: answers, refusals, pages and JSON bodies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

# Stands in scripted answers where the platform would name the account asked for.
ACCOUNT = "<account>"


@dataclass(frozen=True, slots=True)
class Answer:
    """One scripted HTTP answer: a JSON body, or text as it is; headers may name the ACCOUNT."""

    status: int
    body: Mapping[str, object] | Sequence[object] | str
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, account: str = "0") -> Response:
        is_text = isinstance(self.body, str)
        return Response(
            self.body if is_text else json.dumps(self.body, ensure_ascii=False),
            self.status,
            {name: value.replace(ACCOUNT, account) for name, value in self.headers.items()},
            "text/html; charset=utf-8" if is_text else "application/json; charset=UTF-8",
        )


class Refused(Exception):
    """A platform says no, in its own words, to whoever asked about this account."""

    def __init__(self, answer: Answer, account: str = "0") -> None:
        super().__init__(answer.status)
        self.answer = answer
        self.account = account


def ok(body: Mapping[str, object] | Sequence[object], headers: Mapping[str, str] | None = None) -> Response:
    return Answer(200, body, headers or {}).response()


async def refuse(_request: Request, error: Exception) -> Response:
    """Answer for whoever raised Refused."""
    if not isinstance(error, Refused):
        raise error
    return error.answer.response(error.account)


def bearer(request: Request) -> str:
    """Return the bearer token; empty when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def body_of(request: Request) -> dict[str, Any] | None:
    """Read a JSON or form body, nothing being an empty one; None when it is neither."""
    raw = await request.body()
    if not raw:
        return {}
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(raw.decode(), keep_blank_values=True))
    try:
        fields = json.loads(raw)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def decimal(micros: int) -> str:
    """Write an amount of millionths as platforms do: no trailing zeros.

    >>> decimal(431_500_000), decimal(6_000_000), decimal(0), decimal(-1_250_000)
    ('431.5', '6', '0', '-1.25')
    """
    whole, rest = divmod(abs(micros), 1_000_000)
    amount = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return f"-{amount}" if micros < 0 else amount
