"""One call to a Google API with a brand's credential: a fresh token when the old one is refused."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from shared.adapters.platform_http import PlatformHttp, patiently
from shared.adapters.sources._google_errors import PageGone, failure, is_page_gone

if TYPE_CHECKING:
    from datetime import datetime

    from shared.adapters.sources.google_token import GoogleCredential, GoogleTokens
    from shared.core.report import Asked, Report
    from shared.core.secret import Secret


class AtOnce(ABC):
    """A reader whose platform prepares nothing beforehand: what is ordered is read at once."""

    @abstractmethod
    def report(self, key: Secret, account_id: str, asked: Asked) -> Report: ...

    def order(self, key: Secret, account_id: str, asked: Asked) -> str:
        del key, account_id, asked
        return ""

    def progress(self, key: Secret, order: str) -> float:
        del key, order
        return 1.0

    def collect(self, key: Secret, account_id: str, asked: Asked, order: str) -> Report:
        del order
        return self.report(key, account_id, asked)


class GoogleApi:
    def __init__(self, name: str, base: str, tokens: GoogleTokens) -> None:
        self._name, self._tokens = name, tokens
        self._http = PlatformHttp(name, base)

    def end_of(self, credential: GoogleCredential) -> datetime | None:
        """Return when a credential ends, where Google told."""
        return self._tokens.end_of(credential)

    def post(self, path: str, credential: GoogleCredential, body: dict[str, object]) -> dict[str, object]:
        """Return the answer's object; a refusal, a throttle or an outage raises by its own name.

        PageGone when the page that was asked for is forgotten: only the first one helps then.
        """
        return patiently(lambda: self._post(path, credential, body, fresh=False))

    def _post(
        self, path: str, credential: GoogleCredential, body: dict[str, object], *, fresh: bool
    ) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self._tokens.token(credential, fresh=fresh)}"}
        if credential.login_customer_id:
            headers["login-customer-id"] = credential.login_customer_id
        reply = self._http.call("POST", path, headers=headers, body=body)
        if reply.status == 401 and not fresh:
            return self._post(path, credential, body, fresh=True)
        if "pageToken" in body and is_page_gone(reply):
            raise PageGone
        if reply.status >= 300 or not isinstance(reply.body, dict) or "error" in reply.body:
            raise failure(self._name, reply)
        return reply.body
