"""Counts what a Firestore client reads and writes, as it is billed: a document read or written each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.cloud.firestore import Client


class Counted:
    """Wraps a client's RPCs; `counts` has `reads`, `writes` and `round_trips`."""

    def __init__(self, client: Client) -> None:
        self.counts: Counter[str] = Counter()
        self._api: Any = client._firestore_api  # noqa: SLF001 - the one place where all calls pass
        client._firestore_api_internal = self  # noqa: SLF001 - same

    def batch_get_documents(self, request: dict[str, Any], **how: object) -> object:
        self.counts["reads"] += len(request["documents"])
        self.counts["round_trips"] += 1
        return self._api.batch_get_documents(request=request, **how)

    def run_query(self, request: dict[str, Any], **how: object) -> Iterator[Any]:
        self.counts["round_trips"] += 1
        found = 0
        for answer in self._api.run_query(request=request, **how):
            found += answer.document is not None and bool(answer.document.name)
            yield answer
        self.counts["reads"] += max(found, 1)  # a query that finds nothing is billed as one read

    def commit(self, request: dict[str, Any], **how: object) -> object:
        self.counts["writes"] += len(request["writes"])
        self.counts["round_trips"] += 1
        return self._api.commit(request=request, **how)

    def __getattr__(self, name: str) -> object:
        return getattr(self._api, name)
