"""What all three platforms do: days of the account, keys for one tenant alone, and misfortune."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from local.world.story import Shock
from local.world.tenants import DEMO, OTHER
from shared.adapters import platform_http
from shared.adapters.sources import _reading, ga4, google_ads, meta
from shared.adapters.sources._graph import MetaKey
from shared.adapters.sources.google_token import GoogleCredential, GoogleTokens
from shared.core.integration import Account
from shared.core.metric import Source
from shared.core.period import Bucket, Period, bucket_at, day_bucket
from shared.core.report import Asked
from tests.unit.adapters.sources.traps.far import (
    LONG_AGO,
    NOW,
    Far,
    Told,
    Trap,
    account_of,
    key_of,
    told,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from shared.core.secret import Secret

SOURCES = (Source.META, Source.GOOGLE, Source.ORGANIC)
_MODULE = {Source.META: meta, Source.GOOGLE: google_ads, Source.ORGANIC: ga4}
_ID = {Source.META: "account_digits", Source.GOOGLE: "customer_digits", Source.ORGANIC: "property_digits"}
_ROME, _KOLKATA = ZoneInfo("Europe/Rome"), ZoneInfo("Asia/Kolkata")
_FOR_EVER = 1e12
_ACCOUNT = Account(OTHER.story.currency, OTHER.story.zone.key)


def _labels_are_utc(source: Source) -> Callable[[pytest.MonkeyPatch], None]:
    def local_hour(day: date, hour: int, zone: ZoneInfo) -> tuple[Bucket, tuple[str, ...]]:
        return bucket_at(datetime.combine(day, time(hour), UTC), Period.HOURLY, zone), ()

    return lambda patch: patch.setattr(_MODULE[source], "local_hour", local_hour)


def _labels_count_from_midnight(source: Source) -> Callable[[pytest.MonkeyPatch], None]:
    def local_hour(day: date, hour: int, zone: ZoneInfo) -> tuple[Bucket, tuple[str, ...]]:
        start = day_bucket(day, zone).start + timedelta(hours=hour)
        return bucket_at(start, Period.HOURLY, zone), ()

    return lambda patch: patch.setattr(_MODULE[source], "local_hour", local_hour)


def _today_is_utc(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Asked, "last", lambda self, _zone: self.until or self.now.date())


def _until_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Asked, "last", lambda self, zone: self.now.astimezone(zone).date())


def _lookback_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Asked, "first_days", Asked.first_hours)
    patch.setattr(ga4, "replace", lambda asked, **_: asked)


def _half_hours_are_hours(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_reading, "is_aligned", lambda _zone, _day: True)


def _strings_are_no_numbers(patch: pytest.MonkeyPatch) -> None:
    def number(_self: _reading.Reader, value: object) -> Decimal:
        return Decimal(str(value)) if isinstance(value, int | float) else Decimal(0)

    patch.setattr(_reading.Reader, "_number", number)


def _a_missing_list_is_an_error(patch: pytest.MonkeyPatch) -> None:
    def rows(self: _reading.Reader, value: object) -> list[dict[str, object]]:
        if not isinstance(value, list):
            raise self.nonsense()
        return [self.table(item) for item in value]

    patch.setattr(_reading.Reader, "rows", rows)


def _nothing_is_below_zero(patch: pytest.MonkeyPatch) -> None:
    read = _reading.Reader.signed_micros

    def at_least_zero(self: _reading.Reader, value: object) -> int:
        number = read(self, value)
        if number < 0:
            raise self.nonsense()
        return number

    patch.setattr(_reading.Reader, "signed_micros", at_least_zero)


def _tries_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(platform_http, "_TRIES", 1)


def _waits_for_a_moment(_far: Far, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(platform_http, "_READ_S", 0.3)


def _id_is_ours(source: Source) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(_MODULE[source], _ID[source], lambda _text: account_of(source))


def _first_key_serves_all(patch: pytest.MonkeyPatch) -> None:
    """Keep the first tenant's credential, as an SDK with a global session does."""
    held: list[MetaKey] = []
    parse_meta, parse_google = MetaKey.parse, GoogleCredential.parse

    def of_meta(key: Secret) -> MetaKey:
        held.append(parse_meta(key))
        return held[0]

    def of_google(name: str, key: Secret) -> GoogleCredential:
        return replace(parse_google(name, key), fingerprint="one for all")

    patch.setattr(MetaKey, "parse", of_meta)
    patch.setattr(GoogleCredential, "parse", of_google)


