"""The fleet index: documents in and out, connectivity, registrations, pages, aggregations."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_bridge.fleet import (
    Buckets,
    FleetIndex,
    InvalidAggregation,
    InvalidPage,
    Registration,
    Statistics,
)
from broker_bridge.fleet import index as index_module
from broker_bridge.shadow.item import Item
from broker_bridge.wire.topics import ShadowId


def document(desired: Any = None, reported: Any = None) -> dict[str, Any]:
    """A stored document, without metadata."""
    sections = {"desired": desired, "reported": reported}
    return {"state": {name: value for name, value in sections.items() if value is not None}, "metadata": {}}


def names(index: FleetIndex, query: str) -> list[str]:
    """What a query finds."""
    return [thing["thingName"] for thing in index.search(query).things]


def test_a_new_version_replaces_the_old() -> None:
    """Values that are gone are found no more, neither by value nor by existence."""
    index = FleetIndex()
    index.put(ShadowId("t"), document(reported={"a": "x", "b": 1, "l": [1, 2]}), 1, 10)
    index.put(ShadowId("t"), document(reported={"a": "y", "l": [2, 3]}), 2, 11)
    assert names(index, "shadow.reported.a:x") == []
    assert names(index, "shadow.reported.a:y shadow.reported.l:3") == ["t"]
    assert names(index, "shadow.reported.l:1 OR shadow.reported.b:*") == []


def test_an_older_version_is_ignored() -> None:
    """Updates may arrive out of order; the newest stays."""
    index = FleetIndex()
    index.put(ShadowId("t"), document(reported={"a": 2}), 2, 10)
    index.put(ShadowId("t"), document(reported={"a": 1}), 1, 9)
    index.put(ShadowId("t"), None, 1, 9)
    assert names(index, "shadow.reported.a:2") == ["t"]


def test_a_thing_is_there_while_it_has_a_shadow_or_a_registration() -> None:
    """The last of both takes the thing away, with everything that was known of it."""
    index = FleetIndex()
    index.put(ShadowId("t"), document(reported={"a": 1}), 1, 1)
    index.put(ShadowId("t", "s"), document(reported={"b": 1}), 1, 1)
    index.register("t", Registration({"seat": "1"}))
    index.put(ShadowId("t"), None, 2, 2)
    assert names(index, "shadow.name.s.reported.b:1") == ["t"]
    index.remove("t")
    assert (list(index.things()), names(index, "*")) == (["t"], ["t"])
    index.register("t", None)
    assert (list(index.things()), names(index, "*"), "t" in index) == ([], [], False)


def test_thing_document_is_awss() -> None:
    """`shadow` is text that holds JSON: sections, metadata, version, hasDelta, named shadows under `name`."""
    index = FleetIndex()
    stamps = {"reported": {"a": {"timestamp": 7}}}
    state = {"desired": {"a": 2}, "reported": {"a": 1}}
    index.put(ShadowId("t"), {"state": state, "metadata": stamps}, 3, 7)
    index.put(ShadowId("t", "s"), document(reported={"b": [1, {"c": 2}]}), 1, 8)
    index.connectivity("t", True, 99_000)
    index.register("t", Registration({"seat": "1"}, "phone"))
    (found,) = index.search("*").things
    shadow = orjson.loads(found.pop("shadow"))
    assert found.pop("thingId")
    assert found == {
        "thingName": "t",
        "thingTypeName": "phone",
        "attributes": {"seat": "1"},
        "connectivity": {"connected": True, "timestamp": 99_000},
    }
    named = {
        "reported": {"b": [1, {"c": 2}]},
        "metadata": {},
        "hasDelta": False,
        "version": 1,
        "timestamp": 8,
    }
    assert shadow.pop("name") == {"s": named}
    assert shadow == {**state, "metadata": stamps, "hasDelta": True, "version": 3, "timestamp": 7}


def test_follow_takes_stored_items() -> None:
    """As the desk's listener it indexes items, and forgets tombstones."""
    index = FleetIndex()
    index.follow(ShadowId("t"), Item(1, b'{"state":{"reported":{"a":1}},"metadata":{}}', 5))
    assert names(index, "shadow.reported.a:1") == ["t"]
    index.follow(ShadowId("t"), Item(2, None, 6))
    assert names(index, "*") == []


