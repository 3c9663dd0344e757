"""Validation: does this key read this account? Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.integration import Problem
from shared.core.wording import day_name, problem_text
from shared.errors import PlatformRefused

if TYPE_CHECKING:
    from shared.core.brand import OwnedBrand
    from shared.core.integration import Account
    from shared.core.query import Validation
    from shared.ports import Platforms

_WORDS = {
    "pt-BR": {
        "ok": "Chave válida: a conta {account} pode ser lida.",
        "expires": "A chave expira em {day}.",
    },
    "en": {
        "ok": "Valid key: account {account} can be read.",
        "expires": "The key expires on {day}.",
    },
}


@dataclass(frozen=True, slots=True)
class Validated:
    """What is said of a key; `problem` is why its platform refused it."""

    success: bool
    message: str
    problem: Problem | None = None

    def wire(self) -> dict[str, object]:
        return {"success": self.success, "message": self.message}


def validate(asked: Validation, owned: OwnedBrand, *, platforms: Platforms) -> Validated:
    """Try a key against its platform; RateLimited and Unavailable pass through: nobody knows then."""
    return tried(asked, owned, platforms=platforms)[0]


def tried(asked: Validation, owned: OwnedBrand, *, platforms: Platforms) -> tuple[Validated, Account | None]:
    """Return also what the platform says about the account; None when it refuses the key."""
    words = _WORDS[owned.brand.locale]
    try:
        account = platforms(asked.platform).check(asked.key, asked.account_id)
    except PlatformRefused as refusal:
        problem = Problem(refusal.reason)
        message = problem_text(problem, owned.brand.locale)
        return Validated(success=False, message=message, problem=problem), None
    said = [words["ok"].format(account=asked.account_id)]
    if account.warning is not None:
        said.append(problem_text(account.warning, owned.brand.locale))
    if account.expires_at is not None:
        said.append(words["expires"].format(day=day_name(account.expires_at, owned.brand)))
    return Validated(success=True, message=" ".join(said)), account


def pretended(asked: Validation, *, token_dead: bool) -> Validated:
    """Answer a mock request."""
    words = _WORDS["pt-BR"]
    if token_dead:
        problem = Problem.CREDENTIAL_EXPIRED
        return Validated(success=False, message=problem_text(problem, "pt-BR"), problem=problem)
    return Validated(success=True, message=words["ok"].format(account=asked.account_id))
