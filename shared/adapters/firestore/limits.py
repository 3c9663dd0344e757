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
        name = f"{ask.value}_{blake2b(who.encode(), digest_size=16).hexdigest()}"
        if not self._spent(ask, name, window):
            taken = self._take(ask, name, now_s)
            with self._lock:
                known, left = self._left.get(name, (window, 0))
                self._left[name] = (window, taken - 1 + (left if known == window else 0))

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
        document = _paths.limit(self._client, name)
        for _ in range(_TRIES):
            with firestore():
                stored = document.get(**CALL)
            tally, granted, wait = _tally(stored.to_dict() or {}, name).take(ask, now_s, BLOCK[ask])
            if granted == 0:
                raise TooMany(max(int(wait), 1))
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
            return granted
        raise TooMany(1)


def _tally(fields: dict[str, object], name: str) -> Tally:
    counts = fields.get("counts", {})
    if not isinstance(counts, dict):
        raise InvalidDocument(f"limits/{name}.counts", "a map is required")
    return Tally({int(length): (int(pair[0]), int(pair[1])) for length, pair in counts.items()})
