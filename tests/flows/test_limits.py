"""How often a person and a brand may ask, counted where every instance sees it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.firestore import Client

from bench.counting import Counted
from shared.adapters.firestore.limits import FirestoreLimits
from shared.core.limit import BLOCK, LIMITS, Ask
from shared.errors import Contended, TooMany
from tests.flows.stage import Moving

MINUTE = timedelta(minutes=1)
BEGIN = datetime(2026, 5, 21, 10, 0, 10, tzinfo=UTC)


@pytest.fixture
def clock() -> Moving:
    return Moving(BEGIN)


@pytest.fixture
def client(firestore_emulator: str, project_id: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    return Client(project=project_id)


def granted(limits: FirestoreLimits, ask: Ask, who: str, times: int) -> int:
    answered = 0
    for _ in range(times):
        try:
            limits.count(ask, who)
        except TooMany:
            continue
        answered += 1
    return answered


def test_five_keys_a_minute_are_tried_and_thirty_an_hour(client: Client, clock: Moving) -> None:
    limits = FirestoreLimits(client, clock.now)
    by_minute = []
    for _ in range(10):
        by_minute.append(granted(limits, Ask.TRY_KEY, "ana", 8))
        clock.at += MINUTE

    assert by_minute == [5] * 6 + [0] * 4
    clock.at += timedelta(hours=1)
    assert granted(limits, Ask.TRY_KEY, "ana", 8) == 5


def test_the_refusal_says_how_long_to_wait(client: Client, clock: Moving) -> None:
    limits = FirestoreLimits(client, clock.now)
    granted(limits, Ask.TRY_KEY, "ana", 5)

    with pytest.raises(TooMany) as refusal:
        limits.count(Ask.TRY_KEY, "ana")

    assert refusal.value.retry_after_s == 50
    clock.at += timedelta(seconds=50)
    limits.count(Ask.TRY_KEY, "ana")


def test_a_new_instance_knows_what_the_old_one_counted(client: Client, clock: Moving) -> None:
    granted(FirestoreLimits(client, clock.now), Ask.TRY_KEY, "ana", 5)

    assert granted(FirestoreLimits(client, clock.now), Ask.TRY_KEY, "ana", 3) == 0


def test_one_who_asks_too_often_does_not_silence_another(client: Client, clock: Moving) -> None:
    limits = FirestoreLimits(client, clock.now)
    granted(limits, Ask.TRY_KEY, "ana", 8)

    assert granted(limits, Ask.TRY_KEY, "bruno", 8) == 5
    assert granted(limits, Ask.READ, "ana", 8) == 8


def test_an_ordinary_reader_costs_nothing(client: Client, clock: Moving) -> None:
    counted = Counted(client)
    limits = FirestoreLimits(client, clock.now)
    for _ in range(30):
        granted(limits, Ask.READ, "ana", BLOCK[Ask.READ])
        clock.at += MINUTE

    assert dict(counted.counts) == {}


def test_a_flood_of_reads_is_stopped_at_the_limit_and_one_free_block(client: Client, clock: Moving) -> None:
    counted = Counted(client)

    answered = granted(FirestoreLimits(client, clock.now), Ask.READ, "ana", 1_000)

    assert answered == LIMITS[Ask.READ][0].most + BLOCK[Ask.READ]
    assert counted.counts["writes"] == LIMITS[Ask.READ][0].most // BLOCK[Ask.READ]


def test_refused_keys_count_twice(client: Client, clock: Moving) -> None:
    limits = FirestoreLimits(client, clock.now)
    by_minute = []
    for _ in range(10):
        tried = 0
        while granted(limits, Ask.TRY_KEY, "ana", 1):
            tried += 1
            limits.count_again(Ask.TRY_KEY, "ana")
        by_minute.append(tried)
        clock.at += MINUTE

    assert by_minute == [3] * 5 + [0] * 5


def test_refused_keys_tried_at_once_are_missing_later(client: Client, clock: Moving) -> None:
    """All five of a minute pass before the first is refused: the hour still counts each twice."""
    limits = FirestoreLimits(client, clock.now)
    by_minute = []
    for _ in range(5):
        tried = granted(limits, Ask.TRY_KEY, "ana", 5)
        for _ in range(tried):
            limits.count_again(Ask.TRY_KEY, "ana")
        by_minute.append(tried)
        clock.at += MINUTE

    assert by_minute == [5, 5, 5, 0, 0]


def test_a_refused_key_counts_where_every_instance_sees_it(client: Client, clock: Moving) -> None:
    FirestoreLimits(client, clock.now).count_again(Ask.TRY_KEY, "ana")

    assert granted(FirestoreLimits(client, clock.now), Ask.TRY_KEY, "ana", 8) == 4


def test_refused_keys_counted_at_once_are_all_counted_or_say_so(client: Client, clock: Moving) -> None:
    instances = [FirestoreLimits(client, clock.now) for _ in range(4)]

    def again(limits: FirestoreLimits) -> bool:
        try:
            limits.count_again(Ask.TRY_KEY, "ana")
        except Contended:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        counted = sum(pool.map(again, instances))

    left = granted(FirestoreLimits(client, clock.now), Ask.TRY_KEY, "ana", 8)
    assert (counted >= 1, left) == (True, 5 - counted)


def test_many_at_once_are_not_let_through_more_often(client: Client, clock: Moving) -> None:
    instances = [FirestoreLimits(client, clock.now) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        answered = sum(pool.map(lambda each: granted(each, Ask.TRY_KEY, "ana", 4), instances))

    assert 1 <= answered <= 5
