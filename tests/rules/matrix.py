"""Every actor, path and operation, with the answer the rules owe it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.rules.emulator import Actor, Case, Fields, Method, Write
from tests.rules.world import (
    ANOMALY,
    EVERYONE,
    FAR_AHEAD,
    IMPOSTOR,
    METRIC,
    NOBODY,
    OWNER,
    OWNERLESS,
    READABLE,
    SERVER_ONLY,
    SETTINGS,
    STRANGER,
    THEN,
    TOP_LEVEL,
    WORLD,
    anomaly,
    below,
    config,
)

MAIN = below("acme", "performance_configs", "main")
NEW = below("acme", "performance_anomalies", ANOMALY)
ANSWERED = below("acme", "performance_anomalies", "an_answered")
TOO_MUCH = "x" * 900_000
CHANNELS = ("dashboard", "email", "slack")


def _ask(what: str, actor: Actor, method: Method, path: str, *, allowed: bool) -> Case:
    return Case(f"{what} by {actor.name}", actor, method, path, 200 if allowed else 403)


def _send(what: str, actor: Actor, *writes: Write, allowed: bool) -> Case:
    return Case(f"{what} by {actor.name}", actor, "commit", writes[0].path, 200 if allowed else 403, writes)


def _only_the_owner_sends(what: str, *writes: Write) -> Iterator[Case]:
    for actor in EVERYONE:
        yield _send(what, actor, *writes, allowed=actor is OWNER)


CANARY = _ask("get canary/x", NOBODY, "get", "canary/x", allowed=False)


# --- reading --------------------------------------------------------------------------------------------


def _reads_of_a_brand() -> Iterator[Case]:
    searches: tuple[Method, ...] = ("query", "count")
    for actor in EVERYONE:
        yield _ask("get brand", actor, "get", "brands/acme", allowed=actor is OWNER)
        yield _ask("list every brand", actor, "list", "brands", allowed=False)
        for method in searches:
            yield Case(f"{method} ana's brands by {actor.name}", actor, method, "brands",
                       200 if actor is OWNER else 403, where=("ownerId", "ana"))  # fmt: skip
            yield Case(f"{method} unclaimed brands by {actor.name}", actor, method, "brands", 403,
                       where=("ownerId", None))  # fmt: skip
        for brand in OWNERLESS:
            yield _ask(f"get {brand} brand", actor, "get", f"brands/{brand}", allowed=False)
    yield _ask("get a foreign brand", OWNER, "get", "brands/other", allowed=False)
    yield _ask("get own brand", STRANGER, "get", "brands/other", allowed=True)


def _reads_below_a_brand() -> Iterator[Case]:
    methods: tuple[Method, ...] = ("list", "query", "count")
    for collection, document in (READABLE | SERVER_ONLY).items():
        for actor in EVERYONE:
            allowed = actor is OWNER and collection in READABLE
            path = below("acme", collection, document)
            yield _ask(f"get {collection}", actor, "get", path, allowed=allowed)
            for method in methods:
                yield _ask(
                    f"{method} {collection}", actor, method, f"brands/acme/{collection}", allowed=allowed
                )
        yield _ask(f"get deeper than {collection}", OWNER, "get", f"{path}/deeper/x", allowed=False)
    for collection, document in READABLE.items():
        missing = below("acme", collection, "missing")
        yield Case(f"get a missing document of {collection} by {OWNER.name}", OWNER, "get", missing, 404)
        yield _ask(f"get a missing document of {collection}", STRANGER, "get", missing, allowed=False)
        foreign = below("other", collection, document)
        yield _ask(f"get a foreign {collection}", OWNER, "get", foreign, allowed=False)
        yield _ask(f"get an own {collection}", STRANGER, "get", foreign, allowed=True)
        for brand in OWNERLESS:
            for actor in (OWNER, NOBODY):
                path = below(brand, collection, document)
                yield _ask(f"get {collection} of {brand} brand", actor, "get", path, allowed=False)


def _reads_across_brands() -> Iterator[Case]:
    methods: tuple[Method, ...] = ("list", "query", "count")
    for actor in EVERYONE:
        for collection in (*READABLE, *SERVER_ONLY, *TOP_LEVEL, "brands"):
            yield _ask(f"search every {collection}", actor, "group", collection, allowed=False)
            yield Case(f"search acme's share of every {collection} by {actor.name}", actor, "group",
                       collection, 403, where=("brandId", "acme"))  # fmt: skip
        for collection, document in TOP_LEVEL.items():
            path = f"{collection}/{document}"
            if path != CANARY.path or actor is not NOBODY:
                yield _ask(f"get {path}", actor, "get", path, allowed=False)
            for method in methods:
                yield _ask(f"{method} beside {path}", actor, method, collection, allowed=False)


# --- writing what only the server writes ------------------------------------------------------------------


def _writes_nobody_may_send() -> Iterator[Case]:
    closed = {
        collection: document
        for collection, document in READABLE.items()
        if collection != "performance_configs"
    }
    paths = [below("acme", *place) for place in (closed | SERVER_ONLY).items()]
    for path in (*paths, *("/".join(place) for place in TOP_LEVEL.items())):
        parent = path.rpartition("/")[0]
        for actor in EVERYONE:
            yield _send(f"create in {parent}", actor, Write(f"{parent}/new", WORLD[path]), allowed=False)
            yield _send(f"change {path}", actor, Write(path, {"note": 1}, ("note",)), allowed=False)
            yield _send(f"replace {path}", actor, Write(path, {"note": 1}), allowed=False)
            yield _send(f"delete {path}", actor, Write(path, None), allowed=False)
        yield _send(f"create below {path}", OWNER, Write(f"{path}/deeper/x", {"a": 1}), allowed=False)


def _writes_to_a_brand() -> Iterator[Case]:
    for actor in EVERYONE:
        me = actor.uid
        yield _send(
            "take acme over", actor, Write("brands/acme", {"ownerId": me}, ("ownerId",)), allowed=False
        )
        yield _send("delete brand", actor, Write("brands/acme", None), allowed=False)
        yield _send("create a brand", actor, Write("brands/mine", {"ownerId": me}), allowed=False)
        for brand in OWNERLESS:
            claim = Write(f"brands/{brand}", {"ownerId": me}, ("ownerId",))
            yield _send(f"claim {brand} brand", actor, claim, allowed=False)
    give_away = Write("brands/acme", {"ownerId": "bruno"}, ("ownerId",))
    yield _send("give the brand away", OWNER, give_away, allowed=False)
    yield _send("rename the brand", OWNER, Write("brands/acme", {"name": "B"}, ("name",)), allowed=False)


# --- performance_configs ----------------------------------------------------------------------------------


def _update(fields: Fields, *more: str, path: str = MAIN) -> Write:
    """An update of the named fields; `more` are mask paths beside them."""
    return Write(path, fields, (*fields, *more), ("updatedAt",), exists=True)


def _new_config(brand: str = "fresh", document: str = "main", *, without: str = "", **changed: Any) -> Write:
    fields = {"brandId": brand, "integrations": {}, "sentrySettings": SETTINGS} | changed
    fields.pop(without, None)
    clock = () if "updatedAt" in changed or without == "updatedAt" else ("updatedAt",)
    path = below(brand, "performance_configs", document)
    return Write(path, fields, server_time=clock, exists=False)


GOOD_SETTINGS: dict[str, Any] = {
    **{f"sensitivity {level}": SETTINGS | {"sensitivity": level} for level in ("low", "medium", "high")},
    **{f"channel {one}": SETTINGS | {"notificationChannels": [one]} for one in CHANNELS},
    "every channel": SETTINGS | {"notificationChannels": list(CHANNELS)},
    "no channel": SETTINGS | {"notificationChannels": []},
    "the Sentry off": SETTINGS | {"enabled": False},
}
BAD_SETTINGS: dict[str, Any] = {
    "a word": "lol",
    "null": None,
    "a list": [SETTINGS],
    "an empty map": {},
    **{f"no {key}": {k: v for k, v in SETTINGS.items() if k != key} for key in SETTINGS},
    "one more key": SETTINGS | {"note": "x"},
    "enabled as text": SETTINGS | {"enabled": "true"},
    "enabled null": SETTINGS | {"enabled": None},
    "sensitivity none": SETTINGS | {"sensitivity": "none"},
    "sensitivity in capitals": SETTINGS | {"sensitivity": "HIGH"},
    "sensitivity as a list": SETTINGS | {"sensitivity": ["high"]},
    "channels as text": SETTINGS | {"notificationChannels": "email"},
    "channels null": SETTINGS | {"notificationChannels": None},
    "channels as a map": SETTINGS | {"notificationChannels": {"email": True}},
    "an unknown channel": SETTINGS | {"notificationChannels": ["dashboard", "sms"]},
    "a nested channel": SETTINGS | {"notificationChannels": [{"email": True}]},
    "a channel twice": SETTINGS | {"notificationChannels": ["email", "email"]},
}
BAD_OPTIONS: dict[str, Any] = {
    "a word": "off",
    "null": None,
    "a list": [True],
    "an empty map": {},
    "another key": {"noisegate": True},
    "one more key": {"noiseGate": True, "note": "x"},
    "noiseGate as text": {"noiseGate": "no"},
    "noiseGate null": {"noiseGate": None},
}


def _updates_of_the_config() -> Iterator[Case]:
    change = {"sentrySettings": SETTINGS | {"sensitivity": "high"}}
    yield from _only_the_owner_sends("set settings", _update(change))
    yield from _only_the_owner_sends(
        "switch the noise gate off", _update({"sentryOptions": {"noiseGate": False}})
    )
    yield _send("set both", OWNER, _update({**change, "sentryOptions": {"noiseGate": True}}), allowed=True)
    yield _send("forget the options", OWNER, _update({}, "sentryOptions"), allowed=True)
    for what, settings in GOOD_SETTINGS.items():
        yield _send(f"set {what}", OWNER, _update({"sentrySettings": settings}), allowed=True)
    for what, settings in BAD_SETTINGS.items():
        yield _send(f"set settings: {what}", OWNER, _update({"sentrySettings": settings}), allowed=False)
    yield _send("forget the settings", OWNER, _update({}, "sentrySettings"), allowed=False)
    for what, options in BAD_OPTIONS.items():
        yield _send(f"set options: {what}", OWNER, _update({"sentryOptions": options}), allowed=False)


def _updates_with_a_clock_of_their_own() -> Iterator[Case]:
    for what, when in (
        ("old", THEN),
        ("future", FAR_AHEAD),
        ("textual", "2026-01-29T13:00:00Z"),
        ("null", None),
    ):
        fields = {"sentrySettings": SETTINGS | {"enabled": False}, "updatedAt": when}
        yield _send(
            f"set settings at a {what} time", OWNER, Write(MAIN, fields, tuple(fields)), allowed=False
        )
    fields = {"sentrySettings": SETTINGS | {"enabled": False}}
    yield _send("set settings at no time", OWNER, Write(MAIN, fields, tuple(fields)), allowed=False)
    mask = ("sentrySettings", "updatedAt")
    yield _send("set settings and forget the time", OWNER, Write(MAIN, fields, mask), allowed=False)


def _writes_to_what_the_server_keeps() -> Iterator[Case]:
    key = {
        "encryptedApiKey": "EAAB-plain-text",
        "accountId": "act_1",
        "status": "active",
        "lastValidated": THEN,
    }
    stolen: dict[str, tuple[Fields, str]] = {
        "a plain-text key": ({"meta_ads": {"encryptedApiKey": "EAAB"}}, "meta_ads.encryptedApiKey"),
        "status active": ({"meta_ads": {"status": "error"}}, "meta_ads.status"),
        "a validation in 2030": ({"meta_ads": {"lastValidated": FAR_AHEAD}}, "meta_ads.lastValidated"),
        "another account": ({"meta_ads": {"accountId": "act_2"}}, "meta_ads.accountId"),
        "a retry time": ({"meta_ads": {"nextAttemptAt": FAR_AHEAD}}, "meta_ads.nextAttemptAt"),
        "one more integration": ({"google_ads": key}, "google_ads"),
    }
    for actor in EVERYONE:
        for what, (integrations, field) in stolen.items():
            mask = (f"integrations.{field}",)
            write = Write(MAIN, {"integrations": integrations}, mask, ("updatedAt",))
            yield _send(f"write {what}", actor, write, allowed=False)
        yield _send("forget every integration", actor, _update({}, "integrations"), allowed=False)
        yield _send("delete config", actor, Write(MAIN, None), allowed=False)
        yield _send("switch Slack on in its report", actor, _update({"channels": {"slack": {"state": "on"}}}),
                    allowed=False)  # fmt: skip
        yield _send("forget what is off", actor, _update({}, "channels"), allowed=False)
        yield _send("move the config", actor, _update({"brandId": "other"}), allowed=False)
    yield _send("forget one integration", OWNER, _update({}, "integrations.meta_ads"), allowed=False)
    yield _send("add a field", OWNER, _update({"note": 1}), allowed=False)
    yield _send("name an owner in the config", OWNER, _update({"ownerId": "ana"}), allowed=False)
    start_over = Write(MAIN, {**config("acme"), "integrations": {}}, server_time=("updatedAt",))
    yield _send("start the config over", OWNER, start_over, allowed=False)
    deeper = Write(f"{MAIN}/deeper/x", {"a": 1})
    yield _send("write below the config", OWNER, deeper, allowed=False)
    spare = below("acme", "performance_configs", "spare")
    yield _send(
        "update another config", OWNER, _update({"sentrySettings": SETTINGS}, path=spare), allowed=False
    )
    yield _send("delete another config", OWNER, Write(spare, None), allowed=False)


def _first_configs() -> Iterator[Case]:
    yield from _only_the_owner_sends("create config", _new_config())
    yield _send(
        "create config with options", OWNER, _new_config(sentryOptions={"noiseGate": False}), allowed=True
    )
    refused: dict[str, Write] = {
        "with a key": _new_config(integrations={"meta_ads": {"encryptedApiKey": "EAAB"}}),
        "with integrations as text": _new_config(integrations=""),
        "with integrations null": _new_config(integrations=None),
        "with a foreign brandId": _new_config(brandId="other"),
        "with channels": _new_config(channels={"slack": None, "email": []}),
        "with an owner": _new_config(ownerId="ana"),
        "with one more field": _new_config(note=1),
        "with its own time": _new_config(updatedAt=THEN),
        "with a time in 2030": _new_config(updatedAt=FAR_AHEAD),
        "with bad settings": _new_config(sentrySettings="lol"),
        "with bad options": _new_config(sentryOptions={"noiseGate": "no"}),
        "with another id": _new_config(document="second"),
        **{f"without {key}": _new_config(without=key)
           for key in ("brandId", "integrations", "sentrySettings", "updatedAt")},
    }  # fmt: skip
    for what, write in refused.items():
        yield _send(f"create config {what}", OWNER, write, allowed=False)
    for brand in ("other", *OWNERLESS):
        for actor in (OWNER, NOBODY):
            path = below(brand, "performance_configs", "main")
            write = _update({"sentrySettings": SETTINGS}, path=path)
            yield _send(f"set settings of {brand} brand", actor, write, allowed=False)
    nowhere = _new_config("nowhere")
    yield _send("create config of a missing brand", OWNER, nowhere, allowed=False)
    claim = Write("brands/nowhere", {"ownerId": "ana"})
    yield _send("create brand and config at once", OWNER, claim, nowhere, allowed=False)


# --- performance_anomalies --------------------------------------------------------------------------------


def _answers() -> Iterator[Case]:
    for status in ("investigating", "resolved", "ignored"):
        yield from _only_the_owner_sends(f"answer {status}", Write(NEW, {"status": status}, ("status",)))
    snoozed = {"status": "investigating", "snoozedUntil": datetime.now(UTC) + timedelta(days=7)}
    yield from _only_the_owner_sends("snooze", Write(NEW, snoozed, tuple(snoozed)))
    wake = Write(ANSWERED, {"status": "investigating"}, ("status", "snoozedUntil"))
    yield _send("wake", OWNER, wake, allowed=True)
    for what, until in {"for ever": FAR_AHEAD, "until a word": "monday", "until nothing": None}.items():
        asleep = snoozed | {"snoozedUntil": until}
        yield _send(f"snooze {what}", OWNER, Write(NEW, asleep, tuple(asleep)), allowed=False)
    alone = Write(NEW, {"snoozedUntil": snoozed["snoozedUntil"]}, ("snoozedUntil",))
    yield _send("snooze what is new", OWNER, alone, allowed=False)
    for fields in (("status",), ("status", "resolvedBy")):
        reopen = Write(ANSWERED, {"status": "investigating"}, fields)
        yield _send(f"reopen, changing {fields}", OWNER, reopen, allowed=True)
    for name in ("human", None):
        signed = {"status": "resolved", "resolvedBy": name}
        yield _send(f"resolve as {name}", OWNER, Write(ANSWERED, signed, tuple(signed)), allowed=False)
    refused: dict[str, Any] = {"new": "new", "an unknown word": "closed", "null": None, "a list": ["ignored"]}
    for what, status in refused.items():
        write = Write(ANSWERED, {"status": status}, ("status",))
        yield _send(f"answer {what}", OWNER, write, allowed=False)
    yield _send("answer with nothing", OWNER, Write(NEW, {}, ("status",)), allowed=False)
    yield _send("leave as new", OWNER, Write(NEW, {"status": "new"}, ("status",)), allowed=False)
    for brand in ("other", *OWNERLESS):
        path = below(brand, "performance_anomalies", ANOMALY)
        for actor in (OWNER, NOBODY):
            write = Write(path, {"status": "ignored"}, ("status",), exists=True)
            yield _send(f"answer for {brand} brand", actor, write, allowed=False)


def _rewritten_anomalies() -> Iterator[Case]:
    other_fields: dict[str, Any] = {
        "severity": "info",
        "valueAtDetection": 1.0,
        "expectedValue": 1.4,
        "deviationPercentage": 0.0,
        "brandId": "other",
        "detectedAt": FAR_AHEAD,
        "aiInsight": {"explanation": "x", "suggestedAction": "y"},
        "insightOrigin": {"model": "x", "promptVersion": "y", "factHash": "z"},
        "resolvedBy": "human",
        "note": 1,
    }
    for field, value in other_fields.items():
        fields = {"status": "resolved", field: value}
        yield _send(f"answer and change {field}", OWNER, Write(NEW, fields, tuple(fields)), allowed=False)
        alone = Write(ANSWERED, {field: value}, (field,))
        yield _send(f"change {field} alone", OWNER, alone, allowed=False)
    yield _send("answer and forget severity", OWNER,
                Write(NEW, {"status": "resolved"}, ("status", "severity")), allowed=False)  # fmt: skip
    yield _send("replace by the answer", OWNER, Write(NEW, {"status": "resolved"}), allowed=False)
    invented = Write(below("acme", "performance_anomalies", "an_new"), anomaly("acme", "resolved"))
    yield _send("invent an answered anomaly", OWNER, invented, allowed=False)


# --- several at once --------------------------------------------------------------------------------------


def _batches() -> Iterator[Case]:
    settings = _update({"sentrySettings": SETTINGS | {"enabled": False}})
    answer = Write(NEW, {"status": "ignored"}, ("status",))
    forged = Write(below("acme", "performance_metrics", METRIC), {"data": {"cpc": 0.1}}, ("data",))
    yield from _only_the_owner_sends("settings and an answer at once", settings, answer)
    yield _send("settings and a forged metric at once", OWNER, settings, forged, allowed=False)
    take_over = Write("brands/acme", {"ownerId": "bruno"}, ("ownerId",))
    yield _send("take over and set settings at once", STRANGER, take_over, settings, allowed=False)
    yield _send("claim by token and answer", IMPOSTOR, answer, allowed=False)


def _documents_used_as_storage() -> Iterator[Case]:
    long_word = {"sentrySettings": SETTINGS | {"sensitivity": TOO_MUCH}}
    long_list = {"sentrySettings": SETTINGS | {"notificationChannels": ["email"] * 50_000}}
    yield _send("set 900 KB of sensitivity", OWNER, _update(long_word), allowed=False)
    yield _send("set 50 000 channels", OWNER, _update(long_list), allowed=False)
    yield _send("add 900 KB to the config", OWNER, _update({"note": TOO_MUCH}), allowed=False)
    yield _send("create config with 900 KB", OWNER, _new_config(note=TOO_MUCH), allowed=False)
    padded = Write(NEW, {"status": "resolved", "note": TOO_MUCH}, ("status", "note"))
    yield _send("answer with 900 KB", OWNER, padded, allowed=False)


SMALL_CASES = (
    CANARY,
    *_reads_of_a_brand(),
    *_reads_below_a_brand(),
    *_reads_across_brands(),
    *_writes_nobody_may_send(),
    *_writes_to_a_brand(),
    *_updates_of_the_config(),
    *_updates_with_a_clock_of_their_own(),
    *_writes_to_what_the_server_keeps(),
    *_first_configs(),
    *_answers(),
    *_rewritten_anomalies(),
    *_batches(),
)
# Apart, because the engine remembers every value it has seen until rules are loaded again.
CASES = (*SMALL_CASES, *_documents_used_as_storage())
