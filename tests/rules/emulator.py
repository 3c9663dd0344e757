"""The Firestore emulator as a browser meets it: one REST request, one status."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import requests

TIMEOUT_S = 20
SEEDER = "owner"  # the emulator's word for "rules do not apply to me"

Fields = Mapping[str, Any]
Method = Literal["get", "list", "query", "count", "group", "commit"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. No uid means signed out; claims are what a token may say beside it."""

    name: str
    uid: str | None = None
    claims: tuple[tuple[str, Any], ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        if self.uid is None:
            return {}
        payload = {"sub": self.uid, "user_id": self.uid, **dict(self.claims)}
        return {"Authorization": f"Bearer {_segment({'alg': 'none', 'typ': 'JWT'})}.{_segment(payload)}."}


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a commit.

    Attributes:
        path: Document below the database root.
        fields: New content; None deletes the document.
        mask: Field paths to change (a masked path absent from `fields` is removed); None replaces the whole.
        server_time: Fields the server fills with the request's own time.
        exists: Precondition, if any.
    """

    path: str
    fields: Fields | None
    mask: tuple[str, ...] | None = None
    server_time: tuple[str, ...] = ()
    exists: bool | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One request and the status the rules owe it: 200 and 404 are let through, 403 is refused."""

    name: str
    actor: Actor
    method: Method
    path: str
    status: Literal[200, 403, 404]
    writes: tuple[Write, ...] = ()
    where: tuple[str, Any] | None = None

    @property
    def allowed(self) -> bool:
        return self.status != 403


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    message: str

    @property
    def by_accident(self) -> bool:
        """Whether a refusal is an expression that failed to evaluate rather than one that said no."""
        return self.status == 403 and "error" in self.message.lower()


@dataclass(frozen=True, slots=True)
class Project:
    """One project id on the emulator, with rules and documents of its own."""

    session: requests.Session
    host: str
    project_id: str

    @property
    def root(self) -> str:
        return f"projects/{self.project_id}/databases/(default)/documents"

    def load_rules(self, text: str) -> list[str]:
        """Replace the rules and say what the compiler dislikes; what was kept for coverage is forgotten."""
        rules = {"rules": {"files": [{"name": "firestore.rules", "content": text}]}}
        reply = self.session.put(self._admin("securityRules"), json=rules, timeout=TIMEOUT_S)
        reply.raise_for_status()
        return [issue["description"] for issue in reply.json().get("issues", [])]

    def coverage(self) -> list[dict[str, Any]]:
        reply = self.session.get(self._admin("ruleCoverage"), timeout=TIMEOUT_S)
        reply.raise_for_status()
        return list(reply.json()["report"])

    def clear(self) -> None:
        url = f"http://{self.host}/emulator/v1/{self.root}"
        self.session.delete(url, timeout=TIMEOUT_S).raise_for_status()

    def seed(self, writes: Sequence[Write]) -> None:
        headers = {"Authorization": f"Bearer {SEEDER}"}
        self._post(
            ":commit", {"writes": [self._write(write) for write in writes]}, headers
        ).raise_for_status()

    def ask(self, case: Case) -> Reply:
        reply = self._request(case)
        return Reply(reply.status_code, _message(reply))

    def _request(self, case: Case) -> requests.Response:
        headers = case.actor.headers
        parent, _, collection = case.path.rpartition("/")
        parent = f"/{parent}" if parent else ""
        match case.method:
            case "get" | "list":
                url = f"http://{self.host}/v1/{self.root}/{case.path}"
                return self.session.get(url, headers=headers, timeout=TIMEOUT_S)
            case "query" | "group":
                query = _query(collection, case.where, every_parent=case.method == "group")
                return self._post(f"{parent}:runQuery", {"structuredQuery": query}, headers)
            case "count":
                count = {
                    "structuredQuery": _query(collection, case.where, every_parent=False),
                    "aggregations": [{"alias": "n", "count": {}}],
                }
                return self._post(
                    f"{parent}:runAggregationQuery", {"structuredAggregationQuery": count}, headers
                )
            case "commit":
                return self._post(
                    ":commit", {"writes": [self._write(write) for write in case.writes]}, headers
                )

    def _write(self, write: Write) -> dict[str, Any]:
        name = f"{self.root}/{write.path}"
        condition = {} if write.exists is None else {"currentDocument": {"exists": write.exists}}
        if write.fields is None:
            return {"delete": name, **condition}
        body: dict[str, Any] = {"update": {"name": name, "fields": _fields(write.fields)}, **condition}
        if write.mask is not None:
            body["updateMask"] = {"fieldPaths": list(write.mask)}
        if write.server_time:
            body["updateTransforms"] = [
                {"fieldPath": field, "setToServerValue": "REQUEST_TIME"} for field in write.server_time
            ]
        return body

    def _post(self, suffix: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> requests.Response:
        url = f"http://{self.host}/v1/{self.root}{suffix}"
        return self.session.post(url, json=body, headers=headers, timeout=TIMEOUT_S)

    def _admin(self, verb: str) -> str:
        return f"http://{self.host}/emulator/v1/projects/{self.project_id}:{verb}"


def _message(reply: requests.Response) -> str:
    if reply.ok:
        return ""
    body = reply.json()
    error = body[0]["error"] if isinstance(body, list) else body["error"]
    return str(error["message"])


def _query(collection: str, where: tuple[str, Any] | None, *, every_parent: bool) -> dict[str, Any]:
    query: dict[str, Any] = {"from": [{"collectionId": collection, "allDescendants": every_parent}]}
    if where is None:
        return query
    field, value = where
    if value is None:
        condition = {"unaryFilter": {"field": {"fieldPath": field}, "op": "IS_NULL"}}
    else:
        equal = {"field": {"fieldPath": field}, "op": "EQUAL", "value": _value(value)}
        condition = {"fieldFilter": equal}
    return {**query, "where": condition}


def _segment(claims: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def _fields(fields: Fields) -> dict[str, Any]:
    return {name: _value(value) for name, value in fields.items()}


def _value(value: object) -> dict[str, Any]:  # noqa: PLR0911 (one line a Firestore type)
    match value:
        case None:
            return {"nullValue": None}
        case bool():
            return {"booleanValue": value}
        case int():
            return {"integerValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case datetime():
            return {"timestampValue": value.astimezone(UTC).isoformat().replace("+00:00", "Z")}
        case Mapping():
            return {"mapValue": {"fields": _fields(value)}}
        case Sequence():
            return {"arrayValue": {"values": [_value(item) for item in value]}}
        case _:
            raise TypeError(f"Firestore has no type for {type(value).__name__}")
