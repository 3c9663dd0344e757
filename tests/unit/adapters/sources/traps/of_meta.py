"""What Meta does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from local.world.story import Shock
from local.world.tenants import DEMO
from shared.adapters.platform_http import PlatformHttp, Reply
from shared.adapters.sources import _graph, meta
from shared.adapters.sources._graph import Graph, MetaKey
from shared.adapters.sources.meta import MetaAds
from shared.core.integration import Account
from shared.core.metric import Source, Sums
from shared.core.report import Asked
from shared.core.secret import Secret
from shared.errors import PlatformRefused
from tests.unit.adapters.sources.traps.far import LONG_AGO, NOW, Far, Told, Trap, account_of, told, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest

HOUR = "hourly_stats_aggregated_by_advertiser_time_zone"
META = Source.META
_ASKED = Asked(NOW, "purchase", "BRL")
_QUIET = Shock(
    META,
    datetime.fromisoformat("2026-01-28T03:00:00+00:00"),
    datetime.fromisoformat("2026-01-29T03:00:00+00:00"),
    *(0.0,) * 5,
)
_PROVING = Secret(
    json.dumps(
        {"access_token": DEMO.meta_key, "app_id": DEMO.meta_app_id, "app_secret": DEMO.meta_app_secret}
    )
)


def _reads_one_page(patch: pytest.MonkeyPatch) -> None:
    def rows(self: Graph, path: str, **asked: str) -> Iterator[dict[str, object]]:
        yield from self._read.rows(self.get(path, **asked)["data"])

    patch.setattr(Graph, "rows", rows)


def _until_is_exclusive(patch: pytest.MonkeyPatch) -> None:
    span = meta._span
    patch.setattr(meta, "_span", lambda first, last: span(first, last + timedelta(days=1)))


def _names_no_increment(patch: pytest.MonkeyPatch) -> None:
    span = meta._span

    def without(first: date, last: date) -> dict[str, str]:
        return {name: value for name, value in span(first, last).items() if name != "time_increment"}

    patch.setattr(meta, "_span", without)


def _reads_purchases_by_hour(patch: pytest.MonkeyPatch) -> None:
    read = MetaAds._sums

    def sums(self: MetaAds, row: Mapping[str, object]) -> Sums:
        bought = [a for a in self._read.rows(row.get("actions")) if a["action_type"] == "omni_purchase"]
        return replace(read(self, row), revenue=0, conversions=len(bought))

    patch.setattr(meta, "_FIELDS", f"{meta._FIELDS},actions,action_values")
    patch.setattr(MetaAds, "_sums", sums)


def _names_the_breakdown_as_a_field(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(meta, "_FIELDS", f"{meta._FIELDS},{HOUR}")


def _every_row_has_an_hour(label: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Return a change by which a row without its hour is taken for one with this label."""

    def unfix(patch: pytest.MonkeyPatch) -> None:
        rows = Graph.rows

        def with_hours(self: Graph, path: str, **asked: str) -> Iterator[dict[str, object]]:
            for row in rows(self, path, **asked):
                yield {HOUR: label, **row} if "breakdowns" in asked else row

        patch.setattr(Graph, "rows", with_hours)

    return unfix


def _one_row_loses_its_hour(_far: Far, patch: pytest.MonkeyPatch) -> None:
    """Take the label off a row with delivery: the world's own rows without one have none."""
    call = PlatformHttp.call

    def lossy(self: PlatformHttp, method: str, path: str, **sent: object) -> Reply:
        reply = call(self, method, path, **sent)  # type: ignore[arg-type]
        rows = reply.body.get("data") if isinstance(reply.body, dict) else None
        for row in rows if isinstance(rows, list) else []:
            if row.get(HOUR) == "07:00:00 - 07:59:59" and row["date_start"] == "2026-01-28":
                del row[HOUR]
        return reply

    patch.setattr(PlatformHttp, "call", lossy)


def _without_that_hour(trap: Trap) -> Told:
    right = truth(trap.story, META, trap.asked)
    return replace(
        right, hours=right.hours | {"2026-01-28T10Z": (Sums(spend=0, impressions=0, clicks=0), ())}
    )


