"""Gemini through google-genai: one structured answer within a deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google import genai
from google.genai import errors, types
from httpx2 import TransportError

from shared.core.insight import InsightRefused
from shared.errors import Unavailable

if TYPE_CHECKING:
    from shared.core.insight import Brief
    from shared.core.secret import Secret

_TRY_MS = 8_000
_TRIES = 2
_OUTPUT_TOKENS = 1024


class GeminiWriter:
    """The SDK has neither timeout nor retry of its own; both are set here.

    It would follow redirects and the environment's proxies, and show them the key: it may not.
    """

    def __init__(self, key: Secret, model: str, base_url: str | None) -> None:
        self._model = model
        self._client = genai.Client(
            api_key=key.reveal(),
            http_options=types.HttpOptions(
                base_url=base_url,
                timeout=_TRY_MS,
                client_args={"follow_redirects": False, "trust_env": False},
                retry_options=types.HttpRetryOptions(attempts=_TRIES, initial_delay=0.5, max_delay=2.0),
            ),
        )

    def write(self, brief: Brief) -> str:
        """Return the model's text.

        Raises:
            InsightRefused: the prompt was blocked, or the answer is missing or cut off.
            Unavailable: the service failed, refused the key or the quota, or took too long.
        """
        try:
            answer = self._client.models.generate_content(
                model=self._model,
                contents=brief.prompt(),
                config=types.GenerateContentConfig(
                    system_instruction=brief.instruction,
                    response_mime_type="application/json",
                    response_json_schema=brief.schema(),
                    temperature=0.2,
                    max_output_tokens=_OUTPUT_TOKENS,
                    thinking_config=types.ThinkingConfig(thinking_budget=0),
                ),
            )
        except errors.APIError as error:
            raise Unavailable("gemini", f"code {error.code}") from None
        except (TransportError, ValueError) as error:  # ValueError: a body that is no JSON
            raise Unavailable("gemini", type(error).__name__) from None
        if not answer.candidates:
            raise InsightRefused("blocked")
        if answer.candidates[0].finish_reason is not types.FinishReason.STOP:
            raise InsightRefused("unfinished")
        return answer.text or ""