def test_connectivity_heard_before_the_first_shadow_counts() -> None:
    """A thing that connects and then reports is found as connected; unknown things alone are not listed."""
    index = FleetIndex()
    index.connectivity("t", True, 5)
    assert names(index, "*") == []
    index.put(ShadowId("t"), document(reported={}), 1, 1)
    assert names(index, "connectivity.connected:true AND connectivity.timestamp : [1 TO 9]") == ["t"]
    index.connectivity("t", False, 6, "CONNECTION_LOST")
    assert names(index, "connectivity.connected:true") == []
    assert names(index, "connectivity.disconnectReason:CONNECTION_LOST") == ["t"]
    assert index.search("*").things[0]["connectivity"] == {
        "connected": False,
        "timestamp": 6,
        "disconnectReason": "CONNECTION_LOST",
    }
    assert names(index, "connectivity.connected:* connectivity.timestamp>5") == ["t"]


def test_connectivity_of_strangers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest stranger is forgotten first."""
    monkeypatch.setattr(index_module, "STRANGERS_MAX", 2)
    index = FleetIndex()
    for thing in ("a", "b", "c"):
        index.connectivity(thing, True, 1)
    for thing in ("a", "b", "c"):
        index.put(ShadowId(thing), document(reported={}), 1, 1)
    assert names(index, "connectivity.connected:true") == ["b", "c"]


def test_fields_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound new fields are left out and counted; nothing breaks when they change or go."""
    monkeypatch.setattr(index_module, "FIELDS_MAX", 5)
    index = FleetIndex()
    for version, step in enumerate(({"a": 1, "b": 2, "c": 3}, {"c": 4, "d": 5}, {}), 1):
        index.put(ShadowId("t"), document(reported=step), version, 1)
    assert index.fields_left_out > 0
    index.put(ShadowId("t"), None, 4, 1)
    assert names(index, "*") == []


def test_arrays_of_objects_huge_integers_and_nulls_are_not_indexed() -> None:
    """What AWS leaves out is left out; the document still shows it."""
    index = FleetIndex()
    reported = {"objects": [{"a": 1}], "mixed": [1, {"a": 1}], "huge": 2**60, "empty": [], "o": {}}
    index.put(ShadowId("t"), document(reported=reported), 1, 1)
    for field in reported:
        assert names(index, f"shadow.reported.{field}:*") == []
    assert orjson.loads(index.search("*").things[0]["shadow"])["reported"] == reported


def test_search_pages_survive_changes() -> None:
    """A token names the last thing given: removals and additions elsewhere neither repeat nor skip others."""
    index = FleetIndex()
    for number in range(10):
        index.put(ShadowId(f"t{number}"), document(reported={"a": 1}), 1, 1)
    first = index.search("shadow.reported.a:1", 4)
    index.remove("t3")
    index.put(ShadowId("t00"), document(reported={"a": 1}), 1, 1)
    second = index.search("shadow.reported.a:1", 100, first.next_token)
    assert [thing["thingName"] for thing in first.things] == ["t0", "t1", "t2", "t3"]
    assert [thing["thingName"] for thing in second.things] == ["t4", "t5", "t6", "t7", "t8", "t9"]
    assert second.next_token is None


@pytest.mark.parametrize("size", [0, 101, -1])
def test_page_sizes_are_bounded(size: int) -> None:
    """A page has from 1 to 100 things or names."""
    with pytest.raises(InvalidPage):
        FleetIndex().search("*", size)
    with pytest.raises(InvalidPage):
        FleetIndex().named_shadows("t", size)


@given(st.text(max_size=40))
def test_tokens_that_were_not_given_are_refused(token: str) -> None:
    """A made-up token is InvalidPage or a page, never anything else."""
    try:
        FleetIndex().search("*", 10, token)
    except InvalidPage:
        return


@pytest.fixture
def numbers() -> FleetIndex:
    """The values of AWS's own example: -125, 125 and 100; and a thing without."""
    index = FleetIndex()
    for thing, value in (("a", -125), ("b", 150), ("c", 75.0)):
        reported = {"n": value, "s": thing, "f": value > 0}
        index.put(ShadowId(thing), document(reported=reported), abs(int(value)), 1)
    index.put(ShadowId("d"), document(reported={"n": "text"}), 1, 1)
    return index


