"""Validation: does this key read this account? Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.integration import Problem
from shared.core.wording import day_name
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
        Problem.CREDENTIAL_MALFORMED: "A chave está incompleta ou em formato errado.",
        Problem.CREDENTIAL_INVALID: "A plataforma não reconhece esta chave.",
        Problem.CREDENTIAL_EXPIRED: "A chave expirou. Gere uma nova.",
        Problem.CREDENTIAL_REVOKED: "A chave foi revogada. Gere uma nova.",
        Problem.USER_ACTION_REQUIRED: "A plataforma pede antes uma confirmação na conta.",
        Problem.PERMISSION_MISSING: "Falta à chave a permissão de leitura dos relatórios.",
        Problem.ACCOUNT_NOT_FOUND: "A conta não existe ou esta chave não tem acesso a ela.",
        Problem.ACCOUNT_INACTIVE: "A conta está inativa na plataforma.",
        Problem.ACCOUNT_IS_MANAGER: "Este id é de uma conta administradora. Informe o da conta de anúncios.",
        Problem.PROJECT_NOT_APPROVED: "O projeto dono da credencial ainda não tem acesso à API.",
        Problem.API_DISABLED: "A API está desligada no projeto dono da credencial.",
        Problem.BAD_REQUEST: "A plataforma não aceita esta conta como está configurada.",
        Problem.TOO_MUCH_DATA: "A conta tem dados demais para esta verificação.",
    },
    "en": {
        "ok": "Valid key: account {account} can be read.",
        "expires": "The key expires on {day}.",
        Problem.CREDENTIAL_MALFORMED: "The key is incomplete or in the wrong format.",
        Problem.CREDENTIAL_INVALID: "The platform does not recognise this key.",
        Problem.CREDENTIAL_EXPIRED: "The key has expired. Create a new one.",
        Problem.CREDENTIAL_REVOKED: "The key was revoked. Create a new one.",
        Problem.USER_ACTION_REQUIRED: "The platform wants a confirmation in the account first.",
        Problem.PERMISSION_MISSING: "The key lacks the permission to read reports.",
        Problem.ACCOUNT_NOT_FOUND: "The account does not exist or this key has no access to it.",
        Problem.ACCOUNT_INACTIVE: "The account is inactive on the platform.",
        Problem.ACCOUNT_IS_MANAGER: "This is a manager account's id. Give the advertising account's.",
        Problem.PROJECT_NOT_APPROVED: "The project that owns the credential has no access to the API yet.",
        Problem.API_DISABLED: "The API is switched off in the project that owns the credential.",
        Problem.BAD_REQUEST: "The platform does not accept this account as it is set up.",
        Problem.TOO_MUCH_DATA: "The account has too much data for this check.",
    },
}


@dataclass(frozen=True, slots=True)
class Validated:
    success: bool
    message: str


def validate(asked: Validation, owned: OwnedBrand, *, platforms: Platforms) -> Validated:
    """Try a key against its platform; RateLimited and Unavailable pass through: nobody knows then."""
    return tried(asked, owned, platforms=platforms)[0]


def tried(asked: Validation, owned: OwnedBrand, *, platforms: Platforms) -> tuple[Validated, Account | None]:
    """Return also what the platform says about the account; None when it refuses the key."""
    words = _WORDS[owned.brand.locale]
    try:
        account = platforms(asked.platform).check(asked.key, asked.account_id)
    except PlatformRefused as refusal:
        return Validated(success=False, message=words[Problem(refusal.reason)]), None
    said = [words["ok"].format(account=asked.account_id)]
    if account.warning is not None:
        said.append(words[account.warning])
    if account.expires_at is not None:
        said.append(words["expires"].format(day=day_name(account.expires_at, owned.brand)))
    return Validated(success=True, message=" ".join(said)), account


def pretended(asked: Validation, *, token_dead: bool) -> Validated:
    """Answer a mock request."""
    words = _WORDS["pt-BR"]
    if token_dead:
        return Validated(success=False, message=words[Problem.CREDENTIAL_EXPIRED])
    return Validated(success=True, message=words["ok"].format(account=asked.account_id))
