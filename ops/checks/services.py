"""Firestore and Pub/Sub: whether they answer, and whether every topic wakes its door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.pubsub import DOORS
from ops.checks.finding import Finding, Level, failing
from shared import wiring
from shared.errors import PlatformRefused

if TYPE_CHECKING:
    from ops.checks.finding import Findings


def look_at_firestore() -> Findings:
    """Return how Firestore is, and how many events were given up there."""
    findings: Findings = []
    with failing(findings, "firestore", "is it up, and may this account read it?"):
        count = wiring.dead_letters().count()
        findings.append(Finding(Level.OK, "firestore", "answers"))
        if count:
            listed = "`warroom replay --dry-run` lists them"
            findings.append(Finding(Level.WARN, "dead letters", f"{count} events were given up", listed))
        else:
            findings.append(Finding(Level.OK, "dead letters", "none"))
    return findings


def look_at_topics() -> Findings:
    findings: Findings = []
    with failing(findings, "pubsub", "is it up, and may this account use it?"):
        for topic, door in DOORS.items():
            findings.append(_topic(topic, door))
    return findings


def _topic(topic: str, door: str) -> Finding:
    about = f"topic {topic}"
    try:
        listeners = wiring.topics().listeners(topic)
    except PlatformRefused:
        return Finding(Level.WARN, about, "may not be looked at", "grant roles/pubsub.viewer to this account")
    if listeners is None:
        return Finding(Level.FAIL, about, "does not exist", f"create it, then deploy {door}")
    if listeners == 0:
        return Finding(Level.FAIL, about, "has no subscription", f"deploy {door}, which it wakes")
    return Finding(Level.OK, about, f"wakes {door}")