def _sums_what_sounds_alike(patch: pytest.MonkeyPatch) -> None:
    def with_purchases(self: MetaAds, row: Mapping[str, object], event: str) -> Sums:
        def alike(name: str) -> int:
            entries = self._read.rows(row.get(name))
            return sum(self._read.micros(e["value"]) for e in entries if event in str(e["action_type"]))

        return replace(self._sums(row), revenue=alike("action_values"), conversions=alike("actions"))

    patch.setattr(MetaAds, "_with_purchases", with_purchases)


def _nobody_became_a_lead(trap: Trap) -> Told:
    none = Shock(META, LONG_AGO, conversions=0, revenue=0)
    return truth(replace(trap.story, shocks=(none,)), META, trap.asked)


def _goes_by_status(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_graph, "failure", lambda _error, _headers: PlatformRefused("meta", "bad_request"))


def _trusts_status_200(patch: pytest.MonkeyPatch) -> None:
    call = PlatformHttp.call

    def trusting(self: PlatformHttp, method: str, path: str, **sent: object) -> Reply:
        reply = call(self, method, path, **sent)  # type: ignore[arg-type]
        return (
            replace(reply, body={"data": []}) if reply.status == 200 and "error" in str(reply.body) else reply
        )

    patch.setattr(PlatformHttp, "call", trusting)


def _check(key: str) -> Callable[[Far, Trap], object]:
    return lambda far, _trap: far.reader(META).check(Secret(key), account_of(META))


def _proves(far: Far, trap: Trap) -> Told:
    asked = replace(trap.asked, account=Account("BRL", "America/Sao_Paulo"))
    return told(far.reader(META).report(_PROVING, account_of(META), asked))


def _ordered(far: Far, trap: Trap) -> Told:
    """Order the hours, look until they are ready, and collect them."""
    reader, key, account = far.reader(META), Secret(DEMO.meta_key), account_of(META)
    order = reader.order(key, account, trap.asked)
    looks = (reader.progress(key, order) for _ in range(10))
    assert 1.0 in looks
    return told(reader.collect(key, account, trap.asked, order))


TRAPS = [
    Trap("a page has 25 rows", META, _reads_one_page),
    Trap("both dates are inclusive", META, _until_is_exclusive, asked=replace(_ASKED, days=40)),
    Trap("hours are summed unless told", META, _names_no_increment, "unavailable"),
    Trap("there are no purchases by hour", META, _reads_purchases_by_hour),
    Trap("a breakdown is no field", META, _names_the_breakdown_as_a_field, "bad_request"),
    Trap(
        "a day without delivery is a row without its hour",
        META,
        _every_row_has_an_hour(""),
        "unavailable",
        story=replace(DEMO.story, shocks=(_QUIET,)),
    ),
    Trap(
        "a row may lose its hour",
        META,
        _every_row_has_an_hour("00:00:00 - 00:59:59"),
        arrange=_one_row_loses_its_hour,
        right=_without_that_hour,
    ),
    Trap("one sale stands under many names", META, _sums_what_sounds_alike),
    Trap(
        "names that sound alike mean other things",
        META,
        _sums_what_sounds_alike,
        asked=replace(_ASKED, event="lead"),
        right=_nobody_became_a_lead,
    ),
    Trap(
        "a wrong token is known by its code",
        META,
        _goes_by_status,
        "bad_request",
        read=_check("EAABwrong"),
        right=lambda _: "credential_invalid",
    ),
    Trap(
        "an expired token comes under status 400",
        META,
        _goes_by_status,
        "bad_request",
        read=_check("EAABdemo-expired"),
        right=lambda _: "credential_expired",
    ),
    Trap(
        "an error under status 200 is no empty report",
        META,
        _trusts_status_200,
        arrange=lambda far, _: far.fault(META, "error_in_200"),
    ),
    Trap(
        "an app may demand proofs",
        META,
        lambda patch: patch.setattr(MetaKey, "proof", None),
        "credential_invalid",
        arrange=lambda far, _: far.control("proof", demanded=True),
        read=_proves,
    ),
    Trap(
        "a run looks done before it is",
        META,
        lambda patch: patch.setattr(meta, "_FULL", 90),
        "bad_request",
        asked=replace(_ASKED, days=60, until=date(2026, 1, 20)),
        arrange=lambda far, _: far.control("runs", looks_done=True),
        read=_ordered,
    ),
]
