"""What the rules engine answers, held against what it owes; and which lines have said both yes and no."""

from collections.abc import Iterator, Sequence

from tests.rules.clauses import conditions
from tests.rules.emulator import Case, Project
from tests.rules.world import NOBODY, as_seeded


def complaints(cases: Sequence[Case], project: Project) -> Iterator[str]:
    return (said for case in cases if (said := complaint(case, project)) is not None)


def complaint(case: Case, project: Project) -> str | None:
    """What is wrong with the answer; None if nothing. A write that was let through is undone."""
    reply = project.ask(case)
    if case.writes and reply.status == 200:
        project.seed([as_seeded(write.path) for write in case.writes])
    if reply.status != case.status:
        return f"{case.name}: {reply.status} instead of {case.status} {reply.message}"
    if case.actor is NOBODY and reply.by_accident:
        return f"{case.name}: refused by an error, so the sign-in check is gone: {reply.message}"
    return None


def verdicts(rules: str, project: Project) -> dict[str, set[bool]]:
    """By allow line, what it has said since the rules were loaded."""
    said = {
        # by where each condition starts: its reported end omits closing brackets
        condition["sourcePosition"]["currentOffset"]: {
            seen["value"]["boolValue"] for seen in condition.get("values", []) if "boolValue" in seen["value"]
        }
        for condition in project.coverage()
    }
    return {line.label: said.get(line.start, set()) for line in conditions(rules) if line.verbs}
