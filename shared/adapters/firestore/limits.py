"""Counted questions, where every instance sees them: one document a person or brand and kind of question."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore
from shared.core.limit import BLOCK, LIMITS, Ask, Tally
from shared.errors import Contended, InvalidDocument, TooMany

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.cloud.firestore import Client

_TRIES = 5
_SLACK = timedelta(hours=2)
_MOST_REMEMBERED = 10_000


class FirestoreLimits:
    """Counts in blocks; the first block of a window is free, so that an ordinary reader costs nothing."""

    def __init__(self, client: Client, now: Callable[[], datetime]) -> None:
        self._client = client
        self._now = now
        self._left: dict[str, tuple[int, int]] = {}
        self._lock = Lock()

    def count(self, ask: Ask, who: str) -> None:
        """Count one question of a person or brand; TooMany says how long to wait."""
        now_s = self._now().timestamp()
        window = int(now_s // LIMITS[ask][0].window_s)
        name = _name(ask, who)
        if not self._spent(ask, name, window):
            taken = self._take(ask, name, now_s)
            with self._lock:
                known, left = self._left.get(name, (window, 0))
                self._left[name] = (window, taken - 1 + (left if known == window else 0))

    def count_again(self, ask: Ask, who: str) -> None:
        """Count a question once more that turned out to be worth two, whatever the limit.

        Contended when others counted at every try.
        """
        now_s, name = self._now().timestamp(), _name(ask, who)
        if not self._counted(name, now_s, lambda tally: tally.add(ask, now_s, 1)):
            raise Contended(f"firestore: limits/{name} changed at every try")

    def _spent(self, ask: Ask, name: str, window: int) -> bool:
        """Answer out of what this instance holds, if it holds any."""
        with self._lock:
            if len(self._left) >= _MOST_REMEMBERED:
                self._left.clear()
            known, left = self._left.get(name, (window - 1, 0))
            if known != window:
                left = BLOCK[ask] if BLOCK[ask] > 1 else 0
            self._left[name] = (window, max(left - 1, 0))
            return left > 0

    def _take(self, ask: Ask, name: str, now_s: float) -> int:
        taken = 0

        def take(tally: Tally) -> Tally:
            nonlocal taken
            after, taken, wait = tally.take(ask, now_s, BLOCK[ask])
            if taken == 0:
                raise TooMany(max(int(wait), 1))
            return after

        if not self._counted(name, now_s, take):
            raise TooMany(1)
        return taken

    def _counted(self, name: str, now_s: float, change: Callable[[Tally], Tally]) -> bool:
        """Change a tally as if nobody else did; False when others were faster at every try."""
        document = _paths.limit(self._client, name)
        for _ in range(_TRIES):
            with firestore():
                stored = document.get(**CALL)
            tally = change(_tally(stored.to_dict() or {}, name))
            fields: dict[str, object] = {
                "counts": {str(length): list(count) for length, count in tally.counts.items()},
                "until": datetime.fromtimestamp(now_s, UTC) + _SLACK,
            }
            try:
                with firestore():
                    if stored.exists:
                        unchanged = self._client.write_option(last_update_time=stored.update_time)
                        document.update(fields, option=unchanged, **CALL)
                    else:
                        document.create(fields, **CALL)
            except Contended:
                continue
            return True
        return False


def _name(ask: Ask, who: str) -> str:
    return f"{ask.value}_{blake2b(who.encode(), digest_size=16).hexdigest()}"


def _tally(fields: dict[str, object], name: str) -> Tally:
    counts = fields.get("counts", {})
    if not isinstance(counts, dict):
        raise InvalidDocument(f"limits/{name}.counts", "a map is required")
    return Tally({int(length): (int(pair[0]), int(pair[1])) for length, pair in counts.items()})