def test_statistics_are_awss(numbers: FleetIndex) -> None:
    """AWS's documented example: population variance, values of another type ignored."""
    found = numbers.statistics("*", "shadow.reported.n")
    assert found == Statistics(
        3, 100 / 3, 100.0, -125.0, 150.0, 43750.0, pytest.approx(13472.2222), pytest.approx(116.069902)
    )
    assert numbers.statistics("*", "shadow.reported.s") == Statistics(3)
    flags = numbers.statistics("*", "shadow.reported.f")
    assert (flags.count, flags.sum, flags.minimum, flags.maximum) == (3, 2.0, 0.0, 1.0)
    assert numbers.statistics("thingName:x", "shadow.reported.n") == Statistics(0)
    assert numbers.statistics("*", "shadow.version").maximum == 150.0
    assert numbers.statistics("*").count == 0


def test_percentiles_interpolate(numbers: FleetIndex) -> None:
    """Between two values the percentile lies between them; nothing matches: none."""
    found = numbers.percentiles("*", "shadow.reported.n", [0, 25, 50, 100])
    assert [percentile.value for percentile in found] == [-125.0, -25.0, 75.0, 150.0]
    assert numbers.percentiles("thingName:x", "shadow.reported.n") == ()
    with pytest.raises(InvalidAggregation):
        numbers.percentiles("*", "shadow.reported.n", [101])


def test_buckets_and_cardinality(numbers: FleetIndex) -> None:
    """Commonest first, then by name; the total counts things without the field too."""
    found = numbers.buckets("*", "shadow.reported.f", 10)
    assert (found.total, [(b.key, b.count) for b in found.buckets]) == (4, [("true", 2), ("false", 1)])
    assert [b.key for b in numbers.buckets("*", "shadow.reported.n", 2).buckets] == ["-125", "150"]
    assert numbers.cardinality("*", "shadow.reported.n") == 4
    assert numbers.cardinality("thingName:a", "shadow.reported.n") == 1
    assert numbers.cardinality("*", "no.such.field") == 0
    assert numbers.buckets("thingName:x", "shadow.reported.f") == Buckets(0, ())
    for size in (0, 10_001):
        with pytest.raises(InvalidAggregation):
            numbers.buckets("*", "shadow.reported.f", size)


def test_attributes_that_spell_numbers_count_as_numbers() -> None:
    """AWS searches attributes by numeric ranges, though they are texts."""
    index = FleetIndex()
    for seat in ("9", "10", "20", "balcony"):
        index.register(f"seat-{seat}", Registration({"seat": seat}))
    assert names(index, "attributes.seat:[9 TO 10]") == ["seat-10", "seat-9"]
    assert names(index, "attributes.seat:balcony OR attributes.seat:20") == ["seat-20", "seat-balcony"]
    assert index.statistics("*", "attributes.seat").sum == 39.0
    assert index.cardinality("*", "attributes.seat") == 4


LEAVES = st.one_of(
    st.booleans(), st.integers(-3, 3), st.floats(-2, 2), st.sampled_from(["", "a", "A b", "1"])
)
STATES = st.recursive(
    st.dictionaries(st.sampled_from(["a", "b", "a.b"]), LEAVES | st.lists(LEAVES, max_size=3), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=8,
)


@given(st.lists(st.tuples(st.sampled_from(["t", "u"]), st.none() | STATES), max_size=12))
def test_any_history_equals_a_fresh_index(history: list[tuple[str, dict[str, Any] | None]]) -> None:
    """After any updates and deletions the index answers as one that has only seen the last documents."""
    index, last = FleetIndex(), dict[str, tuple[int, Any]]()
    for version, (thing, state) in enumerate(history, 1):
        index.put(ShadowId(thing), None if state is None else document(reported=state), version, 1)
        last[thing] = (version, state)
    fresh = FleetIndex()
    for thing, (version, state) in last.items():
        if state is not None:
            fresh.put(ShadowId(thing), document(reported=state), version, 1)
    assert set(index._columns) == set(fresh._columns)
    for query in ("*", "a", "1", "true", "shadow.reported.a:*", "shadow.reported.a.b>0", "NOT b", '"a b"'):
        assert index.search(query) == fresh.search(query)
    for field in fresh._columns:
        assert index.buckets("*", field) == fresh.buckets("*", field)
