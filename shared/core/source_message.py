"""What a person is told about a source's own trouble, in the brand's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.integration import Problem
from shared.core.message import Message
from shared.core.source_alarm import Trouble
from shared.core.wording import minute, problem_text, source_name

if TYPE_CHECKING:
    from shared.core.brand import Brand
    from shared.core.metric import Source
    from shared.core.source_alarm import SourceAlarm

_TROUBLES: dict[str, dict[object, str]] = {
    "pt-BR": {
        "never": "nunca",
        "gone": "desconectada",
        "unread": "Nada mais é lido desta fonte.",
        (Trouble.CREDENTIAL_DEAD, "title"): "a chave não funciona mais",
        (Trouble.CREDENTIAL_DEAD, "line"): (
            "Últimos números: {since}. Até lá, nada desta fonte é lido nem julgado. "
            "Conecte a fonte de novo com uma chave válida."
        ),
        (Trouble.CREDENTIAL_DEAD, "over"): "a chave voltou a funcionar",
        (Trouble.CREDENTIAL_DEAD, "past"): "As horas que faltavam estão sendo lidas.",
        (Trouble.REFUSED, "title"): "a leitura é recusada",
        (Trouble.REFUSED, "line"): (
            "Últimos números: {since}. A plataforma recusa a leitura até que se corrija a conta ou a chave."
        ),
        (Trouble.REFUSED, "over"): "a leitura voltou",
        (Trouble.REFUSED, "past"): "As horas que faltavam estão sendo lidas.",
        (Trouble.STALE, "title"): "números parados desde {since}",
        (Trouble.STALE, "line"): (
            "A plataforma não entrega horas novas. Tentamos sozinhos; até lá nada disso é julgado."
        ),
        (Trouble.STALE, "over"): "os números voltaram",
        (Trouble.STALE, "past"): "As horas que faltavam estão sendo lidas.",
        (Trouble.CREDENTIAL_EXPIRES, "title"): "a chave expira em {until}",
        (
            Trouble.CREDENTIAL_EXPIRES,
            "line",
        ): "Conecte a fonte com uma chave nova antes disso; nada se perde.",
        (Trouble.CREDENTIAL_EXPIRES, "ended"): "a chave expirou em {until}",
        (Trouble.CREDENTIAL_EXPIRES, "late"): "Conecte a fonte com uma chave nova.",
        (Trouble.CREDENTIAL_EXPIRES, "over"): "a chave foi trocada ou expirou",
        (Trouble.CREDENTIAL_EXPIRES, "past"): "Este aviso não vale mais.",
    },
    "en": {
        "never": "never",
        "gone": "disconnected",
        "unread": "Nothing of this source is read any more.",
        (Trouble.CREDENTIAL_DEAD, "title"): "the key no longer works",
        (Trouble.CREDENTIAL_DEAD, "line"): (
            "Last numbers: {since}. Until this is mended nothing of this source is read or judged. "
            "Connect it again with a valid key."
        ),
        (Trouble.CREDENTIAL_DEAD, "over"): "the key works again",
        (Trouble.CREDENTIAL_DEAD, "past"): "The missing hours are being read.",
        (Trouble.REFUSED, "title"): "reading is refused",
        (Trouble.REFUSED, "line"): (
            "Last numbers: {since}. The platform refuses to be read until the account or the key is mended."
        ),
        (Trouble.REFUSED, "over"): "reading works again",
        (Trouble.REFUSED, "past"): "The missing hours are being read.",
        (Trouble.STALE, "title"): "no new numbers since {since}",
        (Trouble.STALE, "line"): (
            "The platform delivers no new hours. We keep trying; until then these hours are not judged."
        ),
        (Trouble.STALE, "over"): "numbers are back",
        (Trouble.STALE, "past"): "The missing hours are being read.",
        (Trouble.CREDENTIAL_EXPIRES, "title"): "the key expires on {until}",
        (
            Trouble.CREDENTIAL_EXPIRES,
            "line",
        ): "Connect the source with a new key before then.",
        (Trouble.CREDENTIAL_EXPIRES, "ended"): "the key expired on {until}",
        (Trouble.CREDENTIAL_EXPIRES, "late"): "Connect the source with a new key.",
        (Trouble.CREDENTIAL_EXPIRES, "over"): "the key was replaced or has expired",
        (Trouble.CREDENTIAL_EXPIRES, "past"): "This notice no longer holds.",
    },
}


def source_message(alarm: SourceAlarm, brand: Brand, *, over: bool) -> Message:
    """Write what is wrong with a source, what it means for the numbers, and what to do."""
    locale = brand.locale
    name, source = " ".join(brand.name.split()), source_name(alarm.source, locale)
    words = _TROUBLES[locale]
    if over:
        title = f"✅ {name} · {source}: {words[alarm.trouble, 'over']}"
        return Message(title, (words[alarm.trouble, "past"],), over=True)
    moments = {"since": alarm.since, "until": alarm.until}
    shown = {key: words["never"] if at is None else minute(at, brand) for key, at in moments.items()}
    mark = "🟠" if alarm.trouble in {Trouble.STALE, Trouble.CREDENTIAL_EXPIRES} else "🔴"
    title_word, line_word = ("ended", "late") if alarm.ended else ("title", "line")
    title = f"{mark} {name} · {source}: {words[alarm.trouble, title_word].format(**shown)}"
    lines = [words[alarm.trouble, line_word].format(**shown)]
    if alarm.problem in {problem.value for problem in Problem}:
        lines.insert(0, problem_text(Problem(alarm.problem), locale))
    return Message(title, tuple(lines))


def disconnected_message(source: Source, brand: Brand) -> Message:
    """Write that a source is read no more, in place of what was wrong with it."""
    name, words = " ".join(brand.name.split()), _TROUBLES[brand.locale]
    title = f"✅ {name} · {source_name(source, brand.locale)}: {words['gone']}"
    return Message(title, (words["unread"],), over=True)
