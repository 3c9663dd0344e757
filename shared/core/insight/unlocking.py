"""From the writer's raw answer to an insight, or from the facts alone to one of our own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from shared.core.anomaly import Insight
from shared.core.insight.guards import InsightRefused, check
from shared.core.insight.rendering import filled, our_words

if TYPE_CHECKING:
    from shared.core.insight.prompt import Brief

EXPLANATION_LIMIT = 600


def unlock(answer: str, given: Brief) -> Insight:
    """Check the writer's raw answer and put the figures in; InsightRefused names the guard it met."""
    try:
        fields = json.loads(answer)
    except (ValueError, RecursionError):
        raise InsightRefused("not_json") from None
    if not isinstance(fields, dict) or set(fields) != {"explanation", "suggestedAction"}:
        raise InsightRefused("wrong_shape")
    explanation, action = fields["explanation"], fields["suggestedAction"]
    if not isinstance(explanation, str) or not isinstance(action, str):
        raise InsightRefused("wrong_shape")
    if action not in given.actions:
        raise InsightRefused("unlisted_action")
    text = filled(check(explanation, given), given.texts)
    if len(text) > EXPLANATION_LIMIT:
        raise InsightRefused("length")
    return Insight(text, given.actions[action])


def fallback(given: Brief) -> Insight:
    """Say the same facts in our own words; the same facts always give the same words."""
    template = our_words(given.facts, rising=given.rising, language=given.language)
    return Insight(filled(template, given.texts), next(iter(given.actions.values())))
