"""What every command of `warroom` has in common: one JSON object, a dry run that changes nothing."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

import pytest

from ops.__main__ import COMMANDS
from ops.__main__ import main as warroom
from tests.functions.conftest import forget
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.flows.stage import Stage

READING = {"backtest", "doctor", "explain"}
"""The commands that write nothing, so that there is nothing to try."""


@pytest.fixture
def at_hand(
    stage: Stage, project_id: str, pubsub_emulator: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_emulator)
    forget()
    yield stage
    forget()


def parsers() -> dict[str, argparse.ArgumentParser]:
    commands = argparse.ArgumentParser().add_subparsers()
    for command in COMMANDS:
        command.add_to(commands)
    return dict(commands.choices)


def stored(stage: Stage) -> dict[str, Any]:
    """Return every document of the project."""
    found: dict[str, Any] = {}
    waiting = list(stage.client.collections())
    while waiting:
        for document in waiting.pop().list_documents():
            found[document.path] = document.get().to_dict()
            waiting.extend(document.collections())
    return found


@pytest.mark.parametrize("name", sorted(parsers()))
def test_every_command_speaks_json_and_every_writing_one_has_a_dry_run(name: str) -> None:
    options = {option for action in parsers()[name]._actions for option in action.option_strings}

    assert "--json" in options
    assert ("--dry-run" in options) is (name not in READING)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["add-brand", "boreal", "--owner", "somebody"], {"brand": "boreal", "owner": "somebody"}),
        (
            ["occasion", "--brand", BRAND.id, "--name", "sale", "--from", "2026-11-27"],
            {"brand": BRAND.id, "occasions": 1},
        ),
        (["tick", "--brand", BRAND.id], {"sources_asked": 1}),
        (["tick"], {"sources_asked": 1}),
        (["rebuild-history", "--brand", BRAND.id, "--source", "google"], {"pages": 0, "different": 0}),
    ],
    ids=["add-brand", "occasion", "tick of one", "tick", "rebuild-history"],
)
def test_a_dry_run_says_what_would_be_done_and_changes_nothing(
    at_hand: Stage,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    said: dict[str, object],
) -> None:
    at_hand.connect()
    before = stored(at_hand)

    assert warroom([*command, "--dry-run", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told.pop("dry_run") is True
    assert told.items() >= said.items()
    assert stored(at_hand) == before


def test_json_may_be_asked_for_before_the_command_too(
    at_hand: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert at_hand
    assert warroom(["--json", "add-brand", "boreal", "--owner", "somebody", "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["brand"] == "boreal"


def test_a_dry_run_says_so_to_a_person_too(at_hand: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert at_hand
    assert warroom(["add-brand", "boreal", "--owner", "somebody", "--dry-run"]) == 0
    assert capsys.readouterr().out == "brand=boreal  owner=somebody  dry_run=True\n"


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_brand_that_exists_is_not_created_again(
    at_hand: Stage, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    assert at_hand
    assert warroom(["add-brand", BRAND.id, "--owner", "somebody", *more]) == 1
    assert capsys.readouterr().err == f"warroom: brand: {BRAND.id} exists already\n"
