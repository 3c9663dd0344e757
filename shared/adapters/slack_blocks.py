"""A message as Slack's blocks.

All text is escaped and verbatim: what a name holds, Slack shows, and nobody is mentioned by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.core.message import Message

    Block = dict[str, object]

_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SECTION, _FIELD, _FIELDS, _BUTTON, _FALLBACK = 3_000, 2_000, 10, 75, 4_000


def fallback_of(message: Message) -> str:
    """Return what telephones show before the message is opened."""
    return escaped(message.title, _FALLBACK)


def blocks_of(message: Message) -> list[Block]:
    first, *others = message.lines or ("",)
    blocks = [_section(f"*{escaped(message.title, _SECTION - 2)}*")]
    if first:
        blocks.append(_section(escaped(first, _SECTION)))
    if message.figures:
        fields = [_words(_figure(name, figure)) for name, figure in message.figures[:_FIELDS]]
        blocks.append({"type": "section", "fields": fields})
    if message.trend:
        blocks.append({"type": "context", "elements": [_words(escaped(message.trend, _FIELD))]})
    blocks += [_section(escaped(line, _SECTION)) for line in others]
    if message.link is not None:
        button = {
            "type": "button",
            "action_id": "open",
            "text": {"type": "plain_text", "text": message.link.label[:_BUTTON]},
            "url": message.link.url,
        }
        blocks.append({"type": "actions", "elements": [button]})
    return blocks


def escaped(text: str, longest: int) -> str:
    """Escape what Slack reads as its own signs; what is too long ends before a sign, never within.

    >>> escaped("<!channel> & co", 100), escaped("a<b", 4)
    ('&lt;!channel&gt; &amp; co', 'a')
    """
    written, length = [], 0
    for letter in text:
        sign = _ESCAPED.get(letter, letter)
        length += len(sign)
        if length > longest:
            break
        written.append(sign)
    return "".join(written)


def _figure(name: str, figure: str) -> str:
    half = _FIELD // 2 - 2
    return f"*{escaped(name, half)}*\n{escaped(figure, half)}"


def _section(text: str) -> Block:
    return {"type": "section", "text": _words(text)}


def _words(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
