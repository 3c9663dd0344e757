"""Who may read a brand: its owner, and nobody learns from a refusal whether it exists."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from google.cloud.firestore import Client

from bench.counting import Counted
from shared import wiring
from shared.adapters.clock import SystemClock
from tests.functions.conftest import forget, prepare
from tests.functions.doors import ASKS, HTTP_DOORS, client_of, problem_of, signed_in

READERS = ("metrics", "anomalies")


@pytest.fixture
def firestore(
    monkeypatch: pytest.MonkeyPatch, firestore_emulator: str, project_id: str, closed: str
) -> Iterator[Client]:
    """A project with the brand aurora, owned by ana."""
    prepare(monkeypatch, closed)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    client = Client(project=project_id)
    client.document("brands/aurora").set(
        {
            "ownerId": "ana",
            "name": "Aurora",
            "timeZone": "America/Sao_Paulo",
            "currency": "BRL",
            "locale": "pt-BR",
            "conversionEvent": "purchase",
        }
    )
    yield client
    client.close()
    forget()


def signed(firestore: Client, uid: str) -> dict[str, str]:
    return signed_in(uid, firestore.project, int(time.time()))


@pytest.mark.parametrize("name", READERS)
def test_the_owner_reads(firestore: Client, name: str) -> None:
    response = ASKS[name].send(client_of(name), headers=signed(firestore, "ana"))

    assert response.status_code == 200
    assert json.loads(response.data) == []
    assert "X-Mock" not in response.headers


def test_the_owner_of_a_new_brand_sees_that_nothing_would_have_been_raised(firestore: Client) -> None:
    response = ASKS["backtest"].send(client_of("backtest"), headers=signed(firestore, "ana"))

    told = json.loads(response.data)
    assert response.status_code == 200
    assert (told["brandId"], told["days"], told["sensitivity"]) == ("aurora", 7, "medium")
    assert [(each["sensitivity"], each["threshold"]) for each in told["outcomes"]] == [
        ("low", 50),
        ("medium", 30),
        ("high", 15),
    ]
    assert {
        each[name] for each in told["outcomes"] for name in ("anomalies", "incidents", "notifications")
    } == {0}
    assert told["outcomes"][0]["moneyAtRisk"] == {"amount": 0.0, "currency": "BRL"}


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_another_user_is_refused(firestore: Client, name: str) -> None:
    response = ASKS[name].send(client_of(name), headers=signed(firestore, "bruno"))

    assert response.status_code == 403
    assert problem_of(response)["code"] == "forbidden"


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_a_brand_that_is_not_there_is_refused_like_one_that_is_anothers(
    firestore: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The same words, headers and number of reads: nobody finds out which brands there are."""
    firestore.document("brands/orphan").set({"name": "No owner field"})
    counted = Counted(firestore)
    monkeypatch.setattr(wiring, "_firestore", lambda: firestore)
    client, bruno = client_of(name), signed(firestore, "bruno")
    told = []
    for brand in ("aurora", "boreal", "orphan"):
        reads = counted.counts["reads"]
        ask = ASKS[name]
        changed = {"json": {**ask.body, "brandId": brand}} if ask.body else {"query": {"brandId": brand}}
        answer = ask.send(client, headers=bruno, **changed)
        headers = {key: value for key, value in answer.headers.items() if key != "X-Request-Id"}
        told.append((problem_of(answer) | {"requestId": ""}, headers, counted.counts["reads"] - reads))

    assert told[1:] == told[:1] * 2


@pytest.mark.parametrize("owner", [None, "", 7, ["ana"]])
def test_a_brand_without_a_proper_owner_belongs_to_nobody(firestore: Client, owner: object) -> None:
    firestore.document("brands/aurora").update({"ownerId": owner})

    response = ASKS["metrics"].send(client_of("metrics"), headers=signed(firestore, "ana"))

    assert response.status_code == 403


def test_a_token_of_another_project_is_no_token(firestore: Client) -> None:  # noqa: ARG001
    foreign = signed_in("ana", "demo-elsewhere", int(time.time()))

    response = ASKS["metrics"].send(client_of("metrics"), headers=foreign)

    assert response.status_code == 401


@pytest.mark.parametrize("name", READERS)
def test_what_we_stored_wrongly_is_our_error_and_not_described(firestore: Client, name: str) -> None:
    firestore.document("brands/aurora").update({"timeZone": "Mars/Olympus"})

    response = ASKS[name].send(client_of(name), headers=signed(firestore, "ana"))

    assert response.status_code == 500
    problem = problem_of(response)
    assert problem["code"] == "internal"
    assert "detail" not in problem
    assert "Olympus" not in response.get_data(as_text=True)


def test_an_expired_token_is_no_token(firestore: Client) -> None:
    stale = signed_in("ana", firestore.project, int(time.time()) - 7200)

    response = ASKS["metrics"].send(client_of("metrics"), headers=stale)

    assert response.status_code == 401


def test_a_cursor_that_names_nothing_ends_the_list(firestore: Client) -> None:
    response = ASKS["anomalies"].send(
        client_of("anomalies"), headers=signed(firestore, "ana"), query={"cursor": "an_gone"}
    )

    assert response.status_code == 200
    assert json.loads(response.data) == []


@pytest.fixture
def mid_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock between two minutes: what is counted by the minute is counted in one."""
    moment = datetime.now(UTC).replace(second=30, microsecond=0)
    monkeypatch.setattr(SystemClock, "now", lambda _: moment)


@pytest.mark.usefixtures("mid_minute")
@pytest.mark.parametrize("name", ["validate", "integrations"])
def test_keys_are_tried_five_times_a_minute(firestore: Client, name: str) -> None:
    """Nobody knows what the platform, which is down, would say of them: each counts once."""
    client, headers = client_of(name), signed(firestore, "ana")
    answers = [ASKS[name].send(client, headers=headers) for _ in range(11)]

    refused = [each for each in answers if each.status_code == 429]
    assert [each.status_code for each in answers[:5]] == [503] * 5
    assert refused == answers[5:]
    for each in refused:
        assert problem_of(each)["code"] == "too_many_requests"
        assert 1 <= int(each.headers["Retry-After"]) <= 60
        assert problem_of(each)["success"] is False


@pytest.mark.usefixtures("mid_minute")
@pytest.mark.parametrize(("door", "method"), [("validate", "POST"), ("integrations", "PUT")])
def test_a_key_that_is_refused_counts_as_two(firestore: Client, door: str, method: str) -> None:
    """Five tries a minute are three guesses, so that nobody finds out here which stolen keys work."""
    guess = {
        "brandId": "aurora",
        "platform": "google_ads",
        "apiKey": "no-key-at-all",
        "accountId": "1234567890",
    }
    client, headers = client_of(door), signed(firestore, "ana")
    answers = [
        ASKS[door].send(client, headers=headers, method=method, query={}, json=guess) for _ in range(5)
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert not any(json.loads(answer.data)["success"] for answer in answers)
