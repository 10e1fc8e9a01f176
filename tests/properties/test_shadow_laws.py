"""Laws of the shadow engine that hold for every document and every request."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from broker_bridge.errors import ShadowRejected
from broker_bridge.shadow.delta import difference, same
from broker_bridge.shadow.engine import Outcome, apply
from broker_bridge.shadow.item import Item
from broker_bridge.wire.topics import Answer, Operation, ShadowId, parse_answer

SHADOW = ShadowId("thing-1", "n")
AT = 1_700_000_000

KEYS = st.sampled_from(["a", "b", "c", "timestamp", "desired", "é"])
SCALARS = (
    st.booleans()
    | st.integers(-3, 3)
    | st.floats(-3, 3, width=16)
    | st.text(max_size=3)
    | st.sampled_from([0, 0.0, 1, 1.0, True, False, 2**53, 10**30])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
SECTION = st.dictionaries(KEYS, VALUES, max_size=4)
PATCHES = st.recursive(
    VALUES | st.none(), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
PATCH = st.dictionaries(KEYS, PATCHES, max_size=4)
STATE = st.fixed_dictionaries({}, optional={"desired": PATCH | st.none(), "reported": PATCH | st.none()})
UPDATES = st.lists(STATE | st.none(), max_size=4)


def update(current: Item | None, state: Any, at: int = AT, **more: Any) -> Outcome:
    """One update."""
    payload = json.dumps({"state": state, **more}).encode()
    return apply(current, SHADOW, Operation.UPDATE, payload, at)


def said(outcome: Outcome) -> dict[Answer, Any]:
    """What was published, by kind."""
    published = {}
    for topic, payload in outcome.publications:
        parsed = parse_answer(topic)
        assert parsed is not None
        published[parsed[2]] = json.loads(payload)
    return published


def stored(updates: list[Any]) -> Item | None:
    """The item after some updates; rejected ones change nothing."""
    item = None
    for state in updates:
        item = update(item, state).item or item
    return item


def document(item: Item | None) -> dict[str, Any]:
    """State and metadata."""
    if item is None or item.document is None:
        return {"state": {}, "metadata": {}}
    decoded: dict[str, Any] = json.loads(item.document)
    return decoded


def covers(reported: Any, desired: Any) -> bool:
    """The slow oracle: everything desired is reported."""
    if isinstance(desired, dict) and isinstance(reported, dict):
        return all(key in reported and covers(reported[key], value) for key, value in desired.items())
    return same(desired, reported)


def shape(state: Any) -> Any:
    """A state with every leaf replaced by a mark."""
    if isinstance(state, dict):
        return {key: shape(value) for key, value in state.items()}
    if isinstance(state, list):
        return [shape(value) for value in state]
    return "leaf"


def metadata_shape(state: Any, metadata: Any) -> Any:
    """The metadata in the same form, walked along the state."""
    if isinstance(state, dict):
        assert isinstance(metadata, dict)
        assert metadata.keys() == state.keys()
        return {key: metadata_shape(value, metadata[key]) for key, value in state.items()}
    if isinstance(state, list):
        assert len(metadata) == len(state)
        return [metadata_shape(*pair) for pair in zip(state, metadata, strict=True)]
    assert metadata.keys() == {"timestamp"}
    return "leaf"


@given(UPDATES)
def test_delta_is_empty_exactly_when_reported_covers_desired(updates: list[Any]) -> None:
    """And it is published exactly when it is not empty."""
    item = stored(updates)
    state = document(item)["state"]
    delta, stamps = difference(
        state.get("desired", {}), state.get("reported", {}), document(item)["metadata"].get("desired", {})
    )

    covered = covers(state.get("reported", {}), state.get("desired", {}))

    assert covered == (delta == {})
    assert delta.keys() == stamps.keys()
    published = said(update(item, {}))
    assert covered == (Answer.DELTA not in published)


@given(UPDATES)
def test_reporting_the_delta_empties_it(updates: list[Any]) -> None:
    """A device that does as told is done."""
    item = stored(updates)
    if item is None:
        return
    answer = json.loads(apply(item, SHADOW, Operation.GET, b"", AT).reply)
    delta = answer["state"].get("delta")
    if delta is None:
        return

    outcome = update(item, {"reported": delta})

    # The union of both sections may be too large or too deep only if the sections were; here they never are.
    assert outcome.rejected is None
    assert Answer.DELTA not in said(outcome)


@given(UPDATES, STATE)
def test_a_patch_twice_is_a_patch_once(updates: list[Any], state: Any) -> None:
    """But for the version."""
    first = update(stored(updates), state)
    if first.item is None:
        return

    second = update(first.item, state)

    assert second.item is not None
    assert document(first.item) == document(second.item)
    assert second.item.version == first.item.version + 1


@given(UPDATES, STATE | st.none(), st.none() | st.integers(-1, 6))
def test_the_version_counts_accepted_updates_and_nothing_else(
    updates: list[Any], state: Any, version: int | None
) -> None:
    """One more for each, none for a rejected one, which publishes only its rejection."""
    item = stored(updates)
    before = item.version if item else 0

    outcome = update(item, state, **({} if version is None else {"version": version}))

    if outcome.rejected is None:
        assert outcome.item is not None
        assert outcome.item.version == before + 1
        assert version in (None, before)
        assert said(outcome)[Answer.ACCEPTED]["version"] == before + 1
    else:
        assert outcome.item is None
        assert list(said(outcome)) == [Answer.REJECTED]


@given(UPDATES, STATE)
def test_a_wrong_version_is_a_conflict_whatever_the_rest(updates: list[Any], state: Any) -> None:
    """409 for a well-formed update."""
    item = stored(updates)
    outcome = update(item, state, version=99)

    assert outcome.rejected is not None
    assert outcome.rejected.code in (400, 409)


@given(UPDATES)
def test_metadata_has_the_shape_of_the_state(updates: list[Any]) -> None:
    """One time-stamp for each leaf, one entry for each element, and no null is stored anywhere."""
    content = document(stored(updates))

    assert shape(content["state"]) == metadata_shape(content["state"], content["metadata"])
    assert "null" not in json.dumps(content["state"]).replace('"null"', "")
    assert all(content["state"].values())


@given(UPDATES, STATE)
def test_untouched_leaves_keep_their_time(updates: list[Any], state: Any) -> None:
    """Only leaves that the update names get its time."""
    item = stored(updates)
    outcome = update(item, state, AT + 60)
    if outcome.item is None:
        return

    before, after = document(item), document(outcome.item)

    def check(old: Any, new: Any, new_stamps: Any, patch: Any, mentioned: bool) -> None:
        if isinstance(new, dict):
            for key, value in new.items():
                inner = patch.get(key) if isinstance(patch, dict) else None
                named = mentioned or (isinstance(patch, dict) and key in patch)
                deeper = isinstance(inner, dict) and isinstance(value, dict)
                known = old.get(key) if isinstance(old, dict) else None
                check(known, value, new_stamps[key], inner, named and not deeper)
        elif not isinstance(new, list):
            assert new_stamps == {"timestamp": AT + 60 if mentioned else AT}

    check(before["state"], after["state"], after["metadata"], state, False)


@given(UPDATES)
def test_deleting_and_recreating_goes_on_two_later(updates: list[Any]) -> None:
    """Within 48 hours; after that versions begin at one again."""
    item = stored(updates)
    if item is None:
        return
    tombstone = apply(item, SHADOW, Operation.DELETE, b"", AT).item
    assert tombstone is not None

    soon = update(tombstone, {"reported": {"a": 1}}, AT + 48 * 3600 - 1).item
    late = update(tombstone, {"reported": {"a": 1}}, AT + 48 * 3600).item

    assert soon is not None
    assert late is not None
    assert soon.version == item.version + 2
    assert late.version == 1


TOKENS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=16)
ROOTS = st.fixed_dictionaries(
    {},
    optional={
        "state": VALUES | STATE | st.none(),
        "version": VALUES | st.none(),
        "clientToken": VALUES | st.none() | TOKENS,
        "other": VALUES,
    },
)
PAYLOADS = (
    st.binary(max_size=40)
    | ROOTS.map(lambda root: json.dumps(root).encode())
    | VALUES.map(lambda value: json.dumps(value).encode())
)


@settings(max_examples=500)
@given(UPDATES, st.sampled_from(list(Operation)), PAYLOADS)
@example([], Operation.UPDATE, b"[" * 100_000)
@example([], Operation.UPDATE, b'{"state":{"desired":{"a":' + b"[" * 900 + b"]" * 900 + b"}}}")
@example([], Operation.UPDATE, b'{"state":{"desired":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}}")
@example([], Operation.UPDATE, b'{"state":{"desired":{"a":NaN}}}')
@example([], Operation.UPDATE, b'{"state":{"desired":{"a":1e999}}}')
@example([], Operation.UPDATE, b'{"state":{"desired":{"a":-Infinity}}}')
@example([], Operation.UPDATE, b'{"state":{"desired":{"a":"\\ud800"}}}')
@example([], Operation.UPDATE, '{"state":{}}'.encode("utf-16"))
@example([{"desired": {"a": 1}}], Operation.GET, b"\xff\xfe")
@example([{"desired": {"a": 1}}], Operation.DELETE, b"\xff\xfe")
@example([], Operation.UPDATE, b"x" * 200_000)
def test_no_input_raises_anything(updates: list[Any], operation: Operation, payload: bytes) -> None:
    """Whatever the bytes, there is exactly one answer, and it is JSON; a refusal changes nothing."""
    outcome = apply(stored(updates), SHADOW, operation, payload, AT)

    answers = said(outcome)
    assert (Answer.ACCEPTED in answers) != (Answer.REJECTED in answers)
    assert outcome.publications[-1].payload == outcome.reply
    if outcome.rejected is not None:
        assert isinstance(outcome.rejected, ShadowRejected)
        assert outcome.item is None
        answer = answers[Answer.REJECTED]
        assert (answer["code"], answer["message"]) == (outcome.rejected.code, outcome.rejected.message)


@given(UPDATES, ROOTS, TOKENS, st.sampled_from(list(Operation)))
def test_the_token_is_in_every_message(
    updates: list[Any], root: dict[str, Any], token: str, operation: Operation
) -> None:
    """In accepted, rejected, delta and documents, whatever else the request says."""
    payload = json.dumps({**root, "clientToken": token}).encode()

    outcome = apply(stored(updates), SHADOW, operation, payload, AT)

    for message in said(outcome).values():
        assert message["clientToken"] == token


@given(VALUES, VALUES)
def test_equality_is_symmetric_and_never_takes_a_boolean_for_a_number(one: Any, other: Any) -> None:
    """And agrees with the text of JSON wherever that is the same."""
    assert same(one, other) == same(other, one)
    assert same(one, one)
    assert not same(True, 1)
    assert not same([0], [False])
    if json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True):
        assert same(one, other)
