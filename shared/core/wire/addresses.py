"""What the API answers of where a brand is told: to its owner, who typed the e-mail addresses."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from shared.core.wire.notifications import channels_fields

if TYPE_CHECKING:
    from shared.core.addresses import Addresses


def addresses_fields(shown: Addresses) -> dict[str, object]:
    """Write the channels, whether the settings want them, and what came of trying them, where asked.

    A webhook is masked and a token is not there at all.
    """
    channels = channels_fields(shown.where, show=str)
    answer: dict[str, object] = {"brandId": shown.brand_id} | {
        name: None if channel is None else channel | {"enabled": name in shown.wanted}
        for name, channel in channels.items()
    }
    if shown.tests:
        answer["tests"] = {name: asdict(tried) for name, tried in shown.tests.items()}
    return answer
