"""The simulated model, asked by the real SDK."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from google import genai
from google.genai import errors, types

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
