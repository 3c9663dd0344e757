"""The page against the running platform: signed in, listening, acting; no stub is between them."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from google.cloud.firestore import Client

from bench.page import Window, context, hosts, picture, serious, window
from bench.shop import BRAND, Shop
from local.auth import OWNER
from local.platform import REPO
from local.world.tenants import DEMO
from shared.core.notifications import HOOK_URL
from tests.e2e.running import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext

    from tests.e2e.running import Running

PICTURES = REPO / ".warroom" / "pictures"
SHOP = {"brand": "cobalt", "source": "meta", "lang": "en"}
CONFIG = "brands/cobalt/performance_configs/main"
TRIAL = "✅ Cobalt: test message"


@pytest.fixture(scope="module")
def person(running: Running, chrome: Browser) -> Iterator[BrowserContext]:
    """A browser in which the demo's owner has signed in."""
    assert running.platform.auth_ready(150), running.platform.auth_says
    assert running.platform.page_ready(150), running.platform.page_says
    with context(chrome, size=(1440, 900)) as own:
        tab = window(own, running.platform.urls["gateway"])
        tab.open(lang="en")
        tab.sign_in()
        tab.see(".tile")
        tab.page.close()
        yield own


@pytest.fixture
def tab(running: Running, person: BrowserContext) -> Iterator[Window]:
    opened = window(person, running.platform.urls["gateway"])
    yield opened
    assert opened.complaints == []
    assert opened.strangers(hosts(running.platform)) == []
    opened.page.close()


@pytest.fixture
def unhurried(running: Running) -> None:
    """Forget how often addresses were saved and tried in this minute."""
    for limit in Client(project=running.platform.project).collection("limits").list_documents():
        if "channels" in limit.id:
            limit.delete()


def channels(running: Running) -> object:
    settings = stored(running, CONFIG)["sentrySettings"]
    assert isinstance(settings, dict)
    return settings["notificationChannels"]


def stored(running: Running, path: str) -> dict[str, object]:
    return Client(project=running.platform.project).document(path).get().to_dict() or {}


def inbox(running: Running) -> dict[str, list[dict[str, Any]]]:
    """Return what the simulated Slack and mail server have taken in."""
    found = requests.get(f"{running.platform.urls['world']}/_world/inbox", timeout=5).json()
    return {"slack": found["slack"], "mail": found["mail"]}


def anomalies(running: Running) -> dict[str, str]:
    """Return the status of each of the shop's anomalies, by id."""
    found = Client(project=running.platform.project).collection("brands/cobalt/performance_anomalies")
    return {each.id: each.get("status") for each in found.stream()}


def test_a_wrong_password_is_told_apart_from_being_away(running: Running, chrome: Browser) -> None:
    assert running.platform.auth_ready(150), running.platform.auth_says
    assert running.platform.page_ready(150), running.platform.page_says
    with context(chrome) as own:
        tab = window(own, running.platform.urls["gateway"])
        tab.open(lang="en")
        tab.sign_in(password="guess")

        assert "wrong" in tab.see(".sign-in [role=alert]")


def test_the_demo_brand_is_read_in_ten_seconds_and_pictured(running: Running, tab: Window) -> None:
    running.quiet()
    tab.open(brand="aurora", lang="en", source="meta", metric="cpc")
    tab.banded()

    said = tab.see(".incident")
    tab.see(".insight", "Meta Ads")
    tab.page.wait_for_timeout(300)
    picture(tab, PICTURES, "war-room", whole=False)

    assert "Meta Ads" in said
    assert "at risk" in said
    assert "expected" in said
    assert serious(tab) == []


