from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from local.world.tenants import DEMO, OTHER

if TYPE_CHECKING:
    from tests.local.world.client import Client

SPAN = '{"since":"2025-12-01","until":"2026-01-28"}'
HOURLY = "hourly_stats_aggregated_by_advertiser_time_zone"
ASK = {"fields": "spend,actions", "time_increment": "1", "time_range": SPAN, "level": "account"}


def start(
    world: Client, token: str = DEMO.meta_key, account: str = DEMO.meta_account, **asked: str
) -> requests.Response:
    return requests.post(
        f"{world.base}/meta/v26.0/act_{account}/insights",
        data=ASK | asked,
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )


def started(world: Client, **asked: str) -> str:
    answer = start(world, **asked)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["report_run_id"])


def poll(world: Client, run: str) -> dict[str, Any]:
    told: dict[str, Any] = world.meta(run).json()
    return told


def state(told: dict[str, Any]) -> tuple[str, int]:
    return told["async_status"], told["async_percent_completion"]


def finish(world: Client, run: str) -> dict[str, Any]:
    for _ in range(10):
        told = poll(world, run)
        if state(told) == ("Job Completed", 100) or told["async_status"] in {"Job Failed", "Job Skipped"}:
            return told
    raise AssertionError(told)


def test_a_run_is_completed_after_two_unfinished_polls(world: Client) -> None:
    run = started(world)

    told = [poll(world, run) for _ in range(4)]

    assert [state(one) for one in told] == [
        ("Job Not Started", 0),
        ("Job Running", 50),
        ("Job Completed", 100),
        ("Job Completed", 100),
    ]
    assert (told[0]["id"], told[0]["account_id"]) == (run, DEMO.meta_account)
    assert "error_code" not in told[-1]


@pytest.mark.parametrize("polls", [0, 1, 5])
def test_how_many_polls_a_run_takes_can_be_set(world: Client, polls: int) -> None:
    world.control("runs", polls=polls)
    run = started(world)

    told = [state(poll(world, run)) for _ in range(polls + 1)]

    assert [status for status, _ in told].count("Job Completed") == 1
    assert [percent for _, percent in told] == sorted(percent for _, percent in told)


def test_a_run_gives_the_rows_of_the_report_at_once_in_pages(world: Client) -> None:
    run = started(world)
    finish(world, run)
    at_once = world.insights(limit="500", **ASK)["data"]

    first = world.meta(f"{run}/insights").json()
    rest = requests.get(first["paging"]["next"], timeout=5).json()
    last = world.meta(f"{run}/insights", limit="500", after=rest["paging"]["cursors"]["after"]).json()

    assert first["data"] + rest["data"] + last["data"] == at_once
    assert (len(first["data"]), len(at_once)) == (25, 59)


def test_parameters_may_come_as_json_or_in_the_query(world: Client) -> None:
    url = f"{world.base}/meta/v26.0/act_{DEMO.meta_account}/insights"
    fields = ASK | {"time_range": json.loads(SPAN), "access_token": DEMO.meta_key}
    first = requests.post(url, json=fields, timeout=5).json()["report_run_id"]
    finish(world, first)
    second = requests.post(url, params=ASK | {"access_token": DEMO.meta_key}, timeout=5).json()
    finish(world, second["report_run_id"])

    rows = [world.meta(f"{run}/insights").json()["data"] for run in (first, second["report_run_id"])]

    assert rows[0] == rows[1]
    assert len(rows[0]) == 25


def test_a_run_gives_what_was_known_when_it_was_started(world: Client) -> None:
    run = started(world, time_range='{"since":"2026-01-29","until":"2026-01-29"}')
    at_once = world.insights(fields="spend,actions", time_increment="1", date_preset="today")["data"]
    world.control("clock", now="2026-01-29T20:30:00+00:00")
    finish(world, run)

    assert world.meta(f"{run}/insights").json()["data"] == at_once


def test_results_before_completion_are_an_error(world: Client) -> None:
    run = started(world)
    poll(world, run)

    answer = world.meta(f"{run}/insights")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