def _keeps_its_token(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(GoogleTokens, "token", lambda self, credential, **_: self._kept[credential.fingerprint][0])


def _token_is_wrong(source: Source) -> Callable[[Far, pytest.MonkeyPatch], None]:
    """Let an access token be held that Google does not take any more."""
    fingerprint = GoogleCredential.parse("", key_of(source)).fingerprint
    begin = GoogleTokens.__init__

    def begun(self: GoogleTokens, name: str, url: str, scope: str) -> None:
        begin(self, name, url, scope)
        self._kept[fingerprint] = ("ya29.wrong", _FOR_EVER)

    return lambda _far, patch: patch.setattr(GoogleTokens, "__init__", begun)


def _old_enough(trap: Trap) -> Told:
    """Return zeros for what is old enough to be one; of the rest nothing is known."""
    right = truth(trap.story, trap.source, trap.asked)
    if trap.source is Source.META:
        return right
    last = NOW - timedelta(hours=4 if trap.source is Source.GOOGLE else 7)
    hours = {key: told for key, told in right.hours.items() if key <= f"{last:%Y-%m-%dT%HZ}"}
    return replace(right, hours=hours, days={"2026-01-28": right.days["2026-01-28"]})


def _others_account(far: Far, trap: Trap) -> object:
    asked = replace(trap.asked, account=_ACCOUNT)
    reader = far.reader(trap.source)
    return told(reader.report(key_of(trap.source), account_of(trap.source, OTHER), asked))


def _both_tenants_in_turn(far: Far, trap: Trap) -> object:
    reader, asked = far.reader(trap.source), replace(trap.asked, currency="USD", account=_ACCOUNT)
    reader.check(key_of(trap.source), account_of(trap.source))
    return told(reader.report(key_of(trap.source, OTHER), account_of(trap.source, OTHER), asked))


def _at_the_door(source: Source) -> list[Trap]:
    """Return misfortunes of one call, which the next one makes good."""
    faults = [
        *(("reset", "connections are cut"), ("truncated_json", "JSON is cut off")),
        *(("html_502", "a gateway answers HTML"), ("503", "they are away for a moment")),
    ]
    if source is Source.META:
        faults += [
            ("error_in_200", "an error comes under status 200"),
            ("text_in_200", "a text comes under status 200"),
        ]
    return [
        *(
            Trap(what, source, _tries_once, "unavailable", arrange=_with_fault(source, name))
            for name, what in faults
        ),
        *(
            Trap(
                what,
                source,
                _tries_once,
                "unavailable",
                arrange=_with_fault(source, name, _waits_for_a_moment),
            )
            for name, what in (("latency", "answers are late"), ("hang", "answers never come"))
        ),
    ]


def _with_fault(
    source: Source, name: str, also: Callable[[Far, pytest.MonkeyPatch], None] | None = None
) -> Callable[[Far, pytest.MonkeyPatch], None]:
    def arrange(far: Far, patch: pytest.MonkeyPatch) -> None:
        far.fault(source, name)
        if also:
            also(far, patch)

    return arrange


def _of(source: Source) -> list[Trap]:
    demo = DEMO.story
    plain = Asked(NOW, "purchase", "BRL")
    autumn = replace(plain, now=datetime(2026, 10, 25, 20, tzinfo=UTC))
    spring = replace(plain, now=datetime(2026, 3, 29, 20, tzinfo=UTC))
    refunds = Shock(source, NOW - timedelta(hours=10), NOW - timedelta(hours=8), revenue=-0.5)
    delivery = 1.0 if source is Source.META else 0.0  # Meta leaves out the list of actions alone
    nothing = Shock(source, LONG_AGO, None, delivery, delivery, 0.0, 0.0, 0.0)
    found = [
        Trap("hours are the account's, not UTC's", source, _labels_are_utc(source)),
        Trap(
            "today is the account's, not UTC's",
            source,
            _today_is_utc,
            asked=replace(plain, now=datetime(2026, 1, 29, 1, tzinfo=UTC), days=3),
        ),
        Trap(
            "a past day is as good as today",
            source,
            _until_is_forgotten,
            asked=replace(plain, until=date(2026, 1, 20)),
        ),
        Trap(
            "older days are restated",
            source,
            _lookback_is_forgotten,
            asked=replace(plain, lookback=6),
        ),
        Trap(
            "a repeated hour comes under one label",
            source,
            _labels_count_from_midnight(source),
            story=replace(demo, zone=_ROME),
            asked=autumn,
        ),
        Trap(
            "an hour is skipped in spring",
            source,
            _labels_count_from_midnight(source),
            story=replace(demo, zone=_ROME),
            asked=spring,
        ),
        Trap(
            "zones may be half an hour off",
            source,
            _half_hours_are_hours,
            story=replace(demo, zone=_KOLKATA),
            asked=replace(plain, now=NOW - timedelta(minutes=30)),
        ),
        Trap("whole numbers are strings", source, _strings_are_no_numbers),
        Trap(
            "where nothing happened there is no list",
            source,
            _a_missing_list_is_an_error,
            "unavailable",
            story=replace(demo, shocks=(nothing,)),
            right=_old_enough,
        ),
        Trap(
            "one's key opens nobody else's account",
            source,
            _id_is_ours(source),
            read=_others_account,
            right=lambda _: "account_not_found_or_no_access",
        ),
        Trap(
            "each tenant has a key of its own",
            source,
            _first_key_serves_all,
            "account_not_found_or_no_access",
            read=_both_tenants_in_turn,
            right=lambda trap: truth(OTHER.story, trap.source, trap.asked),
        ),
        *_at_the_door(source),
    ]
    if source is not Source.META:
        found += [
            Trap(
                "refunds outweigh sales",
                source,
                _nothing_is_below_zero,
                "unavailable",
                story=replace(demo, shocks=(refunds,)),
            ),
            Trap(
                "an access token is not taken any more",
                source,
                _keeps_its_token,
                "credential_invalid",
                arrange=_token_is_wrong(source),
            ),
        ]
    return found


TRAPS = [trap for source in SOURCES for trap in _of(source)]
