"""`warroom add-brand`: a brand to import into, or to connect."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ops.options import add_command
from ops.result import Result
from shared import wiring
from shared.core.brand import Brand, brand_id
from shared.core.sentry.settings import SentrySettings
from shared.core.sentry.threshold import Sensitivity
from shared.core.wire.config import CHANNELS, LOCALES
from shared.errors import BadRequest

if TYPE_CHECKING:
    import argparse

    from ops.options import Commands


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "add-brand",
        run,
        about="create a brand with its Sentry settings",
        dry_run="check what is asked for, create nothing",
    )
    parser.add_argument("brand", help="its id")
    parser.add_argument("--owner", required=True, help="the Firebase uid of its owner")
    parser.add_argument("--name")
    parser.add_argument("--time-zone", default="America/Sao_Paulo", help="IANA name")
    parser.add_argument("--currency", default="BRL", help="ISO 4217")
    parser.add_argument("--locale", default="pt-BR", choices=LOCALES)
    parser.add_argument("--sensitivity", default="medium", choices=[s.value for s in Sensitivity])


def run(asked: argparse.Namespace) -> Result:
    try:
        zone = ZoneInfo(asked.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadRequest("time-zone", "an IANA time zone is required") from None
    known = brand_id(asked.brand, "brand")
    name, currency = asked.name or known, asked.currency.upper()
    brand = Brand(known, asked.owner, name, zone, currency, asked.locale, "purchase")
    settings = SentrySettings(sensitivity=Sensitivity(asked.sensitivity), channels=CHANNELS[:1])
    brands = wiring.brands()
    if brands.get(known) is not None:
        raise BadRequest("brand", f"{known} exists already")
    if not asked.dry_run:
        brands.create(brand, settings, now=wiring.clock().now())
    return Result({"brand": known, "owner": asked.owner})
