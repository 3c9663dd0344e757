"""An insight from its facts: the writer's, checked, within what it may cost; or our own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.core.anomaly import Origin
from shared.core.insight import PROMPT_VERSION, InsightRefused, fallback, unlock
from shared.core.insight.cost import most_tokens
from shared.errors import PlatformRefused, RateLimited, Unavailable
from shared.ports import Kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.core.anomaly import Insight
    from shared.core.brand import BrandId
    from shared.core.insight import Brief
    from shared.ports import Allowance, Clock, Draft, Drafts, Writer

    Explained = tuple[Insight, str | None]

_TRIES = 2
"""The writer is called so often at most for one anomaly, whatever happens."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """What it takes to explain: the writer, what it wrote before, and what it may cost."""

    writer: Writer
    drafts: Drafts
    allowance: Allowance
    clock: Clock
    pause: Callable[[int], None]

    def explain(self, brand_id: BrandId, given: Brief) -> Explained:
        """Return an insight with its origin, and the reason where it is in our own words.

        The same facts are not asked for twice, nor are those that only other figures make others: the
        words are kept, the figures are put in anew. An answer that may not be shown is asked for once
        more, and so is one that did not come. Refused twice, away, or too expensive for today: the
        same facts are said in our own words, for a reason.
        """
        return self._known(brand_id, given) or self._asked(brand_id, given)

    def _known(self, brand_id: BrandId, given: Brief) -> Explained | None:
        """Return what was made of these facts before; a stored answer passes every guard again."""
        kept = self.drafts.get(brand_id, given.draft_id)
        if kept is None or (kept.model, kept.prompt_version) != (self.writer.model, PROMPT_VERSION):
            return None
        if kept.answer is None:
            return _ours(given, kept.refused or "refused")
        try:
            return self._theirs(kept.answer, given), None
        except InsightRefused:
            return None

    def _asked(self, brand_id: BrandId, given: Brief) -> Explained:
        refusals: list[str] = []
        for attempt in range(1, _TRIES + 1):
            grant = self.allowance.take(brand_id, most_tokens(given), self.clock.now())
            if grant.refused:
                return _ours(given, grant.refused)
            try:
                draft = self.writer.write(given, refusals[-1] if refusals else None)
            except (PlatformRefused, RateLimited) as no:
                self.allowance.settle(grant, 0)
                return _ours(given, no.reason)
            except Unavailable as outage:  # what it cost nobody knows, so the reservation stands
                reason = outage.reason
                if attempt < _TRIES:
                    self.pause(attempt)
                continue
            tokens = grant.tokens if draft.tokens is None else draft.tokens
            try:
                insight = self._theirs(_whole(draft), given)
            except InsightRefused as refusal:
                reason = refusal.reason
                refusals.append(reason)
                self.allowance.settle(grant, tokens)
            else:
                self._keep(brand_id, given, answer=draft.answer)
                self.allowance.settle(grant, tokens)
                return insight, None
        if len(refusals) == _TRIES:
            self._keep(brand_id, given, refused=reason)
        return _ours(given, reason)

    def _theirs(self, answer: str, given: Brief) -> Insight:
        origin = Origin(self.writer.model, PROMPT_VERSION, given.fact_hash)
        return replace(unlock(answer, given), origin=origin)

    def _keep(
        self, brand_id: BrandId, given: Brief, *, answer: str | None = None, refused: str | None = None
    ) -> None:
        """Keep what came of it before anything else: a crash behind this costs no second call."""
        kept = Kept(given.draft_id, self.writer.model, PROMPT_VERSION, answer, refused)
        self.drafts.keep(brand_id, kept, self.clock.now())


def _whole(draft: Draft) -> str:
    if draft.refused is not None:
        raise InsightRefused(draft.refused)
    return draft.answer


def _ours(given: Brief, reason: str) -> Explained:
    origin = Origin(None, PROMPT_VERSION, given.fact_hash, reason)
    return replace(fallback(given), origin=origin), reason
