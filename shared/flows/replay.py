"""Replay: dead letters are brought back by their names, once what they died of is mended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from shared.core.job import AnomalyJob, IngestJob, TellJob, WrittenMetric
from shared.errors import ConfigError, Contended, NotFound, Refused, Terminal
from shared.flows.ingest import connected
from shared.flows.schedule import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from shared.core.brand import BrandId
    from shared.core.dead_letter import DeadLetter
    from shared.core.job import Job
    from shared.ports import Anomalies, BrandFile, Brands, Clock, DeadLetters, Queue, Timetable, Watch


@dataclass(frozen=True, slots=True)
class Hands:
    """What it takes to ask again; `sentry` judges a written metric anew."""

    brands: Brands
    desk: Watch
    anomalies: Anomalies
    timetable: Timetable
    queue: Queue
    clock: Clock
    sentry: Callable[[WrittenMetric], object]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one letter: brought back, or why it stays."""

    letter: DeadLetter
    stays: str | None = None


def replay(
    letters: Iterable[DeadLetter],
    *,
    hands: Hands,
    dead_letters: DeadLetters,
    brand_id: BrandId | None = None,
    write: bool = True,
) -> Iterator[Replayed]:
    """Bring back the letters of one brand, or all; yield what became of each.

    Asked first, then taken away: a crash in between asks twice, which every door bears. What dies
    again is buried again, under a new event. Our own stores' trouble is raised, and the same call
    goes on.
    """
    for letter in letters:
        try:
            job = letter.job()
        except Terminal as error:
            if brand_id is None:
                yield Replayed(letter, str(error))
            continue
        if brand_id in {None, job.brand_id}:
            yield Replayed(letter, _brought_back(letter, job, hands, dead_letters, write=write))


def _brought_back(
    letter: DeadLetter, job: Job, hands: Hands, dead_letters: DeadLetters, *, write: bool
) -> str | None:
    """Ask for what a letter asked for; return why it stays, None when it does not."""
    try:
        _check(job, hands)
        if write:
            _ask(job, hands)
            dead_letters.forget(letter)
    except ConfigError:
        raise  # this process is wrong, not the letter
    except (Terminal, Refused, Contended) as error:
        return str(error)
    return None


def _check(job: Job, hands: Hands) -> None:
    """Refuse what would lead nowhere, or die of the same again."""
    file = hands.brands.get(job.brand_id)
    if file is None:
        raise NotFound(f"there is no brand {job.brand_id}")
    match job:
        case WrittenMetric():
            name = f"metric_{job.brand_id}_{job.source.value}_{job.key}"
            if hands.desk.look(job.brand_id, name, ()) is None:
                raise NotFound(f"there is no {name}")
        case IngestJob() if job.source not in connected(file):
            raise NotFound(f"{job.brand_id} has no connection to {job.source.value}")
        case AnomalyJob(anomaly_id=name) | TellJob(anomaly_id=str(name)):
            _known(file, name, hands.anomalies)
        case _:
            pass  # a digest or a source's trouble is made of what stands when it is told


def _known(file: BrandFile, anomaly_id: str, anomalies: Anomalies) -> None:
    if not anomalies.get(file.brand, [anomaly_id]):
        raise NotFound(f"there is no {anomaly_id}")


def _ask(job: Job, hands: Hands) -> None:
    queue = hands.queue
    match job:
        case WrittenMetric():
            hands.sentry(job)
        case IngestJob():
            ask([(job.brand_id, job.source)], timetable=hands.timetable, queue=queue, now=hands.clock.now())
        case AnomalyJob():
            queue.ask_for_insight(job.brand_id, job.anomaly_id)
        case TellJob(anomaly_id=str(name)):
            queue.ask_to_notify(job.brand_id, name)
        case TellJob(alarm_id=str(name)):
            queue.ask_to_tell_of_source(job.brand_id, name)
        case TellJob(digest=date() as day):
            queue.ask_for_digest(job.brand_id, day)
    queue.flush()
