"""`warroom explain`: an anomaly's parts as they are stored, and as the history pages make them anew."""

from __future__ import annotations

import json
from math import fsum
from typing import TYPE_CHECKING, Any

import pytest

from ops.__main__ import main as warroom
from shared.core.metric import Source
from tests.flows.stage import STEADY, WEEKS, Stage
from tests.functions.conftest import forget
from tests.unit.core.points import BRAND, hour, point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.cloud.firestore import DocumentReference

CPC = f"an_metric_{BRAND.id}_meta_{hour().key}_cpc"
BLENDED = f"an_metric_{BRAND.id}_aggregated_{hour().key}_spend"


@pytest.fixture
def at_hand(stage: Stage, project_id: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A shock on one of two sources, judged there and in the blend."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    forget()
    stage.keep([point(STEADY, hour(-n), Source.GOOGLE) for n in range(WEEKS + 1)])
    stage.shock()
    for source in (Source.META, Source.AGGREGATED):
        stage.watch(source)
    yield stage
    forget()


def stored(stage: Stage, anomaly: str) -> DocumentReference:
    document: DocumentReference = stage.client.document(f"brands/{BRAND.id}/performance_anomalies/{anomaly}")
    return document


def told(capsys: pytest.CaptureFixture[str], anomaly: str, code: int = 0) -> dict[str, Any]:
    assert warroom(["explain", anomaly, "--brand", BRAND.id, "--check", "--json"]) == code
    read: dict[str, Any] = json.loads(capsys.readouterr().out)
    return read


@pytest.mark.parametrize("anomaly", [CPC, BLENDED])
def test_the_parts_make_up_the_total_and_the_pages_say_the_same(
    at_hand: Stage, capsys: pytest.CaptureFixture[str], anomaly: str
) -> None:
    known = at_hand.stored(anomaly)

    found = told(capsys, anomaly)

    assert found["total"] == known.value - known.expected
    assert fsum(part["amount"] for part in found["parts"]) == pytest.approx(found["total"], rel=1e-9)
    assert fsum(part["share"] for part in found["parts"]) == pytest.approx(1.0, rel=1e-9)
    assert (found["parts"][0]["source"], found["parts"][0]["driver"]) == ("meta", "cpc")
    assert (found["cause"], found["incident"]) == (known.cause, known.incident)
    assert found["threshold_percent"] == known.threshold_percent
    check = found["check"]
    assert (check["stored_adds_up"], check["recomputed_adds_up"], check["agrees"]) == (True, True, True)
    assert [p["amount"] for p in check["parts"]] == pytest.approx([p["amount"] for p in found["parts"]])


@pytest.mark.parametrize("source", [Source.META, Source.AGGREGATED])
def test_what_was_corrected_since_is_split_by_what_stands(
    at_hand: Stage, capsys: pytest.CaptureFixture[str], source: Source
) -> None:
    at_hand.shock(spend=300, minutes=30)
    at_hand.watch(source)
    name = CPC if source is Source.META else BLENDED
    assert at_hand.stored(name).value == (3.0 if source is Source.META else 400.0)

    check = told(capsys, name)["check"]

    assert (check["stored_adds_up"], check["recomputed_adds_up"], check["agrees"]) == (True, True, True)


@pytest.mark.parametrize("off", [1e-6, -0.5])
def test_stored_parts_that_do_not_sum_to_the_total_fail_the_check(
    at_hand: Stage, capsys: pytest.CaptureFixture[str], off: float
) -> None:
    document = stored(at_hand, CPC)
    parts = document.get().get("explanation.parts")
    parts[0]["amount"] *= 1 + off
    document.update({"explanation.parts": parts})

    found = told(capsys, CPC, code=1)

    assert (found["check"]["stored_adds_up"], found["check"]["recomputed_adds_up"]) == (False, True)
    assert warroom(["explain", CPC, "--brand", BRAND.id]) == 0  # unchecked, it only shows what is there


def test_a_person_reads_a_table_with_every_digit(at_hand: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    known = at_hand.stored(CPC)

    assert warroom(["explain", CPC, "--brand", BRAND.id, "--check"]) == 0
    out = capsys.readouterr().out

    assert repr(float(known.parts[0].amount)) in out
    assert f"threshold  {known.threshold_percent} %" in out
    assert "stored parts make up the total" in out
    assert "recomputed from the history pages: the same" in out


def test_what_is_judged_otherwise_by_now_is_said_and_is_no_failure(
    at_hand: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    at_hand.set_status(CPC, "investigating")
    at_hand.shock(spend=100, minutes=30)
    assert at_hand.watch() == []

    found = told(capsys, CPC)

    assert found["check"]["agrees"] is False
    assert found["check"]["judged_now"] in {"within_threshold", "within_noise"}
    assert found["check"]["recomputed_adds_up"] is True


def test_without_its_history_page_it_cannot_be_checked(
    at_hand: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    for page in at_hand.client.collection(f"brands/{BRAND.id}/history").list_documents():
        page.delete()

    assert warroom(["explain", CPC, "--brand", BRAND.id, "--check"]) == 1
    assert "warroom rebuild-history" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("anomaly", "said"),
    [
        ("an_metric_boreal_meta_2026-05-20T12Z_cpc", "anomaly: names no anomaly of this brand"),
        (f"an_metric_{BRAND.id}_/../x", "anomaly: names no anomaly of this brand"),
        (f"an_metric_{BRAND.id}_meta_2020-01-01_cpc", f"anomaly: {BRAND.id} has no an_metric_"),
    ],
)
def test_what_is_no_anomaly_of_the_brand_is_refused(
    at_hand: Stage, capsys: pytest.CaptureFixture[str], anomaly: str, said: str
) -> None:
    assert at_hand
    assert warroom(["explain", anomaly, "--brand", BRAND.id]) == 1
    assert capsys.readouterr().err.startswith(f"warroom: {said}")
