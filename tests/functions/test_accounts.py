"""SECURITY.md's table of service accounts is what the doors really use."""

from __future__ import annotations

import ast
import re

import pytest

from main import DOORS
from shared.config import NEEDS
from tests.functions.doors import EVENT_DOORS, ROOT

ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| (yes|no) \| ([^|]+) \|$", re.MULTILINE)
SECRETS_BEHIND = {
    "keys": {"PERFORMANCE_ENCRYPTION_KEY"},
    "writer": {"GEMINI_API_KEY"},
    "channels": {"PERFORMANCE_ENCRYPTION_KEY", "SMTP_URL", "MAIL_FROM"},
}
"""What each hand that a door takes from the wiring needs."""


def table() -> dict[str, tuple[str, bool, set[str]]]:
    """Return who reaches each door, whether it publishes, and its secrets."""
    text = (ROOT / "SECURITY.md").read_text().partition("## Service accounts")[2]
    return {
        door: (reached, publishes == "yes", set(re.findall(r"`(\w+)`", secrets)))
        for door, reached, publishes, secrets in ROW.findall(text)
    }


def taken(door: str) -> set[str]:
    """Return what a door takes from the wiring."""
    tree = ast.parse((ROOT / "functions" / f"{door}.py").read_text())
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "wiring"
    }


def test_every_door_has_its_account() -> None:
    assert set(table()) == DOORS


@pytest.mark.parametrize("door", sorted(DOORS))
def test_a_door_is_granted_what_it_uses_and_no_more(door: str) -> None:
    reached, publishes, secrets = table()[door]
    hands = taken(door)

    assert secrets == set(NEEDS[door])
    assert secrets == set().union(*(SECRETS_BEHIND.get(hand, set()) for hand in hands))
    assert publishes is ("queue" in hands)
    assert (reached == "everybody") is (door not in EVENT_DOORS)
