"""An e-mail as a mail program takes it apart."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest

from shared.adapters.mail_body import mail_of
from shared.core.message import Link, Message, linked, message_of
from tests.unit.core.anomalies import raised_anomaly
from tests.unit.core.points import BRAND

PICTURE = b"\x89PNG made up"
SLY = '<script>alert("x")</script> & "quoted" <img src=https://evil.example/x.png>'
MESSAGE = Message(
    f"🔴 {SLY}: CPC 150% above",
    ("It rose.", "Suggested action: look."),
    (("Value", "€2.50"), (SLY, SLY)),
    link=Link("https://aurora.web.app/?brand=aurora&anomaly=an_1", "Open the dashboard"),
    locale="pt-BR",
    picture=PICTURE,
)


def read(message: Message) -> EmailMessage:
    """Return a message as it comes out of the wire."""
    sent = mail_of(message, "war-room@aurora.example", ["a@example.com", "b@example.com"], "<an_1@war-room>")
    return message_from_bytes(sent.as_bytes(), EmailMessage, policy=default)


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(message: Message = MESSAGE) -> Page:
    body = read(message).get_body(("html",))
    assert body is not None
    return Page(body.get_content())


def test_the_words_come_first_as_text_then_as_a_page_with_its_picture() -> None:
    mail = read(MESSAGE)

    assert [part.get_content_type() for part in mail.walk()] == [
        *("multipart/alternative", "text/plain"),
        *("multipart/related", "text/html", "image/png"),
    ]


def test_the_page_shows_the_picture_that_travels_with_it_and_fetches_nothing() -> None:
    mail = read(MESSAGE)
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]

    (image,) = page().of("img")

    assert picture["Content-ID"] == f"<{str(image['src']).removeprefix('cid:')}>"
    assert picture.get_content() == PICTURE
    assert picture.get_content_disposition() == "inline"
    assert image["alt"] == MESSAGE.title


def test_without_a_picture_everything_else_is_said() -> None:
    plain = replace(MESSAGE, picture=None)

    assert page(plain).of("img") == []
    assert page(plain).words == page().words
    assert read(plain).get_body(("plain",)) is not None


def test_whatever_a_name_holds_is_text() -> None:
    shown = page()

    assert shown.of("script") == []
    assert [image["src"] for image in shown.of("img") if not str(image["src"]).startswith("cid:")] == []
    assert SLY in shown.words


def test_both_bodies_say_the_same() -> None:
    text = read(MESSAGE).get_body(("plain",))
    assert text is not None
    for word in (MESSAGE.title, *MESSAGE.lines, *(f for pair in MESSAGE.figures for f in pair)):
        assert word in text.get_content()
        assert word in page().words


def test_one_link_leads_to_the_anomaly() -> None:
    (link,) = page().of("a")

    assert link["href"] == "https://aurora.web.app/?brand=aurora&anomaly=an_1"
    text = read(MESSAGE).get_body(("plain",))
    assert text is not None
    assert text.get_content().count("https://") == 1 + SLY.count("https://") * 3


def test_an_anomalys_link_names_brand_and_anomaly() -> None:
    anomaly = raised_anomaly()

    link = linked(message_of([anomaly], BRAND), BRAND, "https://aurora.web.app/").link

    assert link == Link(f"https://aurora.web.app/?brand=aurora&anomaly={anomaly.id}", "Open the dashboard")


def test_no_header_can_be_added_by_a_title() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        read(replace(MESSAGE, title="CPC\r\nBcc: all@example.com"))


def test_nobody_answers_it_by_machine() -> None:
    assert read(MESSAGE)["Auto-Submitted"] == "auto-generated"
    assert page().of("html")[0]["lang"] == "pt-BR"
