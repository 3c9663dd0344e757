"""`private/notifications`: a brand's addresses, which no browser reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.notifications import Notifications
from shared.core.wire.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    return fields
