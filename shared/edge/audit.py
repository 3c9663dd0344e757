"""The record of every use of a key: who asked what of which brand's key, and what came of it; never the key.

One log line each, `key_audit`:

    action     validate, connect or disconnect by a person; open by a door that needs the key itself
    brandId    whose key, as asked: it need not be the caller's, nor exist
    platform   what the key opens: a platform's wire name, or slack
    result     ok, or one word for why not: a platform's refusal or an error's reason
    uid        who asked, where a token said so
    door       with requestId or eventId, as in every other line of the same call
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.edge.log import log
from shared.errors import WarRoomError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.core.brand import BrandId
    from shared.core.secret import Secret
    from shared.ports import Keys


@dataclass(slots=True)
class Entry:
    """What is known only on the way; an error on the way has the last word."""

    uid: str | None = None
    result: str = "ok"


@contextmanager
def on_record(action: str, brand_id: BrandId, platform: str) -> Iterator[Entry]:
    """Leave one record of what happens inside, however it ends."""
    entry = Entry()
    try:
        yield entry
    except WarRoomError as error:
        entry.uid, entry.result = entry.uid or error.uid, error.reason
        raise
    except BaseException:
        entry.result = "internal"
        raise
    finally:
        log(
            logging.INFO,
            "key_audit",
            action=action,
            brandId=brand_id,
            platform=platform,
            result=entry.result,
            uid=entry.uid,
        )


@dataclass(frozen=True, slots=True)
class RecordedKeys:
    """A vault of which every opening is on record."""

    keys: Keys

    def seal(self, secret: Secret, *, brand_id: BrandId, purpose: str, account_id: str) -> str:
        return self.keys.seal(secret, brand_id=brand_id, purpose=purpose, account_id=account_id)

    def fingerprint(self, secret: Secret) -> str:
        return self.keys.fingerprint(secret)

    def open(self, envelope: str, *, brand_id: BrandId, purpose: str, account_id: str) -> Secret:
        with on_record("open", brand_id, purpose):
            return self.keys.open(envelope, brand_id=brand_id, purpose=purpose, account_id=account_id)

    def rewrap(self, envelope: str, *, brand_id: BrandId, purpose: str, account_id: str) -> str | None:
        with on_record("open", brand_id, purpose):
            return self.keys.rewrap(envelope, brand_id=brand_id, purpose=purpose, account_id=account_id)
