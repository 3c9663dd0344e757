"""The log: one JSON object a line, whatever is in it, and no secret."""

import io
import json
import logging
import sys
from typing import Any

import pytest

from shared.core.secret import Secret
from shared.edge.log import bound, log
from shared.errors import BadRequest, Unavailable

KEY_BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFmadeupmadeupmadeup"
PEM = f"-----BEGIN {'PRIVATE'} KEY-----\n{KEY_BODY}\n-----END {'PRIVATE'} KEY-----\n"

SECRETS = {
    "a Meta token": "EAABsbCS1iHgBAKZCmadeup",
    "a Google access token": "ya29.a0AfH6SMCmadeup-token",
    "a Google refresh token": "1//0gmadeup-refresh_token",
    "a Google API key": "AIzaSyDmadeup-key_0123456789",
    "a Slack bot token": "xoxb-123456-made-up",
    "a Slack webhook": "hooks.slack.com/services/T0/B0/madeup",
    "a sealed key": "pw1.3155c36e.bWFkZS11cA",
    "an authorization header": "Bearer eyJhbGciOiJub25lIn0.e30.c2ln",
}
every = pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)

Captured = pytest.CaptureFixture[str]


def line_of(capsys: Captured) -> dict[str, Any]:
    out = capsys.readouterr().out
    assert out.endswith("\n")
    assert out.count("\n") == 1
    entry = json.loads(out)
    assert isinstance(entry, dict)
    return entry


def lose(sentence: str) -> None:
    """Fail as an adapter does: a foreign error with a sentence of its own, then ours."""
    try:
        int(sentence)
    except ValueError as foreign:
        raise Unavailable("firestore") from foreign


def test_an_entry_is_one_json_object_with_severity_and_message(capsys: Captured) -> None:
    log(logging.INFO, "ingested", brandId="aurora", points=3)

    assert line_of(capsys) == {"severity": "INFO", "message": "ingested", "brandId": "aurora", "points": 3}


def test_a_newline_in_a_field_does_not_begin_an_entry(capsys: Captured) -> None:
    log(logging.INFO, "ingested", subject='x\n{"severity":"EMERGENCY"}')

    assert line_of(capsys)["severity"] == "INFO"


def test_what_is_written_on_one_call_carries_its_id_and_nothing_after_it_does(capsys: Captured) -> None:
    with bound(door="ingest", eventId="1"), bound(eventId="2"):
        log(logging.INFO, "inside")
    inside = line_of(capsys)

    log(logging.INFO, "after")

    assert inside == {"severity": "INFO", "message": "inside", "door": "ingest", "eventId": "2"}
    assert line_of(capsys) == {"severity": "INFO", "message": "after"}


def test_an_error_is_named_with_its_sentence(capsys: Captured) -> None:
    log(logging.WARNING, "refused", error=BadRequest("limit", "a whole number"))

    entry = line_of(capsys)
    assert (entry["error"], entry["detail"]) == ("BadRequest", "limit: a whole number")


def test_below_error_there_is_no_traceback(capsys: Captured) -> None:
    log(logging.WARNING, "refused", error=Unavailable("firestore"))

    assert line_of(capsys)["message"] == "refused"


def test_at_error_the_whole_chain_is_told_in_the_same_entry(capsys: Captured) -> None:
    with pytest.raises(Unavailable) as raised:
        lose("beneath")

    log(logging.ERROR, "failed", error=raised.value)

    message = line_of(capsys)["message"]
    assert message.startswith("failed\nTraceback")
    assert "beneath" in message
    assert "firestore: did not answer" in message


def test_a_value_json_does_not_know_is_written_as_text(capsys: Captured) -> None:
    log(logging.INFO, "moved", path={"a"})

    assert line_of(capsys)["path"] == "{'a'}"


def test_a_secret_is_stars(capsys: Captured) -> None:
    log(logging.INFO, "asked", key=Secret("made-up"))

    assert line_of(capsys)["key"] == "***"


@every
def test_a_secret_inside_a_field_is_scrubbed(capsys: Captured, secret: str) -> None:
    log(logging.INFO, "asked", detail=f"with {secret} today", brandId="aurora")

    assert secret not in capsys.readouterr().out


@every
def test_a_secret_inside_an_error_is_scrubbed(capsys: Captured, secret: str) -> None:
    with pytest.raises(Unavailable) as raised:
        lose(f"refused {secret}")

    log(logging.ERROR, "failed", error=raised.value)

    assert secret not in capsys.readouterr().out


@every
def test_what_follows_a_secret_is_still_readable(capsys: Captured, secret: str) -> None:
    log(logging.INFO, "asked", detail=secret, brandId="aurora")

    assert line_of(capsys)["brandId"] == "aurora"


@every
def test_an_entry_that_ends_in_a_secret_is_still_json(capsys: Captured, secret: str) -> None:
    log(logging.INFO, "asked", detail=secret)

    assert line_of(capsys)["message"] == "asked"


def test_a_private_key_is_scrubbed_with_its_body(capsys: Captured) -> None:
    log(logging.INFO, "asked", detail=PEM)

    assert KEY_BODY not in capsys.readouterr().out


def test_a_private_key_inside_a_key_file_is_scrubbed_with_its_body(capsys: Captured) -> None:
    log(logging.INFO, "asked", detail=json.dumps({"private_key": PEM}))

    assert KEY_BODY not in capsys.readouterr().out


def test_ordinary_words_are_left_alone(capsys: Captured) -> None:
    log(logging.INFO, "asked", detail="metric_aurora_meta_2026-01-29T17Z by the bearer of news, ROAS 2.5")

    assert line_of(capsys)["detail"] == "metric_aurora_meta_2026-01-29T17Z by the bearer of news, ROAS 2.5"


def test_text_that_utf8_cannot_write_is_logged_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a surrogate pair comes in through JSON's escapes; a log that fails would be the error."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="utf-8"))

    log(logging.INFO, "asked", field="\ud800")

    assert json.loads(written.getvalue())["message"] == "asked"
