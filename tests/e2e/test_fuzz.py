"""Whatever is asked of the running doors: JSON, soon, no error of ours, and nobody else's numbers."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    "examples", [15, pytest.param(400, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_answers_are_what_the_description_says(
    running: Running, tokens: dict[str, str], mode: str, examples: int
) -> None:
    """Requests made from the description, right and wrong; what comes back fits it."""
    base, mine = running.platform.urls["gateway"], tokens["owner"]
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    for operation in schema.get_all_operations():
        generation = schemathesis.GenerationMode(mode)

        @settings(
            max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
        )
        def ask(case: schemathesis.Case) -> None:
            case.call_and_validate(
                base_url=base,
                headers={"Authorization": f"Bearer {mine}"},
                checks=checks,
                timeout=60,
            )

        given(case=operation.ok().as_strategy(generation_mode=generation))(ask)()
