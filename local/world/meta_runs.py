"""Meta's asynchronous reports: a run is started, polled until it is over, and then read page by page.

A run moves on by being polled, and is over by itself an hour after it was started; its rows are
those of the moment it was started. Runs are forgotten after 30 days.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.routing import Route

from local.world.insights import Ask, rows
from local.world.meta_access import caller, reader
from local.world.meta_errors import ERRORS, bad_parameter
from local.world.meta_pages import page
from local.world.meta_usage import account_usage, app_usage
from local.world.state import world_of
from local.world.wire import Refused, body_of, ok

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from local.world.state import World
    from local.world.tenants import Tenant

DONE = "completed"
OUTCOMES: dict[str, dict[str, object]] = {
    DONE: {"async_status": "Job Completed", "async_percent_completion": 100},
    "skipped": {"async_status": "Job Skipped", "async_percent_completion": 0},
    "failed": {
        "async_status": "Job Failed",
        "async_percent_completion": 0,
        "error_code": -2,
        "error_subcode": 2490547,
        "error_message": "The report run failed",
    },
    "too_large": {
        "async_status": "Job Failed",
        "async_percent_completion": 0,
        "error_code": -3,
        "error_subcode": 1504045,
        "error_message": "The report is too large; reduce the amount of data",
    },
}
_LONGEST, _KEPT = timedelta(hours=1), timedelta(days=30)
_MOST_DAYS_BY_HOUR = 70
_FULL = 100
_ALMOST = 97


@dataclass(slots=True)
class Run:
    """One report run; `pending` is what its next polls say, status and percent, before the outcome."""

    id: str
    tenant: Tenant
    ask: Ask
    started_at: datetime
    outcome: str
    pending: list[tuple[str, int]] = field(default_factory=list)
    is_over: bool = False

    def is_running(self, now: datetime) -> bool:
        return not self.is_over and now - self.started_at < _LONGEST

    def polled(self, now: datetime) -> dict[str, object]:
        if self.is_running(now) and self.pending:
            status, percent = self.pending.pop(0)
            told: dict[str, object] = {"async_status": status, "async_percent_completion": percent}
        else:
            self.is_over = True
            told = OUTCOMES[self.outcome]
        return {"id": self.id, "account_id": self.tenant.meta_account, **told}


async def start(request: Request) -> Response:
    sent = await _sent(request)
    tenant = reader(request, request.path_params["account"], sent)
    world = world_of(request)
    now = world.now()
    ask = Ask.of(sent, now.astimezone(world.story(tenant).zone).date())
    if any(run.tenant is tenant and run.is_running(now) for run in world.runs.values()):
        world.tuning(tenant).throttled += 1
        raise Refused(ERRORS["throttle_account"], tenant.meta_account)
    run = Run(f"7001{len(world.runs) + 1:08d}", tenant, ask, now, _outcome(world, ask), _steps(world))
    world.runs[run.id] = run
    return ok({"report_run_id": run.id}, usage_of(world, tenant))


async def poll(request: Request) -> Response:
    run, world = _run(request), world_of(request)
    return ok(run.polled(world.now()), app_usage(world.tuning(run.tenant).app_percent))


async def results(request: Request) -> Response:
    run, world = _run(request), world_of(request)
    if run.outcome != DONE or run.is_running(world.now()):
        raise Refused(bad_parameter("The report run has no results: it is not completed"))
    found = rows(run.ask, world.story(run.tenant), run.started_at, run.tenant)
    return ok(page(request, found), usage_of(world, run.tenant))


def usage_of(world: World, tenant: Tenant) -> dict[str, str]:
    """Return the usage headers of an ordinary insights answer."""
    tuning = world.tuning(tenant)
    of_account = account_usage(
        tenant.meta_account, tuning.usage_percent, tuning.regain_minutes, tuning.app_percent
    )
    return of_account | app_usage(tuning.app_percent)


def _outcome(world: World, ask: Ask) -> str:
    if ask.by_hour and ask.days > _MOST_DAYS_BY_HOUR:
        return "too_large"
    return world.run_outcomes.pop(0) if world.run_outcomes else DONE


def _steps(world: World) -> list[tuple[str, int]]:
    polls = range(world.run_polls)
    steps = [("Job Running" if n else "Job Not Started", _FULL * n // len(polls)) for n in polls]
    return [*steps, ("Job Completed", _ALMOST)] if world.runs_look_done else steps


def _run(request: Request) -> Run:
    """Return the run asked for, if it is the caller's."""
    tenant, world = caller(request), world_of(request)
    run = world.runs.get(str(request.path_params["run"]))
    if run is None or run.tenant is not tenant or world.now() - run.started_at > _KEPT:
        raise Refused(ERRORS["wrong_account"])
    return run


async def _sent(request: Request) -> dict[str, str]:
    """Return a report's parameters: fields of a form or of JSON, or in the query."""
    fields = await body_of(request)
    if fields is None:
        raise Refused(bad_parameter("The body must be a form or a JSON object"))
    written = {name: v if isinstance(v, str) else json.dumps(v) for name, v in fields.items()}
    return dict(request.query_params) | written


ROUTES = [
    Route("/v26.0/act_{account}/insights", start, methods=["POST"]),
    Route("/v26.0/{run:int}", poll),
    Route("/v26.0/{run:int}/insights", results),
]
