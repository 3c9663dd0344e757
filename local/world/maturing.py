"""How much of a closed hour a platform shows as the hour grows older: less at first, in the end the truth.

Ages count from the hour's end. Between two points of a curve the share grows in a straight line.

| source  | what                       | at once | then            | all of it after |
|---------|----------------------------|---------|-----------------|-----------------|
| meta    | spend, impressions, clicks | 85 %    |                 | 1 hour          |
| meta    | purchases, their value     | 60 %    | 97 % at 3 hours | 28 days         |
| google  | cost, impressions, clicks  | 60 %    |                 | 3 hours         |
| google  | conversions, their value   | 35 %    | 95 % at 15 h    | 30 days         |
| organic | sessions, purchases        | nothing | begins at 2 h   | 6 hours         |
| organic | revenue                    | nothing | 98 % at 6 hours | 48 hours        |

The ages are those the platforms state: Meta's insights stop changing 28 days on; Google is usually less than
3 hours late with costs, up to 15 with data-driven conversions, and moves them for a window of 30 days; a
standard GA4 property is 2 to 6 hours late and may change for 48. The shares in between are this world's own.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from itertools import pairwise

from shared.core.metric import MICROS, Source, Sums

WHOLE = 1_000_000
_CENT = MICROS // 100
_CREDIT = MICROS // 4
_SECOND = timedelta(seconds=1)


class Kind(Enum):
    """What grows together: delivery (visits too), purchases, and what they are worth."""

    DELIVERY = "delivery"
    PURCHASES = "purchases"
    VALUE = "value"


_AT_ONCE = timedelta()
_META = ((_AT_ONCE, 600_000), (timedelta(hours=3), 970_000), (timedelta(days=28), WHOLE))
_GOOGLE = ((_AT_ONCE, 350_000), (timedelta(hours=15), 950_000), (timedelta(days=30), WHOLE))
_ORGANIC = ((timedelta(hours=2), 0), (timedelta(hours=6), WHOLE))
_CURVES = {
    (Source.META, Kind.DELIVERY): ((_AT_ONCE, 850_000), (timedelta(hours=1), WHOLE)),
    (Source.META, Kind.PURCHASES): _META,
    (Source.META, Kind.VALUE): _META,
    (Source.GOOGLE, Kind.DELIVERY): ((_AT_ONCE, 600_000), (timedelta(hours=3), WHOLE)),
    (Source.GOOGLE, Kind.PURCHASES): _GOOGLE,
    (Source.GOOGLE, Kind.VALUE): _GOOGLE,
    (Source.ORGANIC, Kind.DELIVERY): _ORGANIC,
    (Source.ORGANIC, Kind.PURCHASES): _ORGANIC,
    (Source.ORGANIC, Kind.VALUE): (
        (timedelta(hours=2), 0),
        (timedelta(hours=6), 980_000),
        (timedelta(hours=48), WHOLE),
    ),
}


def share(source: Source, kind: Kind, age: timedelta) -> int:
    """Return how much is shown of an hour that ended `age` ago, in millionths of the truth.

    >>> [share(Source.META, Kind.PURCHASES, timedelta(hours=h)) for h in (0, 3, 24 * 28)]
    [600000, 970000, 1000000]
    """
    points = _CURVES[source, kind]
    if age < points[0][0]:
        return 0
    for (begin, low), (end, high) in pairwise(points):
        if age < end:
            return low + (high - low) * ((age - begin) // _SECOND) // ((end - begin) // _SECOND)
    return points[-1][1]


def grown(amount: int, part: int, unit: int, grain: int) -> int:
    """Return `part` millionths of an amount in whole units, towards 0; all of it when all is shown.

    The grain, 0 to 999,999, decides which way an hour's fractions go: with one of its own for each
    hour, small counts still add up to their share over a day.

    >>> grown(10, 970_000, 1, 0), grown(10, 970_000, 1, 500_000), grown(10, WHOLE, 1, 0)
    (9, 10, 10)
    """
    if part == WHOLE:
        return amount
    size = (abs(amount) // unit * part + grain) // WHOLE * unit
    return -size if amount < 0 else size


def shown(truth: Sums, source: Source, age: timedelta, grain: int) -> Sums:
    """Return what is shown of an hour's truth; there is no value before its first purchase."""

    def part(amount: int | None, kind: Kind, unit: int) -> int | None:
        return None if amount is None else grown(amount, share(source, kind, age), unit, grain)

    purchases = part(truth.conversions, Kind.PURCHASES, _CREDIT if source is Source.GOOGLE else MICROS)
    is_early = bool(truth.conversions) and not purchases
    return Sums(
        spend=part(truth.spend, Kind.DELIVERY, _CENT),
        revenue=0 if is_early else part(truth.revenue, Kind.VALUE, _CENT),
        impressions=part(truth.impressions, Kind.DELIVERY, 1),
        clicks=part(truth.clicks, Kind.DELIVERY, 1),
        conversions=purchases,
    )
