"""What is wrong with a source, and what people are told about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.freshness import PLATFORM_UNAVAILABLE, Freshness
from shared.core.integration import Problem
from shared.core.metric import Source
from shared.core.period import HOUR
from shared.core.source_alarm import SourceAlarm, Trouble, open_alarms, over
from shared.core.source_message import source_message
from tests.unit.core.points import BRAND, NOW

WELL = Freshness(
    BRAND.id,
    Source.META,
    next_attempt_at=NOW + HOUR,
    stale_at=NOW + 3 * HOUR,
    last_success_at=NOW - HOUR,
    data_until=NOW - HOUR,
)
DEAD = replace(WELL, problem=Problem.CREDENTIAL_REVOKED.value, failures=1)


def troubles(known: Freshness, hours: int = 0) -> list[Trouble]:
    return [alarm.trouble for alarm in open_alarms(known, NOW + hours * HOUR)]


def test_a_source_that_is_well_has_no_trouble() -> None:
    assert troubles(WELL) == []


def test_what_passes_by_itself_is_told_when_numbers_are_too_old() -> None:
    away = replace(WELL, problem=PLATFORM_UNAVAILABLE, failures=3)

    assert troubles(away) == []
    assert troubles(away, 3) == [Trouble.STALE]


def test_a_dead_credential_stands_for_all_that_it_brings() -> None:
    ending = replace(DEAD, expires_at=NOW + HOUR)

    assert troubles(ending) == troubles(ending, 30) == [Trouble.CREDENTIAL_DEAD]


def test_a_refusal_stands_for_the_old_numbers_it_brings() -> None:
    refused = replace(WELL, problem=Problem.PERMISSION_MISSING.value)

    assert troubles(refused, 30) == [Trouble.REFUSED]


@pytest.mark.parametrize(
    ("days", "told"), [(15, None), (14, "14d"), (8, "14d"), (7, "7d"), (1, "1d"), (0, "1d")]
)
def test_the_end_of_a_credential_is_told_at_three_marks(days: int, told: str | None) -> None:
    found = open_alarms(replace(WELL, expires_at=NOW + timedelta(days=days)), NOW)

    assert [alarm.mark.split("-")[0] for alarm in found] == ([told] if told else [])


def test_one_trouble_keeps_its_name_while_it_lasts_and_the_next_has_another() -> None:
    def named(known: Freshness) -> list[str]:
        return [alarm.id for alarm in open_alarms(known, NOW)]

    later = replace(DEAD, failures=9, next_attempt_at=NOW + 30 * HOUR)
    again = replace(DEAD, last_success_at=NOW + 90 * HOUR)

    assert named(DEAD) == named(later) != named(again)


@pytest.mark.parametrize("trouble", list(Trouble))
def test_a_name_reads_back_as_what_it_was_about(trouble: Trouble) -> None:
    alarm = SourceAlarm(Source.GOOGLE, trouble, "7d-1780000000")

    assert over(alarm.id) == alarm


@pytest.mark.parametrize(
    "name", ["", "source_meta", "source_tiktok_stale_1", "source_meta_stale_", "an_metric_x"]
)
def test_no_other_name_is_one(name: str) -> None:
    assert over(name) is None


@pytest.mark.parametrize("locale", ["pt-BR", "en"])
@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_its_words_in_both_languages(trouble: Trouble, locale: str) -> None:
    brand = replace(BRAND, locale=locale)
    for since in (NOW, None):
        alarm = SourceAlarm(Source.META, trouble, "1", Problem.CREDENTIAL_EXPIRED.value, since, NOW)
        told = source_message(alarm, brand, over=False)
        back = source_message(alarm, brand, over=True)

        assert told.title.split(" ")[0] in {"🔴", "🟠"}
        assert back.title.startswith("✅")
        assert not [line for line in (told.title, *told.lines, back.title, *back.lines) if "{" in line]


def test_a_dead_key_says_what_happened_since_when_and_what_to_do() -> None:
    (alarm,) = open_alarms(DEAD, NOW)
    told = source_message(alarm, BRAND, over=False)

    assert told.title == "🔴 Aurora · Meta Ads: the key no longer works"
    assert told.lines[0] == "The key was revoked. Create a new one."
    assert (
        told.lines[1]
        .replace("\u202f", " ")
        .startswith("Last numbers: May 20, 2026, 1:00 PM. Until this is mended")
    )
