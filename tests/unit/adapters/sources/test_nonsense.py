"""Whatever a platform answers, a connector reads it or raises an error of ours."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from local.world.tenants import DEMO
from shared.adapters import platform_http
from shared.adapters.platform_http import PlatformHttp, Reply
from shared.core.metric import Source
from shared.core.report import Asked
from shared.core.secret import Secret
from shared.errors import WarRoomError
from tests.unit.adapters.sources.traps.far import NOW, Far, account_of, key_of
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator

STRANGE: list[Any] = [
    *(None, True, 0, -1, 3.7, 1e308, 10**30, "", "x", "٣", "1e999", "-0", "NaN", "9" * 40, "\ud800"),
    *("2026-02-30", [], {}, [[]], [None], {"a": 1}),
]
STATUSES = (200, 200, 200, 400, 401, 403, 429, 500)
ERRORS: list[Any] = [
    *("invalid_grant", None, 7, [], {"code": 100, "error_subcode": 33}),
    {"code": 403, "details": [{"reason": [], "errors": [{"errorCode": {"a": {}}}, 3]}, None]},
]
ASKED = Asked(NOW, "purchase", "BRL", 1, 2)
META_KEY = json.dumps(
    {"access_token": DEMO.meta_key, "app_id": DEMO.meta_app_id, "app_secret": DEMO.meta_app_secret}
)
MOST_CALLS = 4
TIMES = 600


class Distorting:
    """Answers as the world does, each question asked of it once, but for one answer of each reading."""

    def __init__(self, patch: pytest.MonkeyPatch, seed: str) -> None:
        self._dice = random.Random(seed)
        self._call, self._known = PlatformHttp.call, dict[str, Reply]()
        self._until_strange = -1

        def call(http: PlatformHttp, method: str, path: str, **sent: Any) -> Reply:
            return self._answer(http, method, path, **sent)

        patch.setattr(PlatformHttp, "call", call)

    def strike(self) -> None:
        self._until_strange = self._dice.randrange(MOST_CALLS)

    def _answer(self, http: PlatformHttp, method: str, path: str, **sent: Any) -> Reply:
        question = repr((http._base, method, path, {**sent, "headers": None}))
        if question not in self._known:
            self._known[question] = self._call(http, method, path, **sent)
        reply = self._known[question]
        self._until_strange -= 1
        if self._until_strange != -1:
            return reply
        body = {"error": self._dice.choice(ERRORS)} if self._dice.random() < 0.2 else self._bent(reply.body)
        return Reply(self._dice.choice(STATUSES), reply.headers, body)

    def _bent(self, body: Any) -> Any:
        body = deepcopy(body)
        place = self._dice.choice(list(_places(body)))
        if not place:
            return self._dice.choice(STRANGE)
        at = body
        for step in place[:-1]:
            at = at[step]
        if isinstance(at, dict) and self._dice.random() < 0.3:
            del at[place[-1]]
        else:
            at[place[-1]] = self._dice.choice(STRANGE)
        return body


def _places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield before
    steps = value if isinstance(value, dict) else range(min(len(value), 2)) if isinstance(value, list) else ()
    for step in steps:
        yield from _places(value[step], (*before, step))


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running_world() as url:
        yield url


@pytest.mark.parametrize("errand", ["check", "report", "run"])
@pytest.mark.parametrize("source", [Source.META, Source.GOOGLE, Source.ORGANIC], ids=lambda s: s.value)
def test_nonsense_is_an_error_of_ours(
    base: str, source: Source, errand: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform_http.patiently, "__defaults__", (lambda _: None,))
    far = Far(base)
    far.control("runs", polls=0)
    distorting = Distorting(monkeypatch, f"{source}/{errand}")
    key = Secret(META_KEY) if source is Source.META else key_of(source)
    account, refused = account_of(source), 0

    for _ in range(TIMES):
        reader = far.reader(source)
        distorting.strike()
        try:
            if errand == "check":
                reader.check(key, account)
            elif errand == "report":
                reader.report(key, account, ASKED)
            else:
                order = reader.order(key, account, ASKED)
                reader.progress(key, order)
                reader.collect(key, account, ASKED, order)
        except WarRoomError as error:
            assert error.reason  # noqa: PT017 - any of ours is right
            refused += 1

    assert refused > TIMES // 20
