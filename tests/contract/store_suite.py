"""What every store promises: run by each adapter.

Who runs it provides the fixture `store`, opened; `reopen`, which closes it and opens the same data again, is
only for stores that outlive their object.
"""

import asyncio

import pytest

from broker_bridge.shadow.item import Item
from broker_bridge.store.port import Change, ShadowStore, StoreUnavailable, VersionTaken
from broker_bridge.store.registry import RegisteredThing, RegistryFull, ThingExists, VersionChanged
from broker_bridge.store.retained import Sighting
from broker_bridge.wire.topics import ShadowId

CLASSIC = ShadowId("thing-1")
NAMED = ShadowId("thing-1", "ballot")


def item(version: int, *, alive: bool = True, written_at: int = 1_700_000_000) -> Item:
    """An item that says its version."""
    return Item(version, b'{"state":{"reported":{"v":%d}}}' % version if alive else None, written_at)


class StoreSuite:
    """The promises of `broker_bridge.store.port.ShadowStore`."""

    async def test_what_was_never_saved_is_none(self, store: ShadowStore) -> None:
        """No item, no error."""
        assert await store.load(CLASSIC) is None
        assert list(await store.shadows_of("thing-1")) == []
        assert list(await store.things()) == []

    async def test_a_saved_item_is_loaded_as_it_was(self, store: ShadowStore) -> None:
        """Version, bytes and time; classic and named shadows of a thing are two."""
        await store.save(CLASSIC, item(1), expected_version=0)
        await store.save(NAMED, Item(7, '{"é":"\U0001f600"}'.encode(), 5), expected_version=0)

        assert item(1) == await store.load(CLASSIC)
        assert Item(7, '{"é":"\U0001f600"}'.encode(), 5) == await store.load(NAMED)

    async def test_only_the_expected_version_is_replaced(self, store: ShadowStore) -> None:
        """Any other expectation is `VersionTaken`, and changes nothing."""
        await store.save(CLASSIC, item(1), expected_version=0)
        await store.save(CLASSIC, item(2), expected_version=1)

        for wrong in (0, 1, 3):
            with pytest.raises(VersionTaken):
                await store.save(CLASSIC, item(9), expected_version=wrong)
        with pytest.raises(VersionTaken):
            await store.save(NAMED, item(9), expected_version=4)

        assert item(2) == await store.load(CLASSIC)
        assert await store.load(NAMED) is None

    async def test_of_many_writers_of_one_version_one_wins(self, store: ShadowStore) -> None:
        """A hundred concurrent saves of the first version: one is kept, ninety-nine are told."""
        outcomes = await asyncio.gather(
            *(store.save(CLASSIC, Item(1, b"%d" % number, 0), expected_version=0) for number in range(100)),
            return_exceptions=True,
        )

        winners = [number for number, outcome in enumerate(outcomes) if outcome is None]
        assert len(winners) == 1
        assert sum(isinstance(outcome, VersionTaken) for outcome in outcomes) == 99
        assert Item(1, b"%d" % winners[0], 0) == await store.load(CLASSIC)

    async def test_a_group_is_written_but_for_taken_versions(self, store: ShadowStore) -> None:
        """`save_all` returns the shadows it did not write, and writes all others."""
        await store.save(CLASSIC, item(1), expected_version=0)
        fresh = ShadowId("thing-2")

        taken = await store.save_all([Change(CLASSIC, item(5), 4), Change(fresh, item(1), 0)])

        assert set(taken) == {CLASSIC}
        assert item(1) == await store.load(CLASSIC)
        assert item(1) == await store.load(fresh)
        assert not await store.save_all([])

    async def test_a_tombstone_is_kept_and_is_no_living_shadow(self, store: ShadowStore) -> None:
        """Its version is loaded; neither its thing nor it is listed; it can be replaced."""
        await store.save(CLASSIC, item(1), expected_version=0)
        await store.save(CLASSIC, item(2, alive=False), expected_version=1)

        assert item(2, alive=False) == await store.load(CLASSIC)
        assert list(await store.shadows_of("thing-1")) == []
        assert list(await store.things()) == []
        await store.save(CLASSIC, item(3), expected_version=2)
        assert list(await store.things()) == ["thing-1"]

    async def test_a_purged_item_was_never_there(self, store: ShadowStore) -> None:
        """Tombstones too, and versions begin anew."""
        await store.save(CLASSIC, item(4, alive=False), expected_version=0)
        await store.purge(CLASSIC)
        await store.purge(NAMED)

        assert await store.load(CLASSIC) is None
        await store.save(CLASSIC, item(1), expected_version=0)

    async def test_old_tombstones_are_purged(self, store: ShadowStore) -> None:
        """Those written before the second, and neither younger ones nor living shadows."""
        old, young, living = ShadowId("old"), ShadowId("young"), ShadowId("living")
        await store.save(old, item(2, alive=False, written_at=99), expected_version=0)
        await store.save(young, item(2, alive=False, written_at=100), expected_version=0)
        await store.save(living, item(2, written_at=1), expected_version=0)

        assert await store.purge_tombstones(written_before=100) == 1

        assert await store.load(old) is None
        assert await store.load(young) is not None
        assert await store.load(living) is not None

    async def test_things_come_in_sorted_pages(self, store: ShadowStore) -> None:
        """Each once, however many shadows; `after` and `limit` page through them."""
        for name in ("c", "a", "b:1", "B"):
            await store.save(ShadowId(name), item(1), expected_version=0)
            await store.save(ShadowId(name, "x"), item(1), expected_version=0)

        assert list(await store.things()) == ["B", "a", "b:1", "c"]
        assert list(await store.things(limit=2)) == ["B", "a"]
        assert list(await store.things(after="a", limit=2)) == ["b:1", "c"]
        assert list(await store.things(after="c")) == []

    async def test_a_things_shadows_come_classic_first(self, store: ShadowStore) -> None:
        """Then the named ones by name; other things' shadows do not."""
        for shadow in (NAMED, CLASSIC, ShadowId("thing-1", "$a"), ShadowId("thing-10")):
            await store.save(shadow, item(1), expected_version=0)

        found = await store.shadows_of("thing-1")

        assert [shadow for shadow, _ in found] == [CLASSIC, ShadowId("thing-1", "$a"), NAMED]
        assert all(kept == item(1) for _, kept in found)

    async def test_a_closed_store_says_so(self, store: ShadowStore) -> None:
        """`ping` and `save` raise `StoreUnavailable`; closing twice is fine."""
        await store.ping()
        await store.close()
        await store.close()

        with pytest.raises(StoreUnavailable):
            await store.ping()
        with pytest.raises(StoreUnavailable):
            await store.save(CLASSIC, item(1), expected_version=0)

    async def test_opening_twice_is_fine(self, store: ShadowStore) -> None:
        """The data are there."""
        await store.save(CLASSIC, item(1), expected_version=0)
        await store.open()

        assert item(1) == await store.load(CLASSIC)

    async def test_a_registration_is_kept_as_it_was_made(self, store: ShadowStore) -> None:
        """The same again is fine, another of the name is refused; a delete checks the version, and again is
        fine."""
        registry, thing = store.registry, RegisteredThing("t", {"seat": "12", "é": ""}, "lamp")

        assert await registry.create(thing) == thing
        assert await registry.create(thing) == thing
        for other in (RegisteredThing("t"), RegisteredThing("t", thing.attributes)):
            with pytest.raises(ThingExists):
                await registry.create(other)
        assert await registry.describe("t") == thing
        assert await registry.describe("T") is None
        with pytest.raises(VersionChanged):
            await registry.delete("t", 2)
        await registry.delete("t", 1)
        await registry.delete("t", 1)

        assert await registry.describe("t") is None
        assert list(await store.things()) == []

    async def test_registrations_come_in_sorted_pages(self, store: ShadowStore) -> None:
        """`after` and `limit` page through them."""
        for name in ("c", "a", "b:1", "B"):
            await store.registry.create(RegisteredThing(name))

        async def page(after: str, limit: int) -> list[str]:
            return [thing.name for thing in await store.registry.page(after, limit)]

        assert await page("", 9) == ["B", "a", "b:1", "c"]
        assert await page("", 2) == ["B", "a"]
        assert await page("a", 2) == ["b:1", "c"]
        assert await page("c", 2) == []

    async def test_the_registry_is_bounded(self, store: ShadowStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """A client that creates things without end is told to stop."""
        monkeypatch.setattr("broker_bridge.store.registry.THINGS_MAX", 1)
        await store.registry.create(RegisteredThing("a"))

        with pytest.raises(RegistryFull):
            await store.registry.create(RegisteredThing("b"))
        await store.registry.create(RegisteredThing("a"))

    async def test_a_retained_message_keeps_the_time_of_its_payload(self, store: ShadowStore) -> None:
        """First seen counts until the payload is another; a write counts always."""
        times, one, other = store.retained, Sighting("t", b"1"), Sighting("t", b"2")

        assert list(await times.seen([one], 100)) == [100]
        assert list(await times.seen([one, Sighting("u", b"1")], 200)) == [100, 200]
        assert list(await times.seen([other], 300)) == [300]
        await times.written(other, 400)
        assert list(await times.seen([other], 500)) == [400]
        assert list(await times.seen([], 600)) == []

    async def test_remembered_times_are_bounded(
        self, store: ShadowStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of more topics than the bound, the one changed longest ago is forgotten."""
        monkeypatch.setattr("broker_bridge.store.retained.REMEMBERED_MAX", 2)
        for now, topic in enumerate(("a", "b", "c")):
            await store.retained.written(Sighting(topic, b""), now)

        assert list(await store.retained.seen([Sighting("c", b""), Sighting("b", b"")], 9)) == [2, 1]
        assert list(await store.retained.seen([Sighting("a", b"")], 9)) == [9]