def test_a_run_may_look_completed_before_it_is(world: Client) -> None:
    world.control("runs", polls=0, looks_done=True)
    run = started(world)
    early = state(poll(world, run))
    too_soon = world.meta(f"{run}/insights")
    finish(world, run)

    assert early == ("Job Completed", 97)
    assert too_soon.status_code == 400
    assert world.meta(f"{run}/insights").status_code == 200


@pytest.mark.parametrize(
    ("outcome", "status", "code", "subcode"),
    [
        ("failed", "Job Failed", -2, 2490547),
        ("too_large", "Job Failed", -3, 1504045),
        ("skipped", "Job Skipped", None, None),
    ],
)
def test_the_next_run_can_be_made_to_fail(
    world: Client, outcome: str, status: str, code: int | None, subcode: int | None
) -> None:
    world.control("runs", next=outcome)
    run = started(world)
    told = finish(world, run)
    refused = world.meta(f"{run}/insights")
    again = finish(world, started(world))

    assert (told["async_status"], told.get("error_code"), told.get("error_subcode")) == (
        status,
        code,
        subcode,
    )
    assert ("error_message" in told) == (code is not None)
    assert refused.json()["error"]["code"] == 100
    assert state(again) == ("Job Completed", 100)


@pytest.mark.parametrize(("since", "code"), [("2025-11-20", None), ("2025-11-19", -3)])
def test_a_run_takes_70_days_of_hours(world: Client, since: str, code: int | None) -> None:
    span = f'{{"since":"{since}","until":"2026-01-28"}}'

    told = finish(world, started(world, time_range=span, breakdowns=HOURLY))

    assert told.get("error_code") == code


def test_a_second_run_of_an_account_is_throttled_while_one_is_running(world: Client) -> None:
    run = started(world)
    second = start(world)
    other = start(world, OTHER.meta_key, OTHER.meta_account)
    finish(world, run)

    assert (second.status_code, second.json()["error"]["code"]) == (400, 80000)
    assert DEMO.meta_account in json.loads(second.headers["x-business-use-case-usage"])
    assert world.told("usage")["throttled"] == 1
    assert other.status_code == start(world).status_code == 200


def test_a_run_that_nobody_polls_is_over_after_an_hour_and_forgotten_after_30_days(world: Client) -> None:
    run = started(world)
    world.control("clock", now="2026-01-29T19:30:00+00:00")
    rows = world.meta(f"{run}/insights").json()["data"]
    world.control("clock", now="2026-03-01T00:00:00+00:00")

    assert len(rows) == 25
    assert start(world).status_code == 200
    assert world.meta(run).json()["error"]["error_subcode"] == 33


def test_another_tenants_run_does_not_exist(world: Client) -> None:
    run = started(world)

    answers = [world.meta(path, OTHER.meta_key) for path in (run, f"{run}/insights", "700100000099")]

    assert {(a.status_code, a.json()["error"]["error_subcode"]) for a in answers} == {(400, 33)}


@pytest.mark.parametrize(
    ("token", "account", "asked", "code"),
    [
        ("nonsense", DEMO.meta_account, {}, 190),
        (DEMO.meta_key, OTHER.meta_account, {}, 100),
        ("EAABdemo-insights-denied", DEMO.meta_account, {}, 100),
        (DEMO.meta_key, DEMO.meta_account, {"fields": HOURLY}, 100),
    ],
)
def test_a_run_is_refused_for_what_a_report_at_once_is_refused_for(
    world: Client, token: str, account: str, asked: dict[str, str], code: int
) -> None:
    answer = start(world, token, account, **asked)

    assert (answer.status_code in {400, 401}, answer.json()["error"]["code"]) == (True, code)


def test_runs_and_their_results_tell_the_usage(world: Client) -> None:
    answer = start(world)
    run = answer.json()["report_run_id"]
    finish(world, run)

    for headers in (answer.headers, world.meta(f"{run}/insights").headers):
        assert DEMO.meta_account in json.loads(headers["x-business-use-case-usage"])
