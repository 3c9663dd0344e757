from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.period import Period, bucket_at, bucket_of_key, month_of_key, months_back, week_bucket

ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in ("UTC", "America/Sao_Paulo", "Europe/Rome", "America/New_York", "Pacific/Auckland")
    ]
)
INSTANTS = st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(instant=INSTANTS, zone=ZONES, period=st.sampled_from(Period))
def test_a_bucket_holds_its_instant_and_its_key_leads_back(
    instant: datetime, zone: ZoneInfo, period: Period
) -> None:
    bucket = bucket_at(instant, period, zone)

    assert bucket.start <= instant < bucket.end
    assert bucket_of_key(bucket.key, zone) == bucket


@given(instant=INSTANTS, zone=ZONES, period=st.sampled_from(Period))
def test_buckets_follow_each_other_without_gap(instant: datetime, zone: ZoneInfo, period: Period) -> None:
    bucket = bucket_at(instant, period, zone)

    assert bucket_at(bucket.end, period, zone).start == bucket.end


@pytest.mark.parametrize(
    ("day", "key"), [("2026-01-01", "2026-W01"), ("2027-01-01", "2026-W53"), ("2025-12-29", "2026-W01")]
)
def test_weeks_are_iso_weeks_at_the_turn_of_the_year(day: str, key: str) -> None:
    assert week_bucket(date.fromisoformat(day), ZoneInfo("UTC")).key == key


def test_one_instant_has_three_different_keys() -> None:
    instant = datetime(2026, 1, 26, tzinfo=UTC)

    keys = [bucket_at(instant, period, ZoneInfo("UTC")).key for period in Period]

    assert keys == ["2026-01-26T00Z", "2026-01-26", "2026-W05"]


@pytest.mark.parametrize(
    "key", ["", "2026-13-01", "2026-01-29T24Z", "2026-W54", "2026-1-2", "x", "2026-01-29T13"]
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        bucket_of_key(key, ZoneInfo("UTC"))


def test_a_page_is_named_by_the_keys_own_month() -> None:
    assert [month_of_key(key) for key in ("2026-02-01", "2026-02-01T00Z", "2026-W06")] == ["202602"] * 3
    assert months_back("202601", 2) == ["202601", "202512"]
