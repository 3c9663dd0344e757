"""Which of a written document's fields changed, read off the event and nothing else."""

from __future__ import annotations

import pytest
from google.cloud.firestore_v1.types import Document, Value

from shared.edge.changes import may_have_changed
from tests.functions.doors import written_anomaly

NAMES = ("status", "snoozedUntil")
NEW, RESOLVED = {"status": "new", "cause": "meta.sold"}, {"status": "resolved", "cause": "meta.sold"}


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (RESOLVED, NEW),
        (NEW | {"snoozedUntil": "2026-01-30"}, NEW),
        (NEW, NEW | {"snoozedUntil": "2026-01-30"}),
        ({"cause": "meta.sold"}, NEW),
    ],
)
def test_a_field_that_is_other_than_before_has_changed(now: dict[str, str], before: dict[str, str]) -> None:
    assert may_have_changed(written_anomaly(now, before), NAMES)


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (NEW, NEW),
        (NEW | {"cause": "meta.bought"}, NEW),
        (NEW | {"explanation": "x" * 300}, NEW),
        (NEW, None),
        (None, RESOLVED),
    ],
)
def test_what_is_as_before_just_made_or_gone_has_not_changed(
    now: dict[str, str] | None, before: dict[str, str] | None
) -> None:
    assert not may_have_changed(written_anomaly(now, before), NAMES)


def test_values_of_every_kind_are_stepped_over() -> None:
    kinds = Document(
        fields={
            "status": Value(string_value="new"),
            "at": Value(timestamp_value="2026-01-29T17:00:00Z"),  # type: ignore[arg-type]
            "told": Value(boolean_value=True),
            "sigmas": Value(double_value=4.5),
            "size": Value(integer_value=3),
            "nothing": Value(null_value=0),  # type: ignore[arg-type]
        },
        update_time="2026-01-29T17:00:00Z",  # type: ignore[arg-type]
    )
    document = bytes(Document.serialize(kinds))
    assert len(document) < 256
    part = bytes([len(document) & 0x7F | 0x80, len(document) >> 7]) + document

    assert not may_have_changed(b"\x0a" + part + b"\x12" + part, NAMES)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"value": {}},
        "text",
        b"\x0a\xff",
        b"\x0a\x05ab",
        b"\x08\x01",
        b"\x80",
        b"\x0a\x04\x12\x02\x0a\x00\x12\x02\x0a\x00",
        written_anomaly(NEW, NEW)[:-1],
    ],
)
def test_an_event_that_does_not_tell_leaves_it_possible(data: object) -> None:
    assert may_have_changed(data, NAMES)
