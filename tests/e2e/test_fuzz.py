"""Whatever is asked of the running doors: JSON, soon, no error of ours, and nobody else's numbers."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bench.fuzz import fuzz, shots
from shared import wiring
from shared.core.brand import BrandId
from shared.core.sentry.settings import SentrySettings
from shared.edge.openapi import document
from tests.e2e.crowd import DAYS, KEYS, Owner, leave, with_numbers, without
from tests.e2e.running import token

if TYPE_CHECKING:
    from tests.e2e.running import Running

SEED = 20_260_129


@pytest.fixture(scope="module")
def tokens(running: Running) -> dict[str, str]:
    """Sign in the owner of a brand that is there for this alone, and a stranger."""
    owned = replace(running.told.brand, id=BrandId("fuzzed"), owner_id="fuzzer")
    wiring.brands().create(owned, SentrySettings(), now=datetime.now(UTC))
    project = running.platform.project
    return {"owner": token(project, "fuzzer"), "stranger": token(project, "stranger")}


@pytest.mark.parametrize(
    "count", [400, pytest.param(6_000, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
def test_nonsense_is_answered_in_json_and_never_with_an_error_of_ours(
    running: Running, tokens: dict[str, str], count: int
) -> None:
    wanted = list(shots("fuzzed", tokens, count, SEED))

    report = fuzz(running.platform.urls["gateway"], wanted)

    assert report.worst == []
    assert report.requests == count
    assert {200, 400, 401, 403, 405} <= set(report.statuses)


schema = schemathesis.openapi.from_dict(document())
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BRAND_ID = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}", re.ASCII)


def owned(case: schemathesis.Case, owner: Owner) -> None:
    """Let a request be about the owner's brand, unless what it says there is wrong on purpose."""
    for fields in (case.query, case.body):
        if isinstance(fields, dict) and BRAND_ID.fullmatch(str(fields.get("brandId", ""))):
            fields["brandId"] = owner.brand_id


def meaningful(case: schemathesis.Case) -> None:
    """Ask for days that have numbers, with a key or an address that works: most made-up ones do not."""
    if "startDate" in case.query:
        case.query |= DAYS
    if isinstance(case.body, dict) and "platform" in case.body:
        case.body["apiKey"], case.body["accountId"] = KEYS[case.body["platform"]]
    elif isinstance(case.body, dict):
        case.body = {"brandId": case.body["brandId"], "email": {"recipients": ["team@aurora.example"]}}


@pytest.mark.parametrize(
    "examples", [15, pytest.param(400, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_answers_are_what_the_description_says(running: Running, mode: str, examples: int) -> None:
    """Requests made from the description, right and wrong; what comes back fits it."""
    base, project = running.platform.urls["gateway"], running.platform.project
    readers = with_numbers(project, f"reader-{mode}-{examples}", max(examples // 10, 3))
    triers = without(project, f"trier-{mode}-{examples}", examples)
    turns = itertools.count()
    answered: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for operation in schema.get_all_operations():

        @settings(max_examples=examples, suppress_health_check=list(HealthCheck), derandomize=True)
        def ask(case: schemathesis.Case) -> None:
            owner = next(triers if case.operation.method in {"put", "post"} else readers)
            owned(case, owner)
            if mode == "positive" and next(turns) % 2:
                meaningful(case)
            response = case.call(
                base_url=base, headers={"Authorization": f"Bearer {owner.token}"}, timeout=60
            )
            if case.query.get("mock") != "true":
                answered[case.operation.label][response.status_code] += 1
            if case.operation.method == "put" and response.status_code == 200:
                leave(owner.brand_id)
            case.validate_response(response, checks=CHECKS)

        given(case=operation.ok().as_strategy(generation_mode=schemathesis.GenerationMode(mode)))(ask)()

    limited = sum(counts[429] for counts in answered.values())
    assert limited * 10 <= sum(counts.total() for counts in answered.values())
    if mode == "positive":
        assert {name: counts for name, counts in answered.items() if 3 * counts[200] < counts.total()} == {}
