"""The environment, read once: every mistake is reported together, before the first request."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.core.secret import Secret
from shared.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDS: Mapping[str, tuple[str, ...]] = {
    "metrics": (),
    "validate": (),
    "anomalies": (),
    "backtest": (),
    "expectations": (),
    "integrations": ("PERFORMANCE_ENCRYPTION_KEY",),
    "notifications": ("PERFORMANCE_ENCRYPTION_KEY", "SMTP_URL", "MAIL_FROM"),
    "schedule": (),
    "ingest": ("PERFORMANCE_ENCRYPTION_KEY",),
    "sentry": (),
    "enrich": ("GEMINI_API_KEY",),
    "answer": (),
    "sweep": (),
    "notify": ("PERFORMANCE_ENCRYPTION_KEY", "SMTP_URL", "MAIL_FROM"),
}
"""What each door cannot work without; a door is given no secret that it does not need."""

_INSTEAD = {"GEMINI_API_KEY": "GEMINI_VERTEX_LOCATION"}
"""What may stand in a need's place: Vertex AI knows a door by its account, without a key."""

_EMULATORS = ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST")

PRODUCTION_BASES = {
    "META_GRAPH_BASE": "https://graph.facebook.com",
    "GOOGLE_ADS_BASE": "https://googleads.googleapis.com",
    "GOOGLE_TOKEN_URL": "https://oauth2.googleapis.com/token",
    "GA4_BASE": "https://analyticsdata.googleapis.com",
    "GEMINI_BASE": "https://generativelanguage.googleapis.com",
    "SLACK_BASE": "https://slack.com/api/",
    "SLACK_HOOKS_BASE": "https://hooks.slack.com",
    "SECRET_MANAGER_BASE": "https://secretmanager.googleapis.com",
}

_SECRET_VERSION = re.compile(
    r"projects/[a-z0-9-]{1,63}/secrets/[A-Za-z0-9_-]{1,255}/versions/[1-9][0-9]{0,9}", re.ASCII
)
"""A version by its number: `latest` would change under running instances."""

_LOCATION = re.compile(r"[a-z][a-z0-9-]{1,31}", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)

