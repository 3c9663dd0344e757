"""Where a brand is told: shown without its secrets, saved in one write, tried out when asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from shared.core.addresses import Addresses, Tried
from shared.core.channel_message import away_text, reason_text, trial_message, unreadable_text, well_text
from shared.core.message import linked
from shared.core.notifications import EMAIL, SLACK, masked
from shared.core.saving import LeastSeverity
from shared.core.secret import Secret
from shared.core.wire.config import CHANNELS
from shared.errors import BadRequest, Forbidden, KeyUnreadable, PlatformRefused, Retryable
from shared.flows.channels import Telling, Unillustrated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.brand import Brand, BrandId, OwnedBrand
    from shared.core.notifications import Notifications
    from shared.core.saving import Saving
    from shared.flows.channels import Channel
    from shared.ports import BrandFile, Brands, Clock, Keys


class Sealing(Protocol):
    """What of the vault is needed to keep a secret."""

    def seal(self, secret: Secret, *, brand_id: BrandId, purpose: str, account_id: str) -> str: ...

    def open(self, envelope: str, *, brand_id: BrandId, purpose: str, account_id: str) -> Secret: ...


def show(owned: OwnedBrand, *, brands: Brands) -> Addresses:
    file = _file(owned, brands)
    return Addresses(file.brand.id, brands.notifications(file.brand.id), file.settings.channels)


def save(
    asked: Saving,
    owned: OwnedBrand,
    *,
    brands: Brands,
    keys: Keys,
    channels: Mapping[str, Channel],
    dashboard: str,
    clock: Clock,
) -> Addresses:
    """Save what is asked, secrets sealed, and switch on again what it names.

    A test that fails undoes nothing: what is saved is saved, and the answer says what Slack or the
    mail server said. BadRequest when what is stored does not go with what is asked.
    """
    file = _file(owned, brands)
    brand, now = file.brand, clock.now()
    where = brands.change_notifications(brand.id, lambda known: changed(known, asked, keys), now)
    named = asked.named or frozenset((SLACK, EMAIL))
    tests = {}
    if asked.test:
        message = linked(trial_message(brand), brand, dashboard)
        telling = Telling(
            brand.id, f"test_{int(now.timestamp())}", message, Unillustrated(), where, sent_as=None
        )
        tests = {
            name: _tried(channel, telling, brand)
            for name, channel in channels.items()
            if name in named and channel.reaches(where)
        }
    return Addresses(brand.id, where, file.settings.channels, tests)


def changed(known: Notifications, asked: Saving, keys: Sealing) -> Notifications:
    """Return a brand's addresses with what an owner saves; secrets are sealed for the brand."""
    where = known
    if SLACK in asked.named:
        where = _slack(where, asked, keys)
        where = _least(where, SLACK, asked.slack.least if asked.slack else None)
    if EMAIL in asked.named:
        kept = known.email_recipients if asked.email else ()
        recipients = asked.email.recipients if asked.email and asked.email.recipients else kept
        where = replace(where, email_recipients=recipients)
        where = _least(where, EMAIL, asked.email.least if asked.email else None)
    still = tuple(each for each in where.refusals if each.channel not in asked.named)
    return replace(where, refusals=still)


def _slack(known: Notifications, asked: Saving, keys: Sealing) -> Notifications:
    bare = replace(
        known, slack_channel=None, slack_sealed_token=None, slack_hook=None, slack_sealed_hook=None
    )
    saved = asked.slack
    if saved is None:
        return bare
    if saved.hook is not None and saved.hook_name is not None:
        sealed = keys.seal(
            saved.hook, brand_id=asked.brand_id, purpose="slack_hook", account_id=saved.hook_name
        )
        return replace(bare, slack_hook=saved.hook_name, slack_sealed_hook=sealed)
    if saved.channel is not None:
        token = saved.token or _stored_token(known, asked, keys)
        sealed = keys.seal(token, brand_id=asked.brand_id, purpose="slack", account_id=saved.channel)
        return replace(bare, slack_channel=saved.channel, slack_sealed_token=sealed)
    if known.slack_sealed_token is None and known.slack_sealed_hook is None:
        raise BadRequest("slack", "webhookUrl, or channel and botToken, is required")
    return known


def _stored_token(known: Notifications, asked: Saving, keys: Sealing) -> Secret:
    if known.slack_sealed_token is None or known.slack_channel is None:
        raise BadRequest("slack.botToken", "is required")
    try:
        return keys.open(
            known.slack_sealed_token,
            brand_id=asked.brand_id,
            purpose="slack",
            account_id=known.slack_channel,
        )
    except KeyUnreadable:
        raise BadRequest("slack.botToken", "is required: the stored one can no longer be read") from None


def _least(where: Notifications, channel: str, least: LeastSeverity | None) -> Notifications:
    if least is None:
        return where
    others = where.critical_only - {channel}
    return replace(
        where, critical_only=others | ({channel} if least is LeastSeverity.CRITICAL else frozenset())
    )


def _tried(channel: Channel, telling: Telling, brand: Brand) -> Tried:
    locale = brand.locale
    try:
        outcome = channel.tell(telling)
    except Retryable:
        return Tried(success=False, message=away_text(locale))
    except KeyUnreadable:
        return Tried(success=False, message=unreadable_text(locale))
    except PlatformRefused as refusal:
        return Tried(success=False, message=reason_text(refusal.reason, locale))
    said = [
        f"{masked(address)}: {reason_text(reason, locale)}" if address else reason_text(reason, locale)
        for address, reason in outcome.refused.items()
    ]
    said += [f"{masked(address)}: {away_text(locale)}" for address in outcome.waiting]
    return Tried(success=not said, message=" ".join(said) or well_text(locale))


def pretended(brand_id: BrandId, where: Notifications, asked: Saving | None = None) -> Addresses:
    """Answer a mock request: nothing is kept, and nobody is written to."""
    if asked is None:
        return Addresses(brand_id, where, CHANNELS)
    where, locale = changed(where, asked, _Unsealed()), "pt-BR"
    there = {SLACK: where.slack_on, EMAIL: bool(where.mailboxes)}
    sent = Tried(success=True, message=well_text(locale))
    named = asked.named or frozenset(there)
    tests = {name: sent for name in there if asked.test and there[name] and name in named}
    return Addresses(brand_id, where, CHANNELS, tests)


class _Unsealed:
    """Keeps no secret at all."""

    def seal(self, _secret: Secret, *, brand_id: BrandId, purpose: str, account_id: str) -> str:
        del brand_id, purpose, account_id
        return "mock"

    def open(self, _envelope: str, *, brand_id: BrandId, purpose: str, account_id: str) -> Secret:
        del brand_id, purpose, account_id
        return Secret("mock")


def _file(owned: OwnedBrand, brands: Brands) -> BrandFile:
    file = brands.get(owned.brand.id)
    if file is None:
        raise Forbidden("the brand is gone")
    return file
