"""An e-mail's parts: the words as text, and the same as a page that a telephone shows well.

    multipart/alternative
    ├── text/plain
    └── multipart/related
        ├── text/html
        └── image/png      shown by its Content-ID; nothing is fetched from anywhere

Tables and inline styles are what mail programs agree on. Colours are stated for light and for dark;
programs that turn colours round by themselves meet no colour that vanishes. Every word is escaped.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate
from hashlib import blake2b
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.core.message import Message

_STYLE = (
    ":root{color-scheme:light dark;supported-color-schemes:light dark}"
    "@media (prefers-color-scheme:dark){"
    ".page{background:#17191c!important}.card{background:#24272b!important}"
    ".ink{color:#eceef0!important}.dim{color:#b3b9c0!important}"
    ".rule{border-color:#43484e!important}.button{background:#2f6fc4!important}}"
)
_LETTERS = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_ROW = '<tr><td class="ink" style="padding:{padding};color:#202124;{letters}">{inner}</td></tr>'


def mail_of(message: Message, sender: str, recipients: Sequence[str], message_id: str) -> EmailMessage:
    """Put a message into an e-mail with a message id of our own."""
    mail = EmailMessage()
    mail["Subject"] = message.title
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_text(message))
    name = f"chart-{blake2b(message_id.encode(), digest_size=8).hexdigest()}@war-room"
    mail.add_alternative(_page(message, name), subtype="html")
    if message.picture is not None:
        page = mail.get_payload()[1]  # type: ignore[index]
        page.add_related(  # type: ignore[union-attr]
            message.picture, "image", "png", cid=f"<{name}>", disposition="inline", filename="chart.png"
        )
    return mail


def _text(message: Message) -> str:
    figures = "\n".join(f"{name}: {figure}" for name, figure in message.figures)
    link = "" if message.link is None else f"{message.link.label}: {message.link.url}"
    return "\n\n".join(part for part in (message.title, figures, *message.lines, link) if part) + "\n"


def _page(message: Message, picture: str) -> str:
    title = escape(message.title)
    first, *others = message.lines or ("",)
    rows = [
        _row(title, "20px 20px 4px", "font-size:20px;line-height:1.35;font-weight:600"),
        _row(escape(first), "4px 20px", "font-size:16px;line-height:1.5"),
    ]
    if message.picture is not None:
        image = (
            f'<img src="cid:{picture}" alt="{title}" width="560" '
            'style="display:block;width:100%;max-width:560px;height:auto;border:0;border-radius:6px">'
        )
        rows.append(_row(image, "12px 20px 4px"))
    if message.figures:
        rows.append(_row(_figures(message), "8px 20px"))
    rows += [_row(escape(line), "4px 20px", "font-size:16px;line-height:1.5") for line in others]
    if message.link is not None:
        rows.append(_row(_button(message.link.url, message.link.label), "16px 20px 24px"))
    return (
        f'<!doctype html><html lang="{escape(message.locale)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light dark">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        '<body class="page" style="margin:0;padding:0;background:#f1f3f4">'
        '<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" '
        'style="background:#f1f3f4"><tr><td align="center" style="padding:12px 8px">'
        '<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" '
        f'style="max-width:600px;background:#ffffff;border-radius:8px">{"".join(rows)}</table>'
        "</td></tr></table></body></html>\n"
    )


def _figures(message: Message) -> str:
    cell = f"padding:7px 0;border-bottom:1px solid #e3e6ea;font-size:15px;line-height:1.4;{_LETTERS}"
    rows = "".join(
        f'<tr><td class="dim rule" style="color:#5f6368;{cell}">{escape(name)}</td>'
        f'<td class="ink rule" align="right" style="color:#202124;font-weight:600;padding-left:16px;{cell}">'
        f"{escape(figure)}</td></tr>"
        for name, figure in message.figures
    )
    return f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0">{rows}</table>'


def _button(url: str, label: str) -> str:
    return (
        f'<a class="button" href="{escape(url)}" style="display:inline-block;padding:12px 20px;'
        "background:#174a8b;color:#ffffff;border-radius:6px;font-size:16px;font-weight:600;"
        f'text-decoration:none;{_LETTERS}">{escape(label)}</a>'
    )


def _row(inner: str, padding: str, letters: str = "") -> str:
    return _ROW.format(padding=padding, letters=f"{letters};{_LETTERS}".lstrip(";"), inner=inner)
