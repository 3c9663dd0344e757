"""A value that does not show itself."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Holds a string that only `reveal()` gives back.

    >>> key = Secret("EAAB-test")
    >>> print(key, repr(key), f"{key}")
    *** *** ***
    >>> key.reveal()
    'EAAB-test'
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")
