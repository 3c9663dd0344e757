"""A client of the simulated world."""

from __future__ import annotations

from typing import Any

import requests

from local.world.tenants import DEMO


class Client:
    """Asks the world as a platform's client would, and pulls its strings."""

    def __init__(self, base: str) -> None:
        self.base = base

    def control(self, name: str, **fields: object) -> dict[str, Any]:
        answer = requests.post(f"{self.base}/_world/{name}", json=fields, timeout=5)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def told(self, name: str) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(f"{self.base}/_world/{name}", timeout=5).json()
        return answer

    def meta(self, path: str, token: str = DEMO.meta_key, **params: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{self.base}/meta/v26.0/{path}", params=params, headers=headers, timeout=5)

    def insights(self, **params: str) -> dict[str, Any]:
        answer = self.meta(f"act_{DEMO.meta_account}/insights", **params)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def token(self, **fields: str) -> requests.Response:
        return requests.post(f"{self.base}/google-oauth/token", data=fields, timeout=5)

    def refreshed(self, key: dict[str, str]) -> str:
        answer = self.token(grant_type="refresh_token", **key)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def search(self, token: str, customer: str, headers: dict[str, str] | None = None, **body: object) -> Any:
        return requests.post(
            f"{self.base}/google-ads/v26/customers/{customer}/googleAds:search",
            json=body,
            headers={"Authorization": f"Bearer {token}", **(headers or {})},
            timeout=5,
        )

    def report(self, token: str, prop: str = DEMO.ga4_account, **body: object) -> requests.Response:
        return requests.post(
            f"{self.base}/ga4/v1beta/properties/{prop}:runReport",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=5,
        )
