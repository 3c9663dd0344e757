"""Gemini through google-genai: one structured answer within a deadline, by AI Studio key or on Vertex AI."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import google.auth
import httpx2
from google import genai
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError
from google.auth.transport.requests import Request
from google.genai import errors, types

from shared.adapters.watch import Watch
from shared.core.insight.cost import OUTPUT_TOKENS
from shared.core.integration import Problem
from shared.errors import ConfigError, PlatformRefused, RateLimited, Unavailable
from shared.ports import Draft

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

    from shared.core.insight import Brief
    from shared.core.secret import Secret

_TRY_S = 8.0
_TOKEN_S = 3.0
_LARGEST = 1024 * 1024
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_WAIT_S = 60
_CLIENT_ERROR, _REQUEST_TIMEOUT, _TOO_MANY, _SERVER_ERROR = 400, 408, 429, 500
_REFUSALS = {
    401: Problem.CREDENTIAL_INVALID,
    403: Problem.PERMISSION_MISSING,
}


@dataclass(frozen=True, slots=True)
class Vertex:
    """Where Vertex AI runs the model, as this process's own Google account.

    >>> Vertex("demo", "europe-west1").host, Vertex("demo", "eu").host
    ('https://europe-west1-aiplatform.googleapis.com', 'https://aiplatform.eu.rep.googleapis.com')
    """

    project: str
    location: str

    @property
    def host(self) -> str:
        if self.location == "global":
            return "https://aiplatform.googleapis.com"
        if self.location in {"us", "eu"}:
            return f"https://aiplatform.{self.location}.rep.googleapis.com"
        return f"https://{self.location}-aiplatform.googleapis.com"


class GeminiWriter:
    """Calls the model once per question, in `try_s` seconds all in all; whoever asks decides on a second.

    `access` is an AI Studio key, or where on Vertex AI. Everything that the SDK would take from the
    environment is given to it, so that no variable can lead it elsewhere.
    """

    def __init__(self, access: Secret | Vertex, model: str, base_url: str, try_s: float = _TRY_S) -> None:
        self._model = model
        self._try_s = try_s
        self._credentials = _own_credentials() if isinstance(access, Vertex) else None
        on_vertex = isinstance(access, Vertex)
        options = types.HttpOptions(
            base_url=base_url,
            api_version="v1beta1" if on_vertex else "v1",
            timeout=max(int(try_s * 1000), 1),
            httpx_client=httpx2.Client(transport=_Bounded(), follow_redirects=False, trust_env=False),
        )
        if isinstance(access, Vertex):
            self._client = genai.Client(
                vertexai=True,
                credentials=self._credentials,
                project=access.project,
                location=access.location,
                http_options=options,
            )
        else:
            self._client = genai.Client(vertexai=False, api_key=access.reveal(), http_options=options)

    @property
    def model(self) -> str:
        return self._model

    def write(self, brief: Brief, refused: str | None = None) -> Draft:
        """Ask once.

        Raises:
            PlatformRefused: the key, the account or the question is not accepted.
            RateLimited: the quota is used up.
            Unavailable: the service failed, took too long, or did not answer in its own form.
        """
        try:
            self._renew()
            answer = self._client.models.generate_content(
                model=self._model,
                contents=brief.prompt(refused),
                config=types.GenerateContentConfig(
                    system_instruction=brief.instruction,
                    response_mime_type="application/json",
                    response_json_schema=brief.schema(),
                    temperature=0.2,
                    candidate_count=1,
                    max_output_tokens=OUTPUT_TOKENS,
                    thinking_config=types.ThinkingConfig(thinking_budget=0),
                ),
            )
            return _draft(answer)
        except errors.APIError as error:
            raise _translated(error) from None
        except RefreshError as error:
            if error.retryable:
                raise Unavailable("gemini", type(error).__name__) from None
            raise PlatformRefused("gemini", Problem.CREDENTIAL_INVALID.value) from None
        except (httpx2.HTTPError, GoogleAuthError, OSError) as error:
            raise Unavailable("gemini", type(error).__name__) from None
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            # The SDK reads an answer of another form with whatever error its place has.
            raise Unavailable("gemini", f"unreadable answer: {type(error).__name__}") from None

    def _renew(self) -> None:
        """Renew the access token here, within a time: the SDK would wait two minutes for it."""
        if self._credentials is not None and not self._credentials.valid:
            self._credentials.refresh(partial(Request(), timeout=_TOKEN_S))


def _own_credentials() -> Credentials:
    try:
        credentials, _ = google.auth.default(scopes=[_SCOPE])
    except DefaultCredentialsError:
        raise ConfigError("Vertex AI: this process has no Google credentials") from None
    return credentials


def _draft(answer: types.GenerateContentResponse) -> Draft:
    """Read the first candidate; what the service held back or cut off is no answer."""
    usage = answer.usage_metadata
    tokens = usage.total_token_count if usage else None
    if not answer.candidates:
        blocked = answer.prompt_feedback is not None and answer.prompt_feedback.block_reason is not None
        return Draft("", tokens, "blocked" if blocked else "empty")
    first = answer.candidates[0]
    if first.finish_reason is types.FinishReason.MAX_TOKENS:
        return Draft("", tokens, "unfinished")
    if first.finish_reason is not types.FinishReason.STOP:
        return Draft("", tokens, "blocked")
    parts = (first.content.parts if first.content else None) or []
    text = "".join(part.text for part in parts if part.text and not part.thought)
    return Draft(text, tokens, None if text else "empty")


def _translated(error: errors.APIError) -> Exception:
    """Say in our words what a status means; the service's own words may quote the key."""
    code = error.code if isinstance(error.code, int) else 0
    if code == _TOO_MANY:
        return RateLimited("gemini", _WAIT_S, "project")
    if not _CLIENT_ERROR <= code < _SERVER_ERROR or code == _REQUEST_TIMEOUT:
        return Unavailable("gemini", f"code {code}")
    if "API_KEY_INVALID" in str(error.details):
        return PlatformRefused("gemini", Problem.CREDENTIAL_INVALID.value)
    return PlatformRefused("gemini", _REFUSALS.get(code, Problem.BAD_REQUEST).value)


class _Bounded(httpx2.HTTPTransport):
    """Reads an answer whole, on a connection of its own, in bounded time and size."""

    def __init__(self) -> None:
        super().__init__(trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        with Watch(request.extensions["timeout"]["read"]) as watch:

            def connected(step: str, told: dict[str, Any]) -> None:
                if step == "connection.connect_tcp.complete":
                    watch.add(told["return_value"].get_extra_info("socket"))

            request.extensions["trace"] = connected
            try:
                answer = super().handle_request(request)
                body = _read(answer)
            except httpx2.TransportError:
                if watch.over:
                    raise httpx2.ReadTimeout("answered too slowly", request=request) from None
                raise
        if watch.over:  # a cut looks like the end of an answer that does not say its length
            raise httpx2.ReadTimeout("answered too slowly", request=request)
        kept = [(name, value) for name, value in answer.headers.multi_items() if name == "content-type"]
        return httpx2.Response(answer.status_code, headers=kept, content=body)


def _read(answer: httpx2.Response) -> bytes:
    try:
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise httpx2.DecodingError("nobody asked for a compressed answer")
        body = bytearray()
        for piece in answer.iter_raw():
            body += piece
            if len(body) > _LARGEST:
                raise httpx2.DecodingError("answered too much")
        return bytes(body)
    finally:
        answer.close()