def test_an_anomaly_arrives_live_is_explained_and_answered_in_every_tab(
    running: Running, tab: Window, person: BrowserContext, shop: Shop
) -> None:
    tab.open(**SHOP)
    tab.see(".peace")
    other = window(person, tab.gateway)
    other.open(**SHOP)
    other.see(".peace")

    shop.sell(spend=3.0, now=datetime.now(UTC))

    assert "Meta Ads" in tab.see(".incident")
    tab.page.get_by_role("button", name="Explain").click()
    tab.see(".insight", "expected")
    tab.page.locator(".why summary").click()
    assert "30 %" in tab.see(".why dl")

    tab.page.locator(".incident").get_by_role("button", name="Investigate").click()
    other.see(".explanation .status", "Investigating")
    other.page.locator(".incident").get_by_role("button", name="Snooze").click()
    for each in (tab, other):
        each.see(".peace")
    tab.page.get_by_role("button", name="1 incident is snoozed").click()
    assert "Snoozed until" in tab.see(".alert .status")
    tab.page.get_by_label("Select all").check()
    tab.page.locator(".bulk").get_by_role("button", name="Resolve").click()
    other.page.get_by_role("button", name="is snoozed").wait_for(state="detached")
    until(lambda: set(anomalies(running).values()) <= {"resolved", "new"})
    assert "resolved" in anomalies(running).values()
    other.page.close()


def test_numbers_change_without_a_reload(tab: Window, shop: Shop) -> None:
    tab.open(**SHOP, metric="revenue")
    tab.banded()
    before = tab.see(".tile[aria-pressed=true] .tile-value")

    shop.sell(spend=3.0, revenue=1.02, now=datetime.now(UTC))

    tab.page.wait_for_function(
        "before => document.querySelector('.tile[aria-pressed=true] .tile-value').innerText !== before",
        arg=before,
    )


def test_a_restated_point_shows_what_was_judged(tab: Window, shop: Shop) -> None:
    for revenue in (1.03, 1.04):
        shop.sell(spend=3.0, revenue=revenue, now=datetime.now(UTC))
    tab.open(**SHOP, metric="revenue")
    tab.banded()
    tab.page.locator(".chart:not(.compact) .plot").focus()
    tab.page.keyboard.press("End")
    tab.page.keyboard.press("ArrowLeft")

    assert "when judged" in tab.see(".chart:not(.compact) .readout", "was US$")


def test_a_platform_is_tried_connected_and_disconnected_and_its_key_never_seen_again(
    running: Running, tab: Window
) -> None:
    tab.open(**SHOP, panel="integrations")
    form = tab.page.locator("[data-platform=meta_ads]")
    form.locator("[name=accountId]").fill(DEMO.meta_account)
    form.locator("[name=apiKey]").fill("EAABdemo-expired")
    form.get_by_role("button", name="Validate").click()
    assert "expired" in tab.see("[data-platform=meta_ads] .banner.bad")

    form.locator("[name=apiKey]").fill(DEMO.meta_key)
    form.get_by_role("button", name="Save").click()
    tab.see("[data-platform=meta_ads] .status", "active")
    tab.page.reload()
    tab.see("[data-platform=meta_ads] .hint", "never shown again")
    kept = str(stored(running, CONFIG))
    assert DEMO.meta_key not in kept
    assert DEMO.meta_key not in tab.page.content()

    form.get_by_role("button", name="Disconnect").click()
    form.get_by_role("alert").get_by_role("button", name="Disconnect").click()
    tab.see("[data-platform=meta_ads] .status", "disconnected")


