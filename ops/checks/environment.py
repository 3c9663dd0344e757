"""The environment: what is missing, malformed or contradicts itself, and which doors that stops."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ops.checks.finding import Finding, Level, failing
from shared import wiring
from shared.config import NEEDS, Config
from shared.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.checks.finding import Findings

_KEY = "PERFORMANCE_ENCRYPTION_KEY"


def mistakes() -> tuple[str, ...]:
    """Return what keeps every door, and this command, from starting."""
    return _mistakes(os.environ)


def look_at_environment() -> Findings:
    """Return every mistake, then what is configured; secrets are named and never shown."""
    wrong = mistakes()
    findings = [Finding(Level.FAIL, "environment", each, "correct it and start again") for each in wrong]
    findings += _missing(os.environ, wrong)
    return findings if wrong else [*findings, *_configured(wiring.config()), *_master_key(wiring.config())]


def _mistakes(env: Mapping[str, str], door: str | None = None) -> tuple[str, ...]:
    try:
        Config.from_env(env, door)
    except ConfigError as error:
        return error.mistakes
    return ()


def _missing(env: Mapping[str, str], wrong: tuple[str, ...]) -> Findings:
    """Return what single doors lack. They may have it where they run; only the key is needed here too."""
    lacking: dict[str, list[str]] = {}
    for door in NEEDS:
        for mistake in _mistakes(env, door):
            if mistake not in wrong:
                lacking.setdefault(mistake, []).append(door)
    return [
        Finding(
            Level.FAIL if mistake.startswith(_KEY) else Level.WARN,
            "environment",
            mistake,
            f"set it; without it no {', '.join(doors)} starts",
        )
        for mistake, doors in lacking.items()
    ]


def _configured(config: Config) -> Findings:
    where = "emulators" if config.local else "deployed"
    findings = [Finding(Level.OK, "environment", f"project {config.project}, {where}")]
    if config.vertex_location:
        asked = f"{config.gemini_model} on Vertex AI in {config.vertex_location}"
        findings.append(Finding(Level.OK, "gemini", asked))
    elif config.gemini_key:
        findings.append(Finding(Level.OK, "gemini", f"{config.gemini_model} with AI Studio's key"))
    if config.insight_calls == 0:
        told = "INSIGHT_DAILY_CALLS is 0, no model is asked"
        findings.append(Finding(Level.WARN, "gemini", told, "raise it, or be content with our own words"))
    if config.smtp_url and config.mail_from:
        findings.append(Finding(Level.OK, "mail", "SMTP_URL and MAIL_FROM are set"))
    return findings


def _master_key(config: Config) -> Findings:
    if config.encryption_key is None and config.encryption_key_version is None:
        return []
    findings: Findings = []
    with failing(findings, "master key", f"see {_KEY} in SECURITY.md"):
        known = wiring.master_keys()
        others = len(known.by_kid) - 1
        findings.append(Finding(Level.OK, "master key", f"{known.primary} seals, {others} more open"))
    return findings
