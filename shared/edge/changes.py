"""What a Firestore event says has changed.

Its `DocumentEventData` holds a document as it is (field 1) and as it was (field 2); a document's field 2
are its fields, each a name (1) and a value (2). All of it is length-delimited, so that no schema and no
SDK is needed to compare two values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_VALUE, _OLD_VALUE, _FIELDS = 1, 2, 2
_LENGTH_DELIMITED = 2


def may_have_changed(data: object, names: Collection[str]) -> bool:
    """Say whether a written document's fields changed; an event that does not tell leaves it possible.

    What was just made or deleted has not changed.
    """
    if not isinstance(data, bytes):
        return True
    try:
        event = dict(_parts(data))
        if not event.get(_VALUE) or not event.get(_OLD_VALUE):
            return False
        now, before = _fields(event[_VALUE]), _fields(event[_OLD_VALUE])
    except (ValueError, KeyError):
        return True
    return any(now.get(name.encode()) != before.get(name.encode()) for name in names)


def _fields(document: bytes) -> Mapping[bytes, bytes]:
    entries = (dict(_parts(part)) for number, part in _parts(document) if number == _FIELDS)
    return {entry[1]: entry[2] for entry in entries}


def _parts(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the numbers and contents of a message's fields; ValueError for what is none of ours."""
    at = 0
    while at < len(message):
        tag, at = _number(message, at)
        size, at = _number(message, at)
        if tag & 7 != _LENGTH_DELIMITED or at + size > len(message):
            raise ValueError
        yield tag >> 3, message[at : at + size]
        at += size


def _number(message: bytes, at: int) -> tuple[int, int]:
    """Read a number, seven bits a byte, the lowest first; return it and where it ends."""
    number, shift = 0, 0
    while at < len(message):
        number |= (message[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not message[at - 1] & 0x80:
            return number, at
    raise ValueError
