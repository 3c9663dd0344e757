"""Dead letters come back by their names: through the doors that buried them, and `warroom replay`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ops.__main__ import main as warroom
from shared import wiring
from shared.core.metric import Source
from tests.flows.stage import Asked, Stage
from tests.functions.conftest import forget, prepare
from tests.functions.doors import client_of, firestore_headers, push
from tests.unit.core.points import BRAND, hour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.cloud.firestore import DocumentReference

METRIC = f"metric_{BRAND.id}_meta_{hour().key}"
ANOMALY = f"an_{METRIC}_cpc"
NOBODY = "127.0.0.1:9"
ALARM = "source_meta_credential_dead_1769700000"


@pytest.fixture
def at_hand(
    stage: Stage, project_id: str, firestore_emulator: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Doors and command on the stage's stores; what they ask for is remembered."""
    prepare(monkeypatch, NOBODY)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    monkeypatch.setattr(wiring, "queue", lambda: stage.queue)
    yield stage
    monkeypatch.undo()
    forget()


def config(stage: Stage) -> DocumentReference:
    document: DocumentReference = stage.client.document(f"brands/{BRAND.id}/performance_configs/main")
    return document


def spoil(stage: Stage) -> None:
    """Break the brand's configuration, so that whoever reads it gives up."""
    config(stage).update({"sentrySettings.sensitivity": "very"})


def mend(stage: Stage) -> None:
    config(stage).update({"sentrySettings.sensitivity": "medium"})


def buried(stage: Stage) -> list[dict[str, Any]]:
    return [letter.to_dict() or {} for letter in stage.client.collection("dead_letters").stream()]


def written(stage: Stage, metric: str = METRIC) -> None:
    headers = firestore_headers(
        stage.client.project, f"brands/{BRAND.id}/performance_metrics/{metric}", ce_id=metric
    )
    assert client_of("sentry").post("/", data=b"", headers=headers).status_code == 200


def message(door: str, **names: str) -> None:
    body = push({"v": 1, "brandId": BRAND.id, "note": "private"} | names)
    assert client_of(door).post("/", json=body).status_code == 200