@pytest.mark.usefixtures("unhurried")
def test_slack_is_told_tried_and_forgotten_and_its_secrets_never_seen_again(
    running: Running, tab: Window
) -> None:
    tab.open(**SHOP, panel="notifications")
    card = tab.page.locator("[data-channel=slack]")
    assert tab.see("[data-channel=slack] .status") == "not set up"
    card.locator("[name=webhookUrl]").fill("https://example.com/services/T0/B0/guess")
    card.get_by_role("button", name="Save").click()
    assert "Webhook address" in tab.see("[data-channel=slack] [role=alert]")

    card.locator("[name=webhookUrl]").fill(HOOK_URL + DEMO.slack_hook)
    card.get_by_role("button", name="Save").click()
    tab.see("[data-channel=slack] .status", "on")
    card.get_by_role("button", name="Send a test message").click()
    tab.see("[data-channel=slack] .banner.good", "Test message sent")
    assert TRIAL in [message["text"] for message in inbox(running)["slack"]]
    until(lambda: channels(running) == ["dashboard", "slack"])

    card.get_by_role("button", name="Change").click()
    card.get_by_role("button", name="Bot in a channel").click()
    card.locator("[name=channel]").fill(DEMO.slack_channel)
    card.locator("[name=botToken]").fill(DEMO.slack_token)
    card.get_by_role("button", name="Save").click()
    tab.see("[data-channel=slack] code", DEMO.slack_channel)
    written = str([stored(running, CONFIG), stored(running, "brands/cobalt/private/notifications")])
    for secret in (DEMO.slack_token, DEMO.slack_hook.rpartition("/")[2]):
        assert secret not in tab.page.content()
        assert secret not in written
    tab.page.reload()
    tab.see("[data-channel=slack] .hint", "never shown again")

    card.get_by_role("checkbox").uncheck()
    tab.see("[data-channel=slack] .status", "switched off")
    card.get_by_role("button", name="Forget").click()
    card.get_by_role("alert").get_by_role("button", name="Forget").click()
    tab.see("[data-channel=slack] .status", "not set up")
    assert stored(running, "brands/cobalt/private/notifications") == {"emailRecipients": []}
    until(lambda: channels(running) == ["dashboard"])


@pytest.mark.usefixtures("unhurried")
def test_people_are_added_tried_and_removed(running: Running, tab: Window) -> None:
    tab.open(**SHOP, panel="notifications")
    card = tab.page.locator("[data-channel=email]")
    card.locator("[name=recipients]").fill("cobalt@aurora.example, ana@aurora.example")
    card.locator("[name=recipients]").press("Enter")
    tab.see("[data-channel=email] .recipients", "ana@aurora.example")
    card.get_by_role("button", name="Send a test message").click()
    tab.see("[data-channel=email] .banner.good", "Test message sent")
    (tried,) = [mail["to"] for mail in inbox(running)["mail"] if mail["subject"] == TRIAL]
    assert tried == ["cobalt@aurora.example", "ana@aurora.example"]

    card.get_by_role("button", name="Critical only").click()
    tab.see("[data-channel=email] [aria-pressed=true]", "Critical only")
    card.get_by_role("checkbox").uncheck()
    tab.see("[data-channel=email] .head .status", "switched off")
    until(lambda: channels(running) == ["dashboard"])

    for address in ("ana@aurora.example", "cobalt@aurora.example"):
        card.get_by_role("button", name=f"Remove {address}").click()
        card.get_by_text(address, exact=True).wait_for(state="detached")
    tab.see("[data-channel=email] .status", "not set up")


def test_sensitivity_is_chosen_by_what_it_would_have_raised(running: Running, tab: Window) -> None:
    tab.open(**SHOP, panel="tune")
    low = tab.page.locator("[data-sensitivity=low]")
    assert "alert" in tab.see("[data-sensitivity=high] p")

    low.get_by_role("button", name="Use").click()

    tab.see("[data-sensitivity=low] .status", "in use")
    chosen = {"enabled": True, "sensitivity": "low", "notificationChannels": ["dashboard"]}
    until(lambda: stored(running, CONFIG)["sentrySettings"] == chosen)


def test_a_link_shows_the_next_person_the_same(running: Running, tab: Window, chrome: Browser) -> None:
    tab.open(brand="aurora", lang="pt-BR", source="google", metric="roas", range="7d", severity="critical")
    tab.banded()
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.page.get_by_role("button", name="Copiar link").click()
    tab.see(".toast", "copiado")
    link = tab.page.evaluate("navigator.clipboard.readText()")
    seen = tab.page.locator(".tiles").inner_text()

    with context(chrome, locale="en-US", size=(1440, 900)) as own:
        other = window(own, running.platform.urls["gateway"])
        other.page.goto(link)
        other.sign_in()
        other.banded()

        assert other.page.locator(".tiles").inner_text() == seen
        assert "ROAS" in other.see(".chart:not(.compact) .chart-title")
        assert other.page.locator("[aria-label=Gravidade]").input_value() == "critical"


