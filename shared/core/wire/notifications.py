"""`private/notifications`: a brand's addresses, which no browser reads; and what its owner sees of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.notifications import EMAIL, HOOK_URL, SLACK, Notifications, masked
from shared.core.refusal import Refusal
from shared.core.wire.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.core.brand import BrandId


def notifications_of(fields: Mapping[str, object], brand_id: BrandId) -> Notifications:
    read = Fields(fields, f"brands/{brand_id}/private/notifications")
    slack, hook = read.optional_inner("slack"), read.optional_inner("slackHook")
    return Notifications(
        slack_channel=slack.text("channel") if slack else None,
        slack_sealed_token=slack.text("encryptedToken") if slack else None,
        email_recipients=read.texts("emailRecipients"),
        slack_hook=hook.text("name") if hook else None,
        slack_sealed_hook=hook.text("encryptedPath") if hook else None,
        refusals=tuple(_refusal(each) for each in read.inners("refusals")),
        critical_only=frozenset(read.texts("criticalOnly")),
    )


def notifications_fields(notifications: Notifications) -> dict[str, object]:
    fields: dict[str, object] = {"emailRecipients": list(notifications.email_recipients)}
    if notifications.slack_channel and notifications.slack_sealed_token:
        fields["slack"] = {
            "channel": notifications.slack_channel,
            "encryptedToken": notifications.slack_sealed_token,
        }
    if notifications.slack_hook and notifications.slack_sealed_hook:
        fields["slackHook"] = {
            "name": notifications.slack_hook,
            "encryptedPath": notifications.slack_sealed_hook,
        }
    if notifications.refusals:
        fields["refusals"] = [_refusal_fields(each) for each in notifications.refusals]
    if notifications.critical_only:
        fields["criticalOnly"] = sorted(notifications.critical_only)
    return fields


def channels_fields(
    told: Notifications, *, show: Callable[[str], str] = masked
) -> dict[str, dict[str, object] | None]:
    """Write what the owner may read: where the brand is told, and what is off since when and why.

    No secret is in it; `show` writes an e-mail address.
    """
    slack: dict[str, object] | None = None
    if told.slack_sealed_hook is not None:
        slack = {"kind": "webhook", "webhookUrl": f"{HOOK_URL}{told.slack_hook}/…"}
    elif told.slack_sealed_token is not None:
        slack = {"kind": "bot", "channel": told.slack_channel}
    recipients = [
        {"address": show(each)} | _state(told.refusal_of((EMAIL, each))) for each in told.email_recipients
    ]
    return {
        SLACK: None if slack is None else slack | _state(told.refusal_of((SLACK, ""))) | _least(told, SLACK),
        EMAIL: {"recipients": recipients} | _least(told, EMAIL) if recipients else None,
    }


def _least(told: Notifications, channel: str) -> dict[str, object]:
    return {"leastSeverity": "critical" if channel in told.critical_only else "warning"}


def _state(refusal: Refusal | None) -> dict[str, object]:
    if refusal is None or refusal.off_at is None:
        return {"state": "on"}
    return {"state": "off", "reason": refusal.reason, "offSince": refusal.off_at}


def _refusal(read: Fields) -> Refusal:
    return Refusal(
        channel=read.text("channel"),
        address=read.optional_text("address") or "",
        reason=read.text("reason"),
        times=read.count("times") or 0,
        since=read.instant("since"),
        last=read.instant("last"),
        off_at=read.optional_instant("offAt"),
        announced=read.flag("announced", default=False),
    )


def _refusal_fields(refusal: Refusal) -> dict[str, object]:
    return {
        "channel": refusal.channel,
        "address": refusal.address or None,
        "reason": refusal.reason,
        "times": refusal.times,
        "since": refusal.since,
        "last": refusal.last,
        "offAt": refusal.off_at,
        "announced": refusal.announced,
    }
