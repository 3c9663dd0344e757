"""Who may push an event: where the platform has not checked it, the door does, before it reads anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from cloudevents.http import CloudEvent
from flask import Flask
from werkzeug.exceptions import Unauthorized

from shared.edge.events import settled
from shared.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

EVENT = CloudEvent({"type": "x", "source": "y", "id": "1"}, {})


@dataclass
class Letters:
    buried: list[str] = field(default_factory=list)

    def bury(
        self, *, kind: str, event_id: str, subject: str, reason: str, names: object, now: datetime
    ) -> None:
        self.buried.append(f"{kind}{event_id}{subject}{reason}{names}{now}")


@dataclass
class Knows:
    """A sender known by one word."""

    word: str

    def verify(self, authorization: str | None) -> None:
        if authorization != self.word:
            raise Unauthenticated("missing")


def never() -> None:
    raise AssertionError("nothing is asked for what time it is")


def pushed(sender: Knows | None, authorization: str | None) -> tuple[list[CloudEvent], Letters]:
    """Push one event at a door; return what the door handled, and its dead letters."""
    handled: list[CloudEvent] = []
    letters = Letters()
    decorate: Callable[[Callable[[CloudEvent], None]], Callable[[CloudEvent], None]] = settled(
        sender=lambda: sender,
        dead_letters=lambda: letters,
        clock=never,  # type: ignore[arg-type]
    )

    def door(event: CloudEvent) -> None:
        handled.append(event)

    headers = {} if authorization is None else {"Authorization": authorization}
    with Flask(__name__).test_request_context("/", method="POST", headers=headers):
        decorate(door)(EVENT)
    return handled, letters


def test_the_one_that_may_push_is_heard() -> None:
    assert pushed(Knows("Bearer good"), "Bearer good")[0] == [EVENT]


@pytest.mark.parametrize("authorization", [None, "", "Bearer forged"])
def test_anybody_else_is_refused_before_anything_is_read(authorization: str | None) -> None:
    with pytest.raises(Unauthorized):
        pushed(Knows("Bearer good"), authorization)


def test_where_the_platform_checks_the_door_does_not_check_again() -> None:
    assert pushed(None, None)[0] == [EVENT]