_THIS_MACHINE = re.compile(r"https?://(127\.0\.0\.1|localhost)(:\d+)?(/[\w./-]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Config:
    """What the environment says. `local` means emulators, a demo- project and no Cloud Run.

    `encryption_key` is the master keys themselves, or `encryption_key_version` names where Secret
    Manager keeps them. Gemini is asked with `gemini_key`, or on Vertex AI in `vertex_location`; for
    each brand at most `insight_calls` times and for `insight_tokens` tokens a day. `dashboard` is
    where messages lead: the project's own Hosting site unless told.
    """

    project: str
    local: bool
    unsigned_tokens: bool
    bases: Mapping[str, str]
    encryption_key: Secret | None = field(repr=False)
    encryption_key_version: str | None
    gemini_key: Secret | None = field(repr=False)
    gemini_model: str
    vertex_location: str | None
    insight_calls: int
    insight_tokens: int
    smtp_url: Secret | None = field(repr=False)
    mail_from: str
    allowed_origins: frozenset[str]
    mock: bool
    event_audience: str
    event_sender: str
    dashboard: str

    @classmethod
    def from_env(cls, env: Mapping[str, str], door: str | None = None) -> Config:
        """Read a mapping.

        Raises:
            ConfigError: something is missing for `door`, malformed, or dangerous: an emulator or
                a foreign base URL outside a local run would divert data or switch checks off.
        """
        mistakes: list[str] = []
        project = env.get("GOOGLE_CLOUD_PROJECT") or env.get("GCLOUD_PROJECT") or ""
        if not project:
            mistakes.append("GOOGLE_CLOUD_PROJECT is missing")
        emulated = [name for name in _EMULATORS if env.get(name)]
        local = bool(emulated) and "K_SERVICE" not in env and project.startswith("demo-")
        if emulated and not local:
            mistakes.append(f"{', '.join(emulated)}: emulators are for demo- projects outside Cloud Run")
        mistakes += [
            f"{name} is missing"
            for name in NEEDS.get(door or "", ())
            if not env.get(name) and not env.get(_INSTEAD.get(name, ""))
        ]
        if env.get("MOCK_MODE", "on") not in {"on", "off"}:
            mistakes.append("MOCK_MODE must be on or off")
        if bool(env.get("EVENT_AUDIENCE")) is not bool(env.get("EVENT_SENDER")):
            mistakes.append("EVENT_AUDIENCE and EVENT_SENDER go together")
        mistakes += [*_mail_mistakes(env, local=local), *_dashboard_mistakes(env, local=local)]
        origins = frozenset(o.strip() for o in env.get("ALLOWED_ORIGINS", "").split(",") if o.strip())
        mistakes += _origin_mistakes(origins, local=local)
        master = env.get("PERFORMANCE_ENCRYPTION_KEY", "")
        kept_elsewhere = master.startswith("projects/")
        if kept_elsewhere and not _SECRET_VERSION.fullmatch(master):
            mistakes.append("PERFORMANCE_ENCRYPTION_KEY must name a version by its number")
        mistakes += _gemini_mistakes(env)
        bases, wrong = _bases(env, local=local)
        mistakes += wrong
        if mistakes:
            raise ConfigError(*mistakes)
        return cls(
            project=project,
            local=local,
            unsigned_tokens=local and bool(env.get("FIREBASE_AUTH_EMULATOR_HOST")),
            bases=bases,
            encryption_key=None if kept_elsewhere else _secret(env, "PERFORMANCE_ENCRYPTION_KEY"),
            encryption_key_version=master if kept_elsewhere else None,
            gemini_key=_secret(env, "GEMINI_API_KEY"),
            gemini_model=env.get("GEMINI_MODEL") or "gemini-3.8-flash",
            vertex_location=env.get("GEMINI_VERTEX_LOCATION") or None,
            insight_calls=int(env.get("INSIGHT_DAILY_CALLS") or 200),
            insight_tokens=int(env.get("INSIGHT_DAILY_TOKENS") or 1_000_000),
            smtp_url=_secret(env, "SMTP_URL"),
            mail_from=env.get("MAIL_FROM", ""),
            allowed_origins=origins,
            mock=env.get("MOCK_MODE", "on") == "on",
            event_audience=env.get("EVENT_AUDIENCE", ""),
            event_sender=env.get("EVENT_SENDER", ""),
            dashboard=env.get("DASHBOARD_URL") or f"https://{project}.web.app",
        )


def _bases(env: Mapping[str, str], *, local: bool) -> tuple[dict[str, str], list[str]]:
    bases, wrong = dict(PRODUCTION_BASES), []
    for name, real in PRODUCTION_BASES.items():
        given = env.get(name)
        if not given or given == real:
            continue
        if not local:
            wrong.append(f"{name} may only be set in a local run")
        elif not re.fullmatch(_THIS_MACHINE, given):
            wrong.append(f"{name} must be on this machine")
        else:
            bases[name] = given
    return bases, wrong


def _gemini_mistakes(env: Mapping[str, str]) -> list[str]:
    mistakes = [
        f"{name} must be a whole number"
        for name in ("INSIGHT_DAILY_CALLS", "INSIGHT_DAILY_TOKENS")
        if env.get(name) and not _COUNT.fullmatch(env[name])
    ]
    location = env.get("GEMINI_VERTEX_LOCATION")
    if location and not _LOCATION.fullmatch(location):  # it becomes part of a host's name
        mistakes.append("GEMINI_VERTEX_LOCATION must be a location such as europe-west1")
    if location and env.get("GEMINI_API_KEY"):
        mistakes.append("GEMINI_API_KEY and GEMINI_VERTEX_LOCATION exclude each other")
    return mistakes


def _mail_mistakes(env: Mapping[str, str], *, local: bool) -> list[str]:
    url = env.get("SMTP_URL")
    if url and not _is_mail_url(url, schemes={"smtp", "smtps"} if local else {"smtps"}):
        return ["SMTP_URL must be smtps://user:password@host:port"]
    if env.get("MAIL_FROM") and any(c in env["MAIL_FROM"] for c in "\r\n"):
        return ["MAIL_FROM must be one line"]
    return []


def _dashboard_mistakes(env: Mapping[str, str], *, local: bool) -> list[str]:
    url, allowed = env.get("DASHBOARD_URL"), r"https://[A-Za-z0-9.-]+(:\d+)?(/[\w./-]*)?"
    if not url or re.fullmatch(allowed, url, re.ASCII) or (local and re.fullmatch(_THIS_MACHINE, url)):
        return []
    return ["DASHBOARD_URL must be an https address without a query"]


def _is_mail_url(url: str, schemes: set[str]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # its message quotes the password
        return False


def _origin_mistakes(origins: frozenset[str], *, local: bool) -> list[str]:
    """Refuse what is no exact origin: `*` and `null` would let anybody's page read."""
    allowed = r"https://[A-Za-z0-9.-]+(:\d+)?" + (r"|http://(127\.0\.0\.1|localhost)(:\d+)?" if local else "")
    if all(re.fullmatch(allowed, origin, re.ASCII) for origin in origins):
        return []
    return ["ALLOWED_ORIGINS must list exact origins such as https://app.example.com"]


def _secret(env: Mapping[str, str], name: str) -> Secret | None:
    return Secret(env[name]) if env.get(name) else None