def told(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    capsys.readouterr()
    assert warroom(["replay", "--json", *more]) == 0
    read: dict[str, Any] = json.loads(capsys.readouterr().out)
    return read


def test_a_written_metric_is_judged_when_what_was_broken_is_mended(
    at_hand: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    at_hand.shock()
    spoil(at_hand)
    written(at_hand)
    assert [letter["kind"] for letter in buried(at_hand)] == ["sentry"]

    still = told(capsys)
    assert (still["replayed"], still["stay"]) == (0, 1)
    assert "sensitivity" in still["letters"][0]["stays"]

    mend(at_hand)
    planned = told(capsys, "--dry-run")
    assert (planned["replayed"], planned["dry_run"]) == (1, True)
    assert len(buried(at_hand)) == 1
    assert at_hand.everything() == []

    assert told(capsys)["replayed"] == 1
    assert buried(at_hand) == []
    assert ANOMALY in {each.id for each in at_hand.everything()}
    assert ANOMALY in at_hand.queue.insight

    assert told(capsys) == {"replayed": 0, "stay": 0, "letters": []}


def test_a_message_keeps_its_names_and_is_published_again(
    at_hand: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    at_hand.connect()
    at_hand.shock()
    (raised, *_) = sorted(at_hand.watch())
    spoil(at_hand)
    at_hand.client.document(f"brands/{BRAND.id}/freshness/meta").update({"askedAt": datetime.now(UTC)})
    message("ingest", source="meta")
    message("enrich", anomalyId=raised)
    for about in ({"anomalyId": raised}, {"alarmId": ALARM}, {"digest": "2026-05-20"}):
        message("notify", **about)
        spoiled = at_hand.client.collection("dead_letters")
        for letter in spoiled.stream():  # the pushes of these tests share one event id
            spoiled.document(f"{letter.id}-{'-'.join(about)}").set(letter.to_dict())
            spoiled.document(letter.id).delete()
    kept = {(letter["kind"], *sorted(letter["names"].values())) for letter in buried(at_hand)}
    assert kept == {
        ("ingest", BRAND.id, "meta"),
        ("enrich", raised, BRAND.id),
        ("notify", raised, BRAND.id),
        ("notify", BRAND.id, ALARM),
        ("notify", "2026-05-20", BRAND.id),
    }
    assert "private" not in repr(buried(at_hand))

    mend(at_hand)
    at_hand.queue.insight.clear()
    at_hand.queue.notify.clear()
    done = told(capsys)

    assert done["stay"] == 0
    assert buried(at_hand) == []
    assert at_hand.queue.ingest == [(BRAND.id, Source.META)]
    assert set(at_hand.queue.insight) == {raised}
    assert set(at_hand.queue.notify) == {raised, ALARM, "digest_2026-05-20"}


def test_what_leads_nowhere_stays_with_its_reason(at_hand: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    letters = at_hand.client.collection("dead_letters")
    base = {"eventId": "1", "subject": "//pubsub", "reason": "invalid_document", "at": datetime.now(UTC)}
    path = f"documents/brands/{BRAND.id}/performance_metrics"
    for name, letter in {
        "none of ours": {"kind": "ingest", "reason": "malformed_event"},
        "without names": {"kind": "ingest"},
        "a tick": {"kind": "schedule"},
        "a gone metric": {"kind": "sentry", "subject": f"{path}/metric_{BRAND.id}_meta_2020-01-01"},
        "no connection": {"kind": "ingest", "names": {"brandId": BRAND.id, "source": "google"}},
        "a gone brand": {"kind": "ingest", "names": {"brandId": "boreal", "source": "google"}},
        "a gone anomaly": {"kind": "enrich", "names": {"brandId": BRAND.id, "anomalyId": ANOMALY}},
    }.items():
        letters.document(name).set(base | letter)

    found = told(capsys)

    assert found["replayed"] == 0
    assert {letter["id"]: letter["stays"] for letter in found["letters"]} == {
        "none of ours": "it was none of our events, and will not become one",
        "without names": "it kept no names",
        "a tick": "it named nothing; the next tick does what it asked for",
        "a gone metric": f"there is no metric_{BRAND.id}_meta_2020-01-01",
        "no connection": f"{BRAND.id} has no connection to google",
        "a gone brand": "there is no brand boreal",
        "a gone anomaly": f"there is no {ANOMALY}",
    }
    assert len(buried(at_hand)) == 7


def test_a_brand_a_door_and_a_day_narrow_it_down(at_hand: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    at_hand.connect()
    letters = at_hand.client.collection("dead_letters")
    names = {"brandId": BRAND.id, "source": "meta"}
    for day in (1, 2):
        at = datetime(2026, 5, day, tzinfo=UTC)
        base = {"eventId": "1", "subject": "//pubsub", "reason": "invalid_document", "at": at}
        letters.document(f"meta-{day}").set(base | {"kind": "ingest", "names": names})
    letters.document("nobody's").set(base | {"kind": "schedule"})

    def named(*more: str) -> list[str]:
        return [letter["id"] for letter in told(capsys, "--dry-run", *more)["letters"]]

    assert named() == ["meta-1", "meta-2", "nobody's"]
    assert named("--brand", BRAND.id) == ["meta-1", "meta-2"]
    assert named("--brand", "boreal") == []
    assert named("--door", "schedule") == ["nobody's"]
    assert named("--since", "2026-05-02", "--door", "ingest") == ["meta-2"]
    assert named("--since", "2026-05-02T02:00+03:00", "--door", "ingest") == ["meta-2"]


def test_a_letter_outlives_a_queue_that_does_not_answer(
    at_hand: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hand.connect()
    names = {"brandId": BRAND.id, "source": "meta"}
    letter = {"kind": "ingest", "eventId": "1", "subject": "//pubsub", "reason": "invalid_document"}
    at_hand.client.document("dead_letters/one").set(letter | {"names": names, "at": datetime.now(UTC)})
    monkeypatch.setattr(at_hand, "queue", Asked(broken=True))

    assert warroom(["replay"]) == 1
    assert len(buried(at_hand)) == 1


@pytest.mark.parametrize("since", ["soon", "2026-13-01"])
def test_a_moment_that_is_none_is_refused(
    at_hand: Stage, capsys: pytest.CaptureFixture[str], since: str
) -> None:
    assert at_hand
    assert warroom(["replay", "--since", since]) == 1
    assert capsys.readouterr().err.startswith("warroom: since: ")


def test_a_person_reads_one_line_for_each(at_hand: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    letter = {"kind": "schedule", "eventId": "1", "subject": "//pubsub", "reason": "malformed_event"}
    at_hand.client.document("dead_letters/one").set(letter | {"at": datetime(2026, 5, 1, tzinfo=UTC)})

    assert warroom(["replay"]) == 0

    why = "it was none of our events, and will not become one"
    assert capsys.readouterr().out.splitlines() == [
        f"stays     schedule  //pubsub  malformed_event, 2026-05-01 00:00Z; {why}",
        "replayed=0  stay=1",
    ]
