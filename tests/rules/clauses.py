"""The conditions of a rules file, and the file with one of them deleted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_COMMENT = re.compile(r"//[^\n]*")
_CONDITION = re.compile(r"\b(?:allow (?P<verbs>[a-z, ]+): if|return)\s+(?P<condition>[^;]+);")
_FUNCTION = re.compile(r"function (?P<name>\w+)")
_MATCH = re.compile(r"match (?P<path>/\S+) \{")


@dataclass(frozen=True, slots=True)
class Condition:
    """The expression of one allow line or of one function (no verbs), by its place in the file."""

    label: str
    verbs: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mutant:
    label: str
    rules: str


def conditions(rules: str) -> tuple[Condition, ...]:
    code = _COMMENT.sub(lambda comment: " " * len(comment[0]), rules)
    return tuple(_conditions(code))


def mutants(rules: str) -> tuple[Mutant, ...]:
    """Every rules file that lacks one condition of `rules`, or with one allow line of reads that allows all.

    A lone condition becomes `true`.
    """
    return (*_mutants(rules), *_widened(rules))


def _conditions(code: str) -> Iterator[Condition]:
    for found in _CONDITION.finditer(code):
        start, end = found.span("condition")
        verbs = found["verbs"]
        scope = _MATCH if verbs else _FUNCTION
        name = [before[1] for before in scope.finditer(code, 0, start)][-1]
        yield Condition(f"{name} {verbs}" if verbs else f"{name}()", verbs or "", start, end)


def _mutants(rules: str) -> Iterator[Mutant]:
    for condition in conditions(rules):
        clauses = tuple(_clauses(rules, condition))
        for start, end in clauses:
            kept = [rules[left:right] for left, right in clauses if left != start]
            text = " && ".join(kept) or "true"
            label = f"{condition.label}: {' '.join(rules[start:end].split())}"
            yield Mutant(label, rules[: condition.start] + text + rules[condition.end :])


def _widened(rules: str) -> Iterator[Mutant]:
    for condition in conditions(rules):
        if "get" in condition.verbs:
            verbs = rules.rindex("allow ", 0, condition.start)
            text = "allow read, write: if "
            yield Mutant(f"{condition.label}: everything", rules[:verbs] + text + rules[condition.start :])


def _clauses(rules: str, condition: Condition) -> Iterator[tuple[int, int]]:
    """Spans between the `&&` that stand outside every bracket."""
    cuts = [condition.start - 2]
    depth = 0
    for at in range(condition.start, condition.end):
        depth += (rules[at] in "([{") - (rules[at] in ")]}")
        if depth == 0 and rules.startswith("&&", at):
            cuts.append(at)
    for before, after in pairwise([*cuts, condition.end]):
        yield before + 2, after
