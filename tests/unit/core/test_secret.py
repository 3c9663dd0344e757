"""A secret shows itself to whoever asks it to, and in no other way."""

from __future__ import annotations

import ast
import copy
import json
import pickle
from collections import Counter
from dataclasses import asdict, dataclass

import pytest

from local.platform import REPO
from shared.core.secret import Secret

KEY = Secret("made-up-key")

REVEALED_BY = {
    "shared/adapters/email.py": 1,
    "shared/adapters/gemini.py": 1,
    "shared/adapters/slack.py": 1,
    "shared/adapters/slack_hooks.py": 1,
    "shared/adapters/sources/_graph.py": 1,
    "shared/adapters/sources/google_token.py": 1,
    "shared/adapters/vault.py": 1,
    "shared/wiring.py": 1,
}
"""Who needs the text itself: what seals it, what sends it, and what makes master keys of it."""


@dataclass(frozen=True)
class Holder:
    key: Secret


def test_no_text_holds_it() -> None:
    shown = [
        str(KEY),
        repr(KEY),
        f"{KEY}",
        f"{KEY:>40}",
        f"{KEY!r}",
        str.format("{}", KEY),
        repr(Holder(KEY)),
    ]

    assert [text for text in shown if "made-up" in text] == []


@pytest.mark.parametrize(
    "spread",
    [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, lambda key: asdict(Holder(key)), vars, bytes, list],
    ids=["pickled", "copied", "copied deeply", "in JSON", "in a dictionary", "by fields", "bytes", "list"],
)
def test_it_is_not_copied_written_or_taken_apart(spread: object) -> None:
    with pytest.raises(TypeError):
        spread(KEY)  # type: ignore[operator]


def test_two_are_alike_when_their_texts_are() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_only_who_seals_or_sends_it_reveals_it() -> None:
    revealed: Counter[str] = Counter()
    for folder in ("shared", "functions", "ops"):
        for path in (REPO / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr == "reveal":
                    revealed[str(path.relative_to(REPO))] += 1

    assert dict(revealed) == REVEALED_BY
