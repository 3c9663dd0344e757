"""The simulated model, asked by the real SDK."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import requests
from google import genai
from google.auth.transport.requests import Request
from google.genai import errors, types
from google.oauth2 import service_account

from local.world import liar
from local.world.tenants import ADS_SCOPE, CLOUD_SCOPE

if TYPE_CHECKING:
    from tests.local.world.client import Client

FACTS = {
    "metric": "CPC",
    "source": "Meta",
    "when": "29/01, 15h",
    "value": "R$ 3,10",
    "expected": "R$ 1,90",
    "deviation": "63%",
}
ACTIONS = {"check_bids": "Confira os lances.", "hold_budget": "Segure o orçamento."}
SCHEMA = {
    "type": "object",
    "properties": {
        "explanation": {"type": "string"},
        "suggestedAction": {"type": "string", "enum": ["hold_budget", "check_bids"]},
    },
    "required": ["explanation", "suggestedAction"],
}


def ask(
    world: Client, *, language: str = "pt-BR", facts: Any = FACTS, key: str = "demo-gemini-key"
) -> types.GenerateContentResponse:
    prompt = {
        "language": language,
        "direction": "up",
        "facts": {name: {"text": text} for name, text in facts.items()},
        "actions": ACTIONS,
    }
    return say(world, json.dumps(prompt, ensure_ascii=False), key)


def say(world: Client, prompt: str, key: str = "demo-gemini-key") -> types.GenerateContentResponse:
    options = types.HttpOptions(base_url=f"{world.base}/gemini", timeout=1_000)
    with genai.Client(api_key=key, http_options=options) as client:
        return client.models.generate_content(
            model="gemini-3.5-flash",
            contents=prompt,
            config=types.GenerateContentConfig(
                system_instruction="Explain.",
                response_mime_type="application/json",
                response_json_schema=SCHEMA,
                max_output_tokens=1024,
            ),
        )


def answer_of(response: types.GenerateContentResponse) -> dict[str, str]:
    fields: dict[str, str] = json.loads(response.text or "")
    return fields


@pytest.mark.parametrize(
    ("language", "explanation"),
    [
        (
            "pt-BR",
            "Em {source}, {metric} ficou em {value} ({when}), {deviation} acima do esperado ({expected}).",
        ),
        ("en", "On {source}, {metric} came to {value} ({when}), {deviation} above the expected {expected}."),
    ],
)
def test_it_explains_the_facts_by_placeholder_in_their_language(
    world: Client, language: str, explanation: str
) -> None:
    response = ask(world, language=language)

    assert answer_of(response) == {"explanation": explanation, "suggestedAction": "hold_budget"}
    assert response.candidates is not None
    assert response.candidates[0].finish_reason is types.FinishReason.STOP
    assert response.usage_metadata is not None
    assert (response.usage_metadata.total_token_count or 0) > 0


def test_it_names_any_facts_it_is_given(world: Client) -> None:
    told = answer_of(ask(world, facts={"f1": "R$ 10", "f2": "-3%"}))

    assert told["explanation"] == "Os fatos medidos: {f1} e {f2}."


def test_it_mentions_facts_beyond_the_usual_ones(world: Client) -> None:
    told = answer_of(ask(world, facts=FACTS | {"driver": "CTR", "share": "80%"}))

    assert told["explanation"].endswith(" Também conta: {driver} e {share}.")


def test_without_facts_it_says_something_plain(world: Client) -> None:
    assert say(world, "What is up?").text == "Não recebi fatos para explicar."


@pytest.mark.parametrize(
    ("fault", "found"), [("digits", "37"), ("unknown_fact", "{f999}"), ("url", "https://")]
)
def test_it_can_be_made_to_say_what_it_must_not(world: Client, fault: str, found: str) -> None:
    world.control("faults", platform="gemini", fault=fault)

    assert found in answer_of(ask(world))["explanation"]
    assert found not in answer_of(ask(world))["explanation"]


def test_a_wrong_shape_is_json_of_another_kind(world: Client) -> None:
    world.control("faults", platform="gemini", fault="wrong_shape")

    assert json.loads(ask(world).text or "") == {"answer": ["cpc"]}


def test_a_blocked_prompt_has_no_candidates(world: Client) -> None:
    world.control("faults", platform="gemini", fault="blocked")

    response = ask(world)

    assert response.candidates is None
    assert response.prompt_feedback is not None
    assert response.prompt_feedback.block_reason is types.BlockedReason.SAFETY


def test_a_truncated_answer_says_so_and_is_not_json(world: Client) -> None:
    world.control("faults", platform="gemini", fault="truncated")

    response = ask(world)

    assert response.candidates is not None
    assert response.candidates[0].finish_reason is types.FinishReason.MAX_TOKENS
    with pytest.raises(ValueError, match="Unterminated"):
        answer_of(response)


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ("429", 429, "RESOURCE_EXHAUSTED"),
        ("500", 500, "INTERNAL"),
        ("503", 503, "UNAVAILABLE"),
        ("invalid_key", 400, "INVALID_ARGUMENT"),
    ],
)
def test_errors_come_as_the_sdk_reads_them(world: Client, fault: str, code: int, status: str) -> None:
    world.control("faults", platform="gemini", fault=fault)

    with pytest.raises(errors.APIError) as caught:
        ask(world)

    assert (caught.value.code, caught.value.status) == (code, status)


def test_the_invalid_key_is_refused(world: Client) -> None:
    with pytest.raises(errors.ClientError, match="API key not valid"):
        ask(world, key="invalid-gemini-key")


def test_a_hanging_model_runs_into_the_callers_timeout(world: Client) -> None:
    world.control("faults", platform="gemini", fault="hang")

    with pytest.raises(httpx2.TimeoutException):
        ask(world)


# Vertex AI

VERTEX = "/gemini/v1beta1/projects/demo/locations/europe-west1/publishers/google/models"


def on_vertex(world: Client, token: str, model: str = "gemini-3.8-flash") -> requests.Response:
    body = {"contents": [{"role": "user", "parts": [{"text": "What is up?"}]}]}
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{world.base}{VERTEX}/{model}:generateContent"
    return requests.post(url, json=body, headers=headers, timeout=5)


def token_for(world: Client, scope: str) -> str:
    account = service_account.Credentials.from_service_account_info(
        world.told("service-account"), scopes=[scope]
    )
    account.refresh(Request())
    return str(account.token)


def test_vertex_answers_an_account_with_the_clouds_scope(world: Client) -> None:
    answer = on_vertex(world, token_for(world, CLOUD_SCOPE))

    assert answer.status_code == 200
    assert answer.json()["candidates"][0]["finishReason"] == "STOP"


def test_vertex_answers_nobody_else(world: Client) -> None:
    unknown, too_narrow = on_vertex(world, "ya29.made-up"), on_vertex(world, token_for(world, ADS_SCOPE))

    assert (unknown.status_code, unknown.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    assert (too_narrow.status_code, too_narrow.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


# Lies


def lie(world: Client, mode: str, seed: int | None) -> str:
    world.control("faults", platform="gemini", fault=mode, seed=seed)
    return ask(world).text or ""


@pytest.mark.parametrize("mode", sorted(liar.MODES))
def test_a_lie_is_another_than_the_truth_and_the_same_for_a_seed(world: Client, mode: str) -> None:
    assert lie(world, mode, 2) == lie(world, mode, 2) != ask(world).text


@pytest.mark.parametrize("mode", sorted(liar.TEXT_LIES))
def test_a_seed_picks_the_lie(world: Client, mode: str) -> None:
    lies = {lie(world, mode, seed) for seed in range(12)}

    assert len(lies) > 1 or mode == "swapped"  # of which there is one way


def test_a_seed_is_a_whole_number(world: Client) -> None:
    body = {"platform": "gemini", "fault": "digits", "seed": "x"}

    assert requests.post(f"{world.base}/_world/faults", json=body, timeout=5).status_code == 400
