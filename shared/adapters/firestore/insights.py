"""What insights were written from which facts, and what they cost a brand each day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from google.cloud.firestore import Increment

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore
from shared.core.wire.fields import Fields
from shared.ports import Grant, Kept

if TYPE_CHECKING:
    from google.cloud.firestore import Client

    from shared.core.brand import BrandId
    from shared.core.insight.cost import Cap

_KEPT_FOR = timedelta(days=30)


class FirestoreDrafts:
    """One document a brand and draft id; the same facts land on the same document."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, brand_id: BrandId, draft_id: str) -> Kept | None:
        with firestore():
            stored = _paths.insight_draft(self._client, brand_id, draft_id).get(**CALL)
        if not stored.exists:
            return None
        read = Fields(stored.to_dict() or {}, f"insight_drafts/{draft_id}")
        return Kept(
            draft_id,
            read.text("model"),
            read.text("promptVersion"),
            read.optional_text("answer"),
            read.optional_text("refused"),
        )

    def keep(self, brand_id: BrandId, kept: Kept, now: datetime) -> None:
        fields = {
            "model": kept.model,
            "promptVersion": kept.prompt_version,
            "answer": kept.answer,
            "refused": kept.refused,
            "until": now + _KEPT_FOR,
        }
        with firestore():
            _paths.insight_draft(self._client, brand_id, kept.draft_id).set(fields, **CALL)


class FirestoreAllowance:
    """One counter a brand and day, changed by atomic increments that answer what it then holds.

    So no two calls take the same place, however many instances ask at once, and none has to try
    again. An increment that was applied but not answered may count twice: on the brand's safe side.
    """

    def __init__(self, client: Client, cap: Cap) -> None:
        self._client = client
        self._cap = cap

    def take(self, brand_id: BrandId, tokens: int, now: datetime) -> Grant:
        day = now.astimezone(UTC).date().isoformat()
        reason = self._cap.passed(*self._add(brand_id, day, calls=1, tokens=tokens))
        if reason is not None:
            self._add(brand_id, day, calls=-1, tokens=-tokens)
        return Grant(brand_id, day, tokens, reason)

    def settle(self, grant: Grant, tokens: int) -> None:
        if tokens != grant.tokens:
            self._add(grant.brand_id, grant.day, calls=0, tokens=tokens - grant.tokens)

    def _add(self, brand_id: BrandId, day: str, *, calls: int, tokens: int) -> tuple[int, int]:
        """Return the day's calls and tokens with these."""
        fields = {
            "calls": Increment(calls),
            "tokens": Increment(tokens),
            "until": datetime.fromisoformat(day).replace(tzinfo=UTC) + _KEPT_FOR,
        }
        with firestore():
            written = _paths.insight_cost(self._client, brand_id, day).set(fields, merge=True, **CALL)
        held_calls, held_tokens = written.transform_results
        return int(held_calls.integer_value), int(held_tokens.integer_value)
