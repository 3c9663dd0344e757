"""Who may do what in Firestore, asked of the real rules engine."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.answers import complaint, complaints, verdicts
from tests.rules.clauses import Mutant, mutants
from tests.rules.conftest import RULES
from tests.rules.emulator import Case, Project
from tests.rules.matrix import CANARY, CASES, SMALL_CASES
from tests.rules.world import EVERYONE, READABLE, SERVER_ONLY, TOP_LEVEL, WORLD

PATHS = Path(__file__).parents[2] / "shared" / "adapters" / "firestore" / "_paths.py"
MUTANTS = mutants(RULES.read_text(encoding="utf-8"))


def test_the_rules_are_loaded_before_anything_is_concluded_from_them(guarded: Project) -> None:
    """An emulator without rules lets everybody in, and every `allowed` case would pass."""
    reply = guarded.ask(CANARY)

    assert reply.status == 403


def test_the_rules_compile_without_a_warning(scratch: Project, rules: str) -> None:
    assert scratch.load_rules(rules) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_rules_answer(case: Case, guarded: Project) -> None:
    assert complaint(case, guarded) is None


def test_more_is_refused_than_allowed() -> None:
    allowed = [case for case in CASES if case.allowed]

    assert len(CASES) - len(allowed) >= 2 * len(allowed)


def test_every_actor_tries_every_operation_on_every_collection() -> None:
    operations = {"get", "list", "query", "count", "create", "change", "delete"}
    collections = {"brands", *READABLE, *SERVER_ONLY, *TOP_LEVEL}

    tried = {(case.actor, *place) for case in CASES for place in _places(case)}

    assert {(a, c, o) for a in EVERYONE for c in collections for o in operations} - tried == set()


def test_every_collection_that_the_product_keeps_is_tried() -> None:
    """A collection that is new in the paths must be in the matrix before it is in production."""
    built = set(re.findall(r"collection\(\"(\w+)\"\)", PATHS.read_text(encoding="utf-8")))

    assert built - {"brands", *READABLE, *SERVER_ONLY, *TOP_LEVEL} == set()
    assert len(built) > 10


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.label)
def test_no_condition_can_be_deleted_unnoticed(mutant: Mutant, scratch: Project) -> None:
    scratch.load_rules(mutant.rules)

    assert next(complaints(CASES, scratch), None) is not None


def test_every_allow_line_has_said_both_yes_and_no(scratch: Project, rules: str) -> None:
    scratch.load_rules(rules)

    list(complaints(SMALL_CASES, scratch))

    lines = verdicts(rules, scratch)
    assert lines
    assert {label: said for label, said in lines.items() if said != {True, False}} == {}


def _places(case: Case) -> Iterator[tuple[str, str]]:
    """The collection and operation of a read, or of each write."""
    if case.method == "get":
        yield case.path.split("/")[-2], "get"
    elif not case.writes:
        yield case.path.split("/")[-1], case.method
    for write in case.writes:
        known = "change" if write.path in WORLD else "create"
        yield write.path.split("/")[-2], "delete" if write.fields is None else known
