"""What is said of the channels themselves: that one has turned itself off, and whether one works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.message import Message
from shared.core.notifications import masked
from shared.core.refusal import ACCESS_GONE, CHANNEL_GONE, NO_MAILBOX, NOT_ALLOWED
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
    (
        {NO_MAILBOX},
        {
            "pt-BR": "O servidor de e-mail diz que esta caixa não existe.",
            "en": "The mail server says that there is no such mailbox.",
        },
    ),
)


_REFUSED = {
    "pt-BR": "A mensagem foi recusada.",
    "en": "The message was refused.",
}
_TRIAL = {
    "pt-BR": ("✅ {name}: mensagem de teste", "É aqui que os avisos desta marca vão chegar."),
    "en": ("✅ {name}: test message", "This is where this brand's messages will arrive."),
}
_AWAY = {
    "pt-BR": "Está salvo, mas não houve resposta agora. Tente de novo em alguns minutos.",
    "en": "It is saved, but there was no answer just now. Try again in some minutes.",
}
_UNREADABLE = {
    "pt-BR": "O acesso guardado não pode mais ser lido. Informe-o de novo.",
    "en": "The stored access can no longer be read. Give it again.",
}
_WELL = {"pt-BR": "Mensagem de teste enviada.", "en": "Test message sent."}


def reason_text(reason: str, locale: str) -> str:
    """Say in our own words why an address refuses."""
    found = next((texts for reasons, texts in _REASONS if reason in reasons), _REFUSED)
    return found[locale]


def away_text(locale: str) -> str:
    return _AWAY[locale]


def unreadable_text(locale: str) -> str:
    return _UNREADABLE[locale]


def well_text(locale: str) -> str:
    return _WELL[locale]


def trial_message(brand: Brand) -> Message:
    """Write what a person is sent who wants to see whether an address works."""
    title, line = _TRIAL[brand.locale]
    return Message(title.format(name=" ".join(brand.name.split())), (line,))


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
