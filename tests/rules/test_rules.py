"""Who may do what in Firestore, asked of the real rules engine."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.rules.clauses import Mutant, conditions, mutants
from tests.rules.conftest import RULES
from tests.rules.emulator import Case, Project
from tests.rules.matrix import CANARY, CASES, SMALL_CASES
from tests.rules.world import NOBODY, as_seeded

MUTANTS = mutants(RULES.read_text(encoding="utf-8"))


def test_the_rules_are_loaded_before_anything_is_concluded_from_them(guarded: Project) -> None:
    """An emulator without rules lets everybody in, and every `allowed` case would pass."""
    reply = guarded.ask(CANARY)

    assert reply.status == 403


def test_the_rules_compile_without_a_warning(scratch: Project, rules: str) -> None:
    assert scratch.load_rules(rules) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_rules_answer(case: Case, guarded: Project) -> None:
    assert _complaint(case, guarded) is None


def test_more_is_refused_than_allowed() -> None:
    allowed = [case for case in CASES if case.allowed]

    assert len(CASES) - len(allowed) >= 2 * len(allowed)


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.label)
def test_no_condition_can_be_deleted_unnoticed(mutant: Mutant, scratch: Project) -> None:
    scratch.load_rules(mutant.rules)

    assert next(_complaints(CASES, scratch), None) is not None


def test_every_allow_line_has_said_both_yes_and_no(scratch: Project, rules: str) -> None:
    scratch.load_rules(rules)

    list(_complaints(SMALL_CASES, scratch))

    said = _verdicts(scratch.coverage())
    lines = {line.label: said.get(line.start) for line in conditions(rules) if line.is_allow}
    assert lines
    assert {label: verdicts for label, verdicts in lines.items() if verdicts != {True, False}} == {}


def _complaints(cases: Sequence[Case], project: Project) -> Iterator[str]:
    return (complaint for case in cases if (complaint := _complaint(case, project)) is not None)


def _complaint(case: Case, project: Project) -> str | None:
    """What is wrong with the answer; None if nothing. A write that was let through is undone."""
    reply = project.ask(case)
    if case.writes and reply.status == 200:
        project.seed([as_seeded(write.path) for write in case.writes])
    if reply.status != case.status:
        return f"{case.name}: {reply.status} instead of {case.status} {reply.message}"
    if case.actor is NOBODY and reply.by_accident:
        return f"{case.name}: refused by an error, so the sign-in check is gone: {reply.message}"
    return None


def _verdicts(report: Sequence[dict[str, Any]]) -> dict[int, set[bool]]:
    """The booleans each condition has been, by where it starts (its reported end omits closing brackets)."""
    return {
        condition["sourcePosition"]["currentOffset"]: {
            seen["value"]["boolValue"] for seen in condition.get("values", []) if "boolValue" in seen["value"]
        }
        for condition in report
    }
