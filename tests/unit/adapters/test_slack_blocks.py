"""What Slack is given to show: everything that is told, and nothing that it would read as its own signs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.world.slack_blocks import blocks_in
from shared.adapters.slack_blocks import blocks_of, escaped, fallback_of
from shared.core.message import Link, Message, linked, message_of
from tests.unit.core.anomalies import raised_anomaly
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from collections.abc import Iterator

LINK = Link("https://aurora.web.app/?brand=aurora&anomaly=an_1", "Open the dashboard")
WHOLE = Message(
    "🔴 Aurora: CPC 150% above",
    ("It rose.", "Suggested action: look."),
    (("Value", "€2.50"), ("Expected", "€1.00")),
    link=LINK,
    trend="Last 24 h  ▁▂█",
)


def texts(message: Message) -> Iterator[dict[str, Any]]:
    """Yield every text object of a message's blocks."""

    def walk(part: Any) -> Iterator[dict[str, Any]]:
        if isinstance(part, dict):
            if isinstance(part.get("text"), str):
                yield part
            for inner in part.values():
                yield from walk(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from walk(inner)

    yield from walk(blocks_of(message))


def test_a_message_has_its_sentence_figures_trend_action_and_button() -> None:
    blocks = blocks_of(WHOLE)

    assert [block["type"] for block in blocks] == [
        "section",
        "section",
        "section",
        "context",
        "section",
        "actions",
    ]
    assert [text["text"] for text in texts(WHOLE)] == [
        "*🔴 Aurora: CPC 150% above*",
        "It rose.",
        "*Value*\n€2.50",
        "*Expected*\n€1.00",
        "Last 24 h  ▁▂█",
        "Suggested action: look.",
        "Open the dashboard",
    ]
    (button,) = blocks[-1]["elements"]
    assert button["url"] == LINK.url


def test_what_is_not_there_leaves_no_empty_block() -> None:
    bare = replace(WHOLE, figures=(), trend=None, link=None, lines=())

    assert [text["text"] for text in texts(bare)] == ["*🔴 Aurora: CPC 150% above*"]


@pytest.mark.parametrize(
    "name",
    [
        "<!channel>",
        "<!here|x>",
        "<@U0123>",
        "<https://evil.example|Aurora>",
        "@channel",
        "a & b",
        "&lt;!channel&gt;",
    ],
)
def test_a_name_mentions_nobody_and_leads_nowhere(name: str) -> None:
    message = linked(message_of([raised_anomaly()], replace(BRAND, name=name)), BRAND, "https://a.example")

    sent = json.dumps([fallback_of(message), blocks_of(message)], ensure_ascii=False)

    assert "<" not in sent.replace(LINK.url, "")
    assert all(text["verbatim"] for text in texts(message) if text["type"] == "mrkdwn")
    shown = fallback_of(message).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == message.title


@given(st.text(max_size=50), st.integers(0, 40))
def test_what_is_cut_is_cut_between_signs(text: str, longest: int) -> None:
    written = escaped(text, longest)

    assert len(written) <= longest
    unescaped = written.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert text.startswith(unescaped)
    assert escaped(unescaped, longest) == written


@given(
    st.builds(
        Message,
        st.text(min_size=1, max_size=5_000),
        st.lists(st.text(min_size=1, max_size=4_000), max_size=4).map(tuple),
        st.lists(st.tuples(st.text(min_size=1), st.text(max_size=3_000)), max_size=14).map(tuple),
        link=st.none() | st.just(LINK),
        trend=st.none() | st.text(min_size=1, max_size=100),
    )
)
def test_slack_takes_whatever_is_said(message: Message) -> None:
    assert blocks_in({"blocks": blocks_of(message)}) is not None
