"""Calls to Meta's Graph API with one brand's key: the token in the header, pages by cursor."""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from shared.adapters.platform_http import PlatformHttp, patiently
from shared.adapters.sources._meta_errors import NAME, failure, used, wait_s
from shared.core.integration import Problem
from shared.core.report import Usage
from shared.errors import PlatformRefused, RateLimited, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shared.adapters.sources._reading import Reader
    from shared.core.secret import Secret

VERSION = "v26.0"
ROWS_A_PAGE, _MOST_PAGES = 500, 50
_REDIRECT, _TOO_MANY = 300, 429


@dataclass(frozen=True, slots=True)
class MetaKey:
    """A pasted key: a token alone, or a JSON object with the app that it was issued for."""

    token: str = field(repr=False)
    app_id: str | None = None
    app_secret: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, key: Secret) -> MetaKey:
        """Read a token, or `{"access_token", "app_id"?, "app_secret"?}`; PlatformRefused for neither."""
        text, malformed = key.reveal().strip(), PlatformRefused(NAME, Problem.CREDENTIAL_MALFORMED.value)
        fields: object = {"access_token": text}
        if text.startswith("{"):
            try:
                fields = json.loads(text)
            except (ValueError, RecursionError):
                raise malformed from None
        if not isinstance(fields, dict):
            raise malformed
        token, app, secret = (fields.get(name) for name in ("access_token", "app_id", "app_secret"))
        if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
            raise malformed
        if app is not None and not re.fullmatch(r"[0-9]{1,20}", str(app), re.ASCII):
            raise malformed
        if secret is not None and not (isinstance(secret, str) and re.fullmatch(r"[!-~]{1,128}", secret)):
            raise malformed
        return cls(token, None if app is None else str(app), secret)

    @property
    def proof(self) -> str | None:
        """Return `appsecret_proof`: lowercase hex of HMAC-SHA-256 of the token under the app's secret."""
        if self.app_secret is None:
            return None
        return hmac.digest(self.app_secret.encode(), self.token.encode(), "sha256").hex()


class Graph:
    """One reading's calls; `usage` is the fullest allowance that any answer told of."""

    def __init__(self, http: PlatformHttp, read: Reader, key: MetaKey) -> None:
        self._http, self._read, self.key = http, read, key
        self.usage: Usage | None = None

    def get(self, path: str, **query: str) -> dict[str, object]:
        return patiently(lambda: self._call("GET", path, query=self._proved(query)))

    def post(self, path: str, **form: str) -> dict[str, object]:
        """Send once: what was started must not be started again by a retry."""
        return self._call("POST", path, form=self._proved(form))

    def inspect(self) -> dict[str, object]:
        """Ask about the token itself, in the name of the app that it was issued for."""
        token = f"{self.key.app_id}|{self.key.app_secret}"
        query = {"input_token": self.key.token}
        answer = patiently(lambda: self._call("GET", "/debug_token", query=query, token=token))
        return self._read.table(answer.get("data"))

    def rows(self, path: str, **asked: str) -> Iterator[dict[str, object]]:
        """Yield every row, page by page, by cursor: a page's `next` is a URL that may hold the token."""
        asked["limit"] = str(ROWS_A_PAGE)
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            page = self.get(path, **asked)
            if page.get("data") is None:  # not the same as no rows, which would be zeros
                raise self._read.nonsense()
            yield from self._read.rows(page["data"])
            paging = page.get("paging")
            if not isinstance(paging, dict) or "next" not in paging:
                return
            after = self._read.text(self._read.table(paging.get("cursors")).get("after"))
            if after in seen:
                break
            seen.add(after)
            asked["after"] = after
        raise Unavailable(NAME, "answered pages without end")

    def _proved(self, sent: Mapping[str, str]) -> dict[str, str]:
        proof = self.key.proof
        return dict(sent) if proof is None else {**sent, "appsecret_proof": proof}

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {token or self.key.token}"}
        reply = self._http.call(method, f"/{VERSION}{quote(path)}", headers=headers, query=query, form=form)
        body = self._read.table(reply.body)
        if "error" in body:
            raise failure(body["error"], reply.headers)
        if reply.status == _TOO_MANY:
            raise RateLimited(NAME, wait_s(reply.headers))
        if reply.status >= _REDIRECT:
            raise Unavailable(NAME, f"status {reply.status}")
        percent, rest_s = used(reply.headers)
        if self.usage is None or percent > self.usage.percent:
            self.usage = Usage(percent, rest_s)
        return body
