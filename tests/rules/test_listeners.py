"""What a dashboard listens to: its owner hears every change, and nobody else hears anything."""

import pytest

from tests.rules.emulator import Actor, Project, Write
from tests.rules.listening import PERMISSION_DENIED, listening
from tests.rules.world import (
    EVERYONE,
    NOBODY,
    OTHERS,
    OWNER,
    OWNERLESS,
    READABLE,
    SERVER_ONLY,
    STRANGER,
    TOP_LEVEL,
    WORLD,
    as_seeded,
    below,
)

by_name = pytest.mark.parametrize("actor", EVERYONE, ids=lambda actor: actor.name)
others = pytest.mark.parametrize("actor", OTHERS, ids=lambda actor: actor.name)


@pytest.mark.parametrize("collection", READABLE)
def test_the_owner_hears_what_is_there_and_what_comes(guarded: Project, collection: str) -> None:
    known, new = below("acme", collection, READABLE[collection]), below("acme", collection, "just_written")

    with listening(guarded, OWNER, f"brands/acme/{collection}") as listener:
        listener.until_current()
        there = set(listener.documents)
        guarded.seed([Write(new, WORLD[known])])
        listener.until(new)
    guarded.seed([as_seeded(new)])

    assert known in there
    assert new in listener.documents - there
    assert listener.refused is None


@others
@pytest.mark.parametrize("collection", READABLE)
def test_nobody_else_hears_anything(guarded: Project, actor: Actor, collection: str) -> None:
    with listening(guarded, actor, f"brands/acme/{collection}") as listener:
        listener.until_current()

    assert (listener.refused, listener.documents) == (PERMISSION_DENIED, set())


@by_name
@pytest.mark.parametrize("path", [*(f"brands/acme/{name}" for name in SERVER_ONLY), *TOP_LEVEL, "brands"])
def test_what_is_the_servers_is_heard_by_nobody(guarded: Project, actor: Actor, path: str) -> None:
    with listening(guarded, actor, path) as listener:
        listener.until_current()

    assert (listener.refused, listener.documents) == (PERMISSION_DENIED, set())


@pytest.mark.parametrize("brand", OWNERLESS)
@pytest.mark.parametrize("actor", [OWNER, NOBODY], ids=lambda actor: actor.name)
def test_a_brand_without_an_owner_is_heard_by_nobody(guarded: Project, actor: Actor, brand: str) -> None:
    with listening(guarded, actor, f"brands/{brand}/performance_metrics") as listener:
        listener.until_current()

    assert (listener.refused, listener.documents) == (PERMISSION_DENIED, set())


def test_an_owner_hears_of_brands_of_their_own(guarded: Project) -> None:
    with listening(guarded, OWNER, "brands", ("ownerId", "ana")) as listener:
        listener.until_current()

    assert listener.documents == {path for path, fields in WORLD.items() if fields.get("ownerId") == "ana"}


def test_of_anothers_brands_nothing_is_heard(guarded: Project) -> None:
    with listening(guarded, STRANGER, "brands", ("ownerId", "ana")) as listener:
        listener.until_current()

    assert (listener.refused, listener.documents) == (PERMISSION_DENIED, set())
