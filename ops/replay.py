"""`warroom replay`: what doors gave up is asked for again, once what it died of is mended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ops.options import add_command
from ops.progress import watched
from ops.result import Result
from shared import wiring
from shared.config import NEEDS
from shared.core.brand import brand_id
from shared.errors import BadRequest
from shared.flows.replay import Hands, replay
from shared.flows.sentry import watch

if TYPE_CHECKING:
    import argparse

    from ops.options import Commands
    from shared.core.job import WrittenMetric
    from shared.flows.replay import Replayed


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "replay",
        run,
        about="bring back dead letters",
        dry_run="list what would be brought back, ask for nothing",
    )
    parser.add_argument("--brand", help="only this brand's")
    parser.add_argument("--door", choices=sorted(NEEDS), help="only what this door gave up")
    parser.add_argument("--since", help="only what was buried since, such as 2026-01-29 or 2026-01-29T13:00Z")


def run(asked: argparse.Namespace) -> Result:
    """Bring back what names enough; list all of it, with the reason for what stays."""
    brand = None if asked.brand is None else brand_id(asked.brand, "brand")
    letters = wiring.dead_letters()
    found = [letter for letter in letters.buried(_moment(asked.since)) if asked.door in {None, letter.kind}]
    became = list(
        replay(
            watched(found, "dead letters"),
            hands=_hands(),
            dead_letters=letters,
            brand_id=brand,
            write=not asked.dry_run,
        )
    )
    stay = sum(each.stays is not None for each in became)
    counted: dict[str, object] = {"replayed": len(became) - stay, "stay": stay}
    total = "  ".join(f"{name}={value}" for name, value in counted.items())
    return Result(
        counted | {"letters": [_fields(each) for each in became]},
        [*map(_line, became), total],
    )


def _hands() -> Hands:
    return Hands(
        wiring.brands(),
        wiring.desk(),
        wiring.anomalies(),
        wiring.timetable(),
        wiring.queue(),
        wiring.clock(),
        _judge,
    )


def _judge(metric: WrittenMetric) -> None:
    watch(
        metric.brand_id,
        metric.source,
        metric.key,
        desk=wiring.desk(),
        metrics=wiring.metrics(),
        anomalies=wiring.anomalies(),
        queue=wiring.queue(),
        clock=wiring.clock(),
    )


def _fields(each: Replayed) -> dict[str, object]:
    letter = each.letter
    about = {"id": letter.id, "door": letter.kind, "subject": letter.subject, **letter.names}
    return about | {"at": letter.at.isoformat(), "reason": letter.reason, "stays": each.stays}


def _line(each: Replayed) -> str:
    letter = each.letter
    about = " ".join(letter.names.values()) or letter.subject
    became = "replayed" if each.stays is None else "stays"
    why = "" if each.stays is None else f"; {each.stays}"
    return f"{became:<8}  {letter.kind}  {about}  {letter.reason}, {letter.at:%Y-%m-%d %H:%M}Z{why}"


def _moment(text: str | None) -> datetime | None:
    try:
        moment = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest("since", "a day or a moment such as 2026-01-29T13:00Z is required") from None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
