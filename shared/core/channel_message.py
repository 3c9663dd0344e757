"""What the other channels are told when one has turned itself off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.message import Message
from shared.core.notifications import masked
from shared.core.refusal import ACCESS_GONE, CHANNEL_GONE, NOT_ALLOWED
from shared.core.wording import minute

if TYPE_CHECKING:
    from shared.core.brand import Brand
    from shared.core.refusal import Refusal

_WORDS = {
    "pt-BR": {
        "title": "🟠 {name} · {place}: avisos desligados",
        "line": "Recusou {times} avisos desde {since}. Nada mais é enviado para lá.",
        "mend": "Salve este endereço de novo nas configurações de avisos para religá-lo.",
    },
    "en": {
        "title": "🟠 {name} · {place}: messages switched off",
        "line": "It has refused {times} messages since {since}. Nothing more is sent there.",
        "mend": "Save this address again in the notification settings to switch it on.",
    },
}
_REASONS = (
    (
        CHANNEL_GONE,
        {
            "pt-BR": "O canal do Slack não existe mais, está arquivado ou não tem o aplicativo.",
            "en": "The Slack channel is gone, archived, or without the app.",
        },
    ),
    (
        ACCESS_GONE,
        {
            "pt-BR": "O Slack não aceita mais este acesso: o token ou o webhook foi revogado.",
            "en": "Slack no longer takes this access: the token or webhook was revoked.",
        },
    ),
    (
        NOT_ALLOWED,
        {
            "pt-BR": "O Slack não permite que o aplicativo escreva neste canal.",
            "en": "Slack does not allow the app to write in this channel.",
        },
    ),
)
_NO_MAILBOX = {
    "pt-BR": "O servidor de e-mail diz que esta caixa não existe.",
    "en": "The mail server says that there is no such mailbox.",
}


def reason_text(reason: str, locale: str) -> str:
    """Say in our own words why an address refuses."""
    found = next((texts for reasons, texts in _REASONS if reason in reasons), _NO_MAILBOX)
    return found[locale]


def channel_message(refusal: Refusal, brand: Brand) -> Message:
    """Write which address is off, why, and how it is switched on again."""
    words, locale = _WORDS[brand.locale], brand.locale
    place = masked(refusal.address) if refusal.address else "Slack"
    name = " ".join(brand.name.split())
    line = words["line"].format(times=refusal.times, since=minute(refusal.since, brand))
    return Message(
        words["title"].format(name=name, place=place),
        (f"{reason_text(refusal.reason, locale)} {line}", words["mend"]),
    )
