"""Connecting and disconnecting, against the running simulated platforms and the real stores."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from local.world.tenants import DEMO
from shared.core.brand import OwnedBrand
from shared.core.freshness import refused
from shared.core.integration import Integration, Platform, Problem, Status
from shared.core.metric import Source
from shared.core.query import Disconnection, Validation
from shared.errors import Unavailable
from shared.flows.connect import Register, connect, disconnect
from tests.flows.stage import LATER, Stage
from tests.flows.test_validate import ACCOUNT, World
from tests.unit.core.points import BRAND
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.flows.validate import Validated

KEYS = {
    Platform.META_ADS: DEMO.meta_key,
    Platform.GOOGLE_ADS: DEMO.google_key,
    Platform.GA4: DEMO.ga4_key,
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_world() as url:
        yield World(url)


def register(stage: Stage) -> Register:
    return Register(stage.brands, stage.timetable, lambda: stage.queue, stage.clock)


def put(stage: Stage, world: World, platform: Platform, key: str | None = None) -> Validated:
    body = {
        "brandId": BRAND.id,
        "platform": platform.value,
        "apiKey": key or KEYS[platform],
        "accountId": ACCOUNT[platform],
    }
    return connect(
        Validation.parse(body),
        OwnedBrand(BRAND),
        platforms=world.platform,
        keys=stage.keys,
        register=register(stage),
    )


def delete(stage: Stage, platform: Platform) -> Validated:
    asked = Disconnection.parse({"brandId": [BRAND.id], "platform": [platform.value]})
    return disconnect(asked, OwnedBrand(BRAND), register=register(stage))


def stored(stage: Stage) -> dict[Platform, Integration]:
    file = stage.brands.get(BRAND.id)
    assert file is not None
    return {each.platform: each for each in file.integrations}


@pytest.mark.parametrize("platform", list(Platform))
def test_a_good_key_is_sealed_stored_and_due_at_once(stage: Stage, world: World, platform: Platform) -> None:
    said = put(stage, world, platform)

    kept = stored(stage)[platform]
    opened = stage.keys.open(
        kept.sealed_key, brand_id=BRAND.id, purpose=platform.value, account_id=ACCOUNT[platform]
    )
    assert (said.success, kept.status, kept.last_validated) == (True, Status.ACTIVE, LATER)
    assert opened.reveal() == KEYS[platform]
    assert KEYS[platform] not in str(
        stage.client.document(f"brands/{BRAND.id}/performance_configs/main").get().to_dict()
    )
    assert (BRAND.id, platform.source) in [each for page in stage.timetable.due(LATER) for each in page]


def test_a_refused_key_leaves_the_older_good_one(stage: Stage, world: World) -> None:
    put(stage, world, Platform.META_ADS)
    before = stored(stage)

    said = put(stage, world, Platform.META_ADS, key="EAABdead")

    assert said.success is False
    assert stored(stage) == before


def test_a_platform_that_does_not_answer_leaves_the_older_key(stage: Stage, world: World) -> None:
    put(stage, world, Platform.META_ADS)
    before = stored(stage)
    world.control("faults", platform="meta", fault="html_502", times=20)
    try:
        with pytest.raises(Unavailable):
            put(stage, world, Platform.META_ADS)
    finally:
        world.control("reset")

    assert stored(stage) == before


def test_a_new_key_takes_the_place_of_a_broken_one_and_of_its_trouble(stage: Stage, world: World) -> None:
    put(stage, world, Platform.META_ADS)
    broken = stored(stage)[Platform.META_ADS]
    stage.brands.report_health(
        Integration(
            **{name: getattr(broken, name) for name in ("brand_id", "platform", "account_id", "sealed_key")},
            status=Status.ERROR,
            last_validated=LATER,
            problem="credential_expired",
            next_attempt_at=LATER + timedelta(days=1),
        )
    )

    put(stage, world, Platform.META_ADS)

    kept = stored(stage)[Platform.META_ADS]
    assert (kept.status, kept.problem, kept.next_attempt_at) == (Status.ACTIVE, None, None)


def test_connecting_one_platform_leaves_the_others(stage: Stage, world: World) -> None:
    put(stage, world, Platform.META_ADS)
    meta = stored(stage)[Platform.META_ADS]

    put(stage, world, Platform.GA4)

    assert stored(stage)[Platform.META_ADS] == meta
    assert set(stored(stage)) == {Platform.META_ADS, Platform.GA4}


def test_a_brand_that_was_never_configured_can_be_connected(stage: Stage, world: World) -> None:
    stage.client.document(f"brands/{BRAND.id}/performance_configs/main").delete()

    assert put(stage, world, Platform.META_ADS).success
    assert set(stored(stage)) == {Platform.META_ADS}


def test_disconnecting_forgets_the_key_and_reads_no_more(stage: Stage, world: World) -> None:
    put(stage, world, Platform.META_ADS)
    sealed = stored(stage)[Platform.META_ADS].sealed_key

    assert delete(stage, Platform.META_ADS).success

    kept = stored(stage)[Platform.META_ADS]
    assert (kept.status, kept.sealed_key, kept.account_id) == (
        Status.DISCONNECTED,
        "",
        ACCOUNT[Platform.META_ADS],
    )
    assert sealed not in str(
        stage.client.document(f"brands/{BRAND.id}/performance_configs/main").get().to_dict()
    )
    assert [each for page in stage.timetable.due(LATER) for each in page] == []
    assert stage.timetable.claim(BRAND.id, Source.META, LATER) is None
    assert (BRAND.id, Source.META) not in [each for page in stage.brands.connected() for each in page]


def test_disconnecting_twice_or_what_was_never_connected_changes_nothing(stage: Stage, world: World) -> None:
    put(stage, world, Platform.META_ADS)
    delete(stage, Platform.META_ADS)
    once = stored(stage)

    assert delete(stage, Platform.META_ADS).success
    assert delete(stage, Platform.GA4).success
    assert stored(stage) == once


def test_what_was_disconnected_connects_again(stage: Stage, world: World) -> None:
    put(stage, world, Platform.META_ADS)
    delete(stage, Platform.META_ADS)

    put(stage, world, Platform.META_ADS)

    assert stored(stage)[Platform.META_ADS].status is Status.ACTIVE


def test_connecting_anew_and_disconnecting_ask_to_tell_what_became_of_the_trouble(
    stage: Stage, world: World
) -> None:
    put(stage, world, Platform.META_ADS)
    died(stage)
    name = "source_meta_credential_dead_never"

    assert stage.queue.notify == []
    put(stage, world, Platform.META_ADS)
    assert stage.queue.notify == [name]
    (known,) = stage.timetable.of(BRAND.id)
    assert (known.problem, known.alarms) == (None, (name,)), "the first reading asks again"
    delete(stage, Platform.META_ADS)
    assert stage.queue.notify == [name, name]
    assert stage.queue.flushes == 2


def died(stage: Stage) -> None:
    """Let the key's next reading find it revoked."""
    stage.timetable.ask([(BRAND.id, Source.META)], LATER)
    claim = stage.timetable.claim(BRAND.id, Source.META, LATER)
    assert claim is not None
    stage.timetable.settle(claim, refused(claim.freshness, Problem.CREDENTIAL_REVOKED.value, LATER))
