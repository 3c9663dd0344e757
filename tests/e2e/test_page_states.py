"""Every state of the page, shown by mock mode, in a real browser; pictures go to .warroom/pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.page import STATES, Window, context, picture, serious, show, window
from local.platform import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.e2e.running import Running

PICTURES = REPO / ".warroom" / "pictures"
LOOKS = {
    "wide-light": {"scheme": "light", "size": (1440, 900)},
    "wide-dark": {"scheme": "dark", "size": (1440, 900)},
    "phone-light": {"scheme": "light", "size": (390, 844)},
    "phone-dark": {"scheme": "dark", "size": (390, 844)},
}


@pytest.fixture
def tab(running: Running, chrome: Browser) -> Iterator[Window]:
    assert running.platform.page_ready(120), running.platform.page_says
    with context(chrome) as own:
        yield window(own, running.platform.urls["gateway"])


@pytest.mark.parametrize("scenario", STATES)
def test_a_state_shows_what_it_is_and_says_that_it_is_made_up(tab: Window, scenario: str) -> None:
    show(tab, scenario)

    said = tab.see("[data-banner=mock]")
    picture(tab, PICTURES, scenario)
    assert scenario in said
    assert serious(tab) == []
    assert tab.complaints == []
    assert tab.strangers({tab.gateway.removeprefix("http://")}) == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_is_whole_on_every_screen_and_in_either_light(
    running: Running, chrome: Browser, look: str
) -> None:
    assert running.platform.page_ready(120), running.platform.page_says
    with context(chrome, **LOOKS[look]) as own:  # type: ignore[arg-type]
        tab = window(own, running.platform.urls["gateway"])

        show(tab, "drop", source="meta")

        picture(tab, PICTURES, look)
        wide, shown = tab.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= shown
        assert serious(tab) == []


def test_no_data_is_a_gap_in_the_chart_and_never_zero(tab: Window) -> None:
    show(tab, "no-data", lang="en")
    tab.page.locator(".chart:not(.compact) summary").click()
    values = tab.page.locator(".chart:not(.compact) tbody tr td:nth-child(2)").all_inner_texts()

    assert values.count("no data") == 10
    assert not any(value.startswith("R$0") for value in values)


def test_a_refusal_names_its_request_and_can_be_tried_again(tab: Window) -> None:
    show(tab, "error", lang="en")
    before = len(tab.asked)

    assert len(tab.see("[data-banner=error] code")) == 32
    tab.page.get_by_role("button", name="Try again").click()
    tab.page.wait_for_timeout(500)
    assert len(tab.asked) == before  # mock mode's refusal stays in the page


def test_a_key_is_tried_saved_and_gone_from_the_form(tab: Window) -> None:
    show(tab, "no-integration", lang="en")
    form = tab.page.locator("[data-platform=meta_ads]")
    form.locator("[name=accountId]").fill("900100200300")
    form.locator("[name=apiKey]").fill("EAAB-made-up")

    form.get_by_role("button", name="Validate").click()
    form.locator(".banner.good").wait_for()
    form.get_by_role("button", name="Save").click()
    form.locator(".banner.good").wait_for()

    tab.page.wait_for_function("document.querySelector('[name=apiKey]').value === ''")


@pytest.mark.parametrize("look", LOOKS)
def test_where_the_brand_is_told_is_whole_on_every_screen_and_in_either_light(
    running: Running, chrome: Browser, look: str
) -> None:
    assert running.platform.page_ready(120), running.platform.page_says
    with context(chrome, **LOOKS[look]) as own:  # type: ignore[arg-type]
        tab = window(own, running.platform.urls["gateway"])

        show(tab, "token-dead", panel="notifications", lang="pt-BR" if "light" in look else "en")
        tab.see("[data-channel=slack] .banner.bad")
        slack, mail = (tab.page.locator(f"[data-channel={each}]") for each in ("slack", "email"))
        picture(tab, PICTURES, f"notifications-{look}-top", whole=False)
        slack.get_by_role("button", name="Trocar" if "light" in look else "Change").click()
        mail.locator("[name=recipients]").fill(f"{'long' * 15}@{'longer.' * 12}example")
        mail.locator(".key button").click()
        mail.locator(".banner.good").wait_for()

        picture(tab, PICTURES, f"notifications-{look}", whole=False)
        sides = "const e = document.querySelector('.drawer'); [e.scrollWidth, e.clientWidth]"
        wide, shown = tab.page.evaluate(sides)
        assert wide <= shown
        assert serious(tab) == []
        tab.page.locator("[data-channel=dashboard]").scroll_into_view_if_needed()
        picture(tab, PICTURES, f"notifications-{look}-below", whole=False)
        assert tab.complaints == []


def test_a_dead_address_is_switched_on_again_and_tried(tab: Window) -> None:
    show(tab, "token-dead", lang="en", panel="notifications")
    slack = tab.page.locator("[data-channel=slack]")
    assert "revoked" in tab.see("[data-channel=slack] .banner.bad")
    assert slack.get_by_role("button", name="Send a test message").count() == 0

    slack.get_by_role("button", name="Switch on again").click()
    slack.locator(".banner.bad").wait_for(state="detached")
    assert slack.locator(".status").inner_text() == "on"
    slack.get_by_role("button", name="Send a test message").click()
    slack.locator(".banner.good").filter(has_text="teste").wait_for()


def test_who_gives_an_address_hears_of_trouble_and_may_switch_that_off(tab: Window) -> None:
    show(tab, "empty", lang="en", panel="notifications")
    mail = tab.page.locator("[data-channel=email]")
    assert tab.see("[data-channel=email] .status") == "not set up"

    mail.locator("[name=recipients]").fill("team@aurora.example; nobody")
    mail.get_by_role("button", name="Add").click()
    assert "“nobody”" in tab.see("[data-channel=email] [role=alert]")
    mail.locator("[name=recipients]").fill("team@aurora.example; Team@aurora.example, ana@aurora.example")
    mail.get_by_role("button", name="Add").click()

    tab.see("[data-channel=email] .recipients .status", "on")
    assert mail.locator(".recipients code").all_inner_texts() == ["team@aurora.example", "ana@aurora.example"]
    switch = mail.get_by_role("checkbox")
    assert switch.is_checked()
    switch.uncheck()
    tab.see("[data-channel=email] .head .status", "switched off")


@pytest.mark.parametrize(
    ("lang", "money", "part"), [("pt-BR", "R$ 14.624", "−80,6"), ("en", "R$14,624", "−80.6")]
)
def test_figures_are_written_as_their_reader_writes_them(
    tab: Window, lang: str, money: str, part: str
) -> None:
    show(tab, "drop", lang=lang)

    said = tab.see(".incident").replace("\xa0", " ")
    assert money in said
    assert part in said
    assert tab.page.evaluate("document.documentElement.lang") == lang


def test_the_parts_of_an_explanation_add_up_to_its_total(tab: Window) -> None:
    show(tab, "drop", lang="en")

    amounts = tab.page.locator(".split tbody .amount").all_inner_texts()
    total = tab.page.locator(".split tfoot .amount").inner_text()
    read = [float(text.replace("−", "-").replace("+", "").replace(",", "")) for text in amounts]
    assert sum(read) == pytest.approx(float(total.replace("−", "-")), abs=0.02)


def test_a_fact_lights_its_bar(tab: Window) -> None:
    show(tab, "drop", lang="en")

    tab.page.locator(".chip").filter(has_text="Conversion rate").hover()

    assert "Conversion rate" in tab.see(".split tr.lit")