@pytest.mark.parametrize(("lang", "separator", "comma"), [("pt-BR", ";", ","), ("en", ",", ".")])
def test_an_export_opens_right_in_the_readers_spreadsheet(
    tab: Window, lang: str, separator: str, comma: str
) -> None:
    tab.open(brand="aurora", lang=lang, range="1d")
    tab.banded()
    with tab.page.expect_download() as coming:
        tab.page.locator(".sources button").click()

    text = coming.value.path().read_bytes()
    head, *rows = csv.reader(text.decode("utf-8-sig").splitlines(), delimiter=separator)
    assert text.startswith(b"\xef\xbb\xbf")
    assert coming.value.suggested_filename.startswith("aurora_hourly_")
    assert len(head) == len(rows[0]) == 10
    assert 80 <= len(rows) <= 100
    assert all(row[-1] == "BRL" for row in rows)
    assert any(comma in row[2] for row in rows)


def test_everything_is_within_reach_of_the_keyboard(tab: Window) -> None:
    tab.open(brand="aurora", lang="en", status="all")
    tab.see(".alert")
    keys = tab.page.keyboard

    keys.press("?")
    tab.see(".drawer kbd")
    keys.press("Escape")
    tab.page.locator(".drawer").wait_for(state="detached")
    keys.press("j")
    keys.press("j")
    chosen = tab.page.evaluate("document.activeElement.dataset.alert")
    keys.press("Enter")
    tab.see(".alert.chosen")
    keys.press("[")
    tab.see(".fixed")
    keys.press("/")
    tab.page.keyboard.type("nothing like it")

    assert "filters" in tab.see(".inbox .hint")
    assert f"anomaly={chosen}" in tab.page.url
    assert "from=" in tab.page.url
    assert tab.page.evaluate("document.activeElement.id") == "search"


def test_somebody_elses_brand_is_refused_in_words_with_a_request_to_quote(tab: Window) -> None:
    tab.open(brand="boreal-of-another", lang="en")

    said = tab.see("[data-banner=forbidden]")
    assert "not yours" in said
    assert len(tab.page.locator("[data-banner=forbidden] code").inner_text()) == 32


def test_without_a_network_the_last_numbers_stay_with_their_age(tab: Window) -> None:
    tab.open(brand="aurora", lang="en")
    tab.banded()
    seen = tab.page.locator(".tiles").inner_text()

    tab.page.context.set_offline(True)
    assert "Offline" in tab.see("[data-banner=offline]")
    assert tab.page.locator(".tiles").inner_text() == seen

    tab.page.context.set_offline(False)
    tab.page.locator("[data-banner=offline]").wait_for(state="detached")


def test_where_listening_fails_the_page_asks_instead(tab: Window) -> None:
    """Brands have come; then nothing more is heard."""
    tab.open(brand="aurora", lang="en")
    tab.banded()
    tab.page.context.route("**/google.firestore.v1.Firestore/**", lambda route: route.abort())
    tab.page.get_by_label("Brand").select_option("cobalt")

    assert "every half minute" in tab.see("[data-banner=poll]")
    tab.see(".tile-value", "US$")
    tab.see(".inbox .hint, .alert")
    tab.page.context.unroute_all()


def test_signing_out_takes_everything_from_the_screen(running: Running, chrome: Browser) -> None:
    with context(chrome) as own:
        tab = window(own, running.platform.urls["gateway"])
        tab.open(brand="aurora", lang="en")
        tab.sign_in()
        tab.see(".tile")

        tab.page.get_by_role("button", name="Sign out").click()

        tab.see(".sign-in")
        assert tab.page.locator(".tile").count() == 0


def test_the_shop_is_the_owners(running: Running) -> None:
    assert stored(running, f"brands/{BRAND.id}")["ownerId"] == OWNER
