"""Who exists out there: two companies with their accounts and keys, and the keys that do not work."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.world.story import Story

ADS_SCOPE = "https://www.googleapis.com/auth/adwords"
ANALYTICS_SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
CLOUD_SCOPE = "https://www.googleapis.com/auth/cloud-platform"

# Google Ads accounts that the demo tenant's key opens, each with a catch.
MANAGER_ACCOUNT = "1112223330"
CANCELLED_ACCOUNT = "1112223331"
MANAGED_ACCOUNT = "1112223332"  # only with MANAGER_ACCOUNT as login-customer-id

# Keys that do not work, and the refusal each meets; for Google, refresh tokens of the demo tenant's client.
META_TOKENS = {
    "EAABdemo-expired": "expired",
    "EAABdemo-revoked": "revoked",
    "EAABdemo-checkpoint": "checkpoint",
    "EAABdemo-no-permission": "no_permission",
    "EAABdemo-insights-denied": "insights_denied",
}
GOOGLE_REFRESH_TOKENS = {"1//demo-revoked": "revoked", "1//demo-reauth": "reauth"}
GOOGLE_ACCESS = {
    "1//demo-test-project": "test_project",
    "1//demo-api-disabled": "api_disabled",
    "1//demo-no-ads-user": "no_ads_user",
    "1//demo-unticked": "unticked",  # the person did not tick the scope
}
# Opens Ads, but its consent screen is still in testing: it dies seven days after the consent.
TESTING_CONSENT = "1//demo-testing-consent"
GEMINI_KEY = "demo-gemini-key"
INVALID_GEMINI_KEY = "invalid-gemini-key"


@dataclass(frozen=True, slots=True)
class Tenant:
    name: str
    company: str
    story: Story
    meta_key: str
    meta_account: str
    meta_app_id: str
    meta_app_secret: str
    google_account: str
    ga4_account: str
    client_id: str
    client_secret: str
    google_refresh_token: str
    ga4_refresh_token: str
    slack_token: str
    slack_channel: str
    slack_channel_name: str

    @property
    def google_key(self) -> str:
        return self.key_with(self.google_refresh_token)

    @property
    def ga4_key(self) -> str:
        return self.key_with(self.ga4_refresh_token)

    @property
    def slack_hook(self) -> str:
        """What follows `/services/` in the address of the incoming webhook to its Slack channel."""
        name = self.name.upper()
        return f"T0{name}0001/B0{name}0001/{self.name}MadeUpWebhookSecret"

    @property
    def service_account(self) -> str:
        """The e-mail of the service account that is a user of the Ads account and the property."""
        return f"reader@{self.name}-war-room.iam.gserviceaccount.com"

    def key_with(self, refresh_token: str) -> str:
        """Return the OAuth key a brand pastes, as compact JSON."""
        fields = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": refresh_token,
        }
        return json.dumps(fields, separators=(",", ":"))


DEMO = Tenant(
    name="demo",
    company="Aurora",
    story=Story("demo"),
    meta_key="EAABdemo-meta-token",
    meta_account="900100200300",
    meta_app_id="5550001",
    meta_app_secret="demo-app-secret",  # noqa: S106 - made up
    google_account="1234567890",
    ga4_account="345678901",
    client_id="1001-demo.apps.googleusercontent.com",
    client_secret="GOCSPX-demo-client-secret",  # noqa: S106 - made up
    google_refresh_token="1//demo-ads-refresh-token",  # noqa: S106 - made up
    ga4_refresh_token="1//demo-analytics-refresh-token",  # noqa: S106 - made up
    slack_token="xoxb-demo-war-room",  # noqa: S106 - made up
    slack_channel="C0DEMO00001",
    slack_channel_name="performance",
)
OTHER = Tenant(
    name="other",
    company="",
    story=Story("other", ZoneInfo("America/New_York"), "USD"),
    meta_key="EAABother-meta-token",
    meta_account="900100200999",
    meta_app_id="5550002",
    meta_app_secret="other-app-secret",  # noqa: S106 - made up
    google_account="9876543210",
    ga4_account="456789012",
    client_id="1002-other.apps.googleusercontent.com",
    client_secret="GOCSPX-other-client-secret",  # noqa: S106 - made up
    google_refresh_token="1//other-ads-refresh-token",  # noqa: S106 - made up
    ga4_refresh_token="1//other-analytics-refresh-token",  # noqa: S106 - made up
    slack_token="xoxb-other-war-room",  # noqa: S106 - made up
    slack_channel="C0OTHER0001",
    slack_channel_name="performance",
)
TENANTS = {tenant.name: tenant for tenant in (DEMO, OTHER)}


@cache
def signing_key(_tenant: Tenant) -> rsa.RSAPrivateKey:
    """Return the key of a tenant's service account: one per tenant and process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def service_account_json(tenant: Tenant, token_uri: str) -> dict[str, str]:
    """Return the file that a person downloads for a service account."""
    pem = signing_key(tenant).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": f"{tenant.name}-war-room",
        "private_key_id": f"{tenant.name}-key-1",
        "private_key": pem.decode(),
        "client_email": tenant.service_account,
        "client_id": tenant.client_id.partition("-")[0],
        "token_uri": token_uri,
    }
