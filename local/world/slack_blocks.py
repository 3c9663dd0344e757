"""Which blocks Slack takes: types, the texts they need, and how long these may be."""

from __future__ import annotations

import json
from typing import Any

_MOST_BLOCKS, _MOST_FIELDS, _MOST_ELEMENTS = 50, 10, 10
_WORDS = {"plain_text", "mrkdwn"}


def blocks_in(fields: dict[str, Any]) -> list[object] | None:
    """Return a message's blocks (in a form they are a JSON string); None where Slack would refuse them."""
    blocks = fields.get("blocks") or []
    try:
        found = json.loads(blocks) if isinstance(blocks, str) else blocks
    except ValueError:
        return None
    if not isinstance(found, list) or len(found) > _MOST_BLOCKS or not all(map(_is_block, found)):
        return None
    return found


def _is_block(block: object) -> bool:
    if not isinstance(block, dict):
        return False
    match block.get("type"):
        case "divider":
            return True
        case "header":
            return _is_text(block.get("text"), 150, {"plain_text"})
        case "section":
            fields = block.get("fields", [])
            told = "text" not in block or _is_text(block["text"], 3_000)
            fit = len(fields) <= _MOST_FIELDS and all(_is_text(field, 2_000) for field in fields)
            return told and fit and ("text" in block or bool(fields))
        case "context":
            elements = block.get("elements", [])
            return 0 < len(elements) <= _MOST_ELEMENTS and all(_is_text(each, 2_000) for each in elements)
        case "actions":
            elements = block.get("elements", [])
            return len(elements) > 0 and all(map(_is_button, elements))
        case _:
            return False


def _is_button(element: object) -> bool:
    return (
        isinstance(element, dict)
        and element.get("type") == "button"
        and _is_text(element.get("text"), 75, {"plain_text"})
        and len(str(element.get("url", ""))) <= 3_000  # noqa: PLR2004 - as documented
    )


def _is_text(text: object, longest: int, kinds: set[str] = _WORDS) -> bool:
    return (
        isinstance(text, dict)
        and text.get("type") in kinds
        and isinstance(text.get("text"), str)
        and 0 < len(text["text"]) <= longest
    )
