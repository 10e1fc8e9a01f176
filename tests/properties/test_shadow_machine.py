"""Any sequence of requests, compared step by step with a slow and simple model of the service."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from broker_bridge.shadow.engine import Outcome, apply
from broker_bridge.shadow.item import Item
from broker_bridge.wire.topics import Answer, Operation, ShadowId, parse_answer
from tests.support.shadow_oracle import Model, equal

pytestmark = pytest.mark.timeout(400)
"""Seconds: two for what passes; for what fails, Hypothesis takes up to five minutes to find the shortest."""

SHADOW = ShadowId("thing-1", "n")

KEYS = st.sampled_from(["a", "a", "b", "timestamp"])
"""Few, so that updates meet in the same places."""
SCALARS = st.sampled_from([0, 1, -1, 1.0, 0.5, True, False, "", "x", 2**53])
VALUES = st.recursive(
    SCALARS | st.lists(SCALARS, max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
PATCHES = st.recursive(
    VALUES | st.none(), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
SECTIONS = st.none() | st.dictionaries(KEYS, PATCHES, max_size=3)
STATES = st.none() | st.fixed_dictionaries({}, optional={"desired": SECTIONS, "reported": SECTIONS})
WRONG = st.sampled_from(
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"state":5}',
        b'{"state":{"other":{}}}',
        b'{"state":{"desired":[]}}',
        b'{"state":{"desired":{"a":[null]}}}',
        b'{"state":{"desired":{"a":1}},"version":"1"}',
        b'{"state":{},"clientToken":5}',
        json.dumps({"state": {"desired": {"a": "x" * 8200}}}).encode(),
        b'{"state":{"reported":' + b'{"a":' * 9 + b"1" + b"}" * 9 + b"}}",
        b" " * 131_073,
    ]
)

Steps = list[tuple[dict[str, Any] | None, int | None]]


class Shadow(RuleBasedStateMachine):
    """One shadow, the engine's and the model's."""

    def __init__(self) -> None:
        super().__init__()
        self.item: Item | None = None
        self.model = Model()
        self.at = 1_700_000_000

    def ask(self, operation: Operation, payload: bytes) -> tuple[Outcome, dict[Answer, Any]]:
        """One request to the engine, and what it publishes; time goes on."""
        self.at += 1
        outcome = apply(self.item, SHADOW, operation, payload, self.at)
        said: dict[Answer, Any] = {}
        for topic, message in outcome.publications:
            parsed = parse_answer(topic)
            assert parsed is not None
            assert parsed[:2] == (SHADOW, operation)
            said[parsed[2]] = json.loads(message)
        self.item = outcome.item or self.item
        return outcome, said

    @initialize(state=STATES)
    def begin(self, state: dict[str, Any] | None) -> None:
        """With something in it, as most shadows have."""
        self.update(state, None)

    @rule(state=STATES, version=st.none() | st.integers(-1, 6))
    def update(self, state: dict[str, Any] | None, version: int | None) -> None:
        """Accepted or 409 as the model says; delta exactly when there is one, and exactly that one."""
        before, last = self.model.document(), self.model.version
        existed = self.model.exists
        request = {"state": state} | ({} if version is None else {"version": version})
        outcome, said = self.ask(Operation.UPDATE, json.dumps(request).encode())
        if not self.model.update(state, self.at, version):
            assert list(said) == [Answer.REJECTED]
            assert said[Answer.REJECTED]["code"] == 409
            return
        assert outcome.rejected is None
        self._check_update(state, said)
        documents = said[Answer.DOCUMENTS]
        assert documents["previous"] == ({**before, "version": last} if existed else None)
        assert documents["current"] == {**self.model.document(), "version": self.model.version}

    def _check_update(self, state: dict[str, Any] | None, said: dict[Answer, Any]) -> None:
        delta = self.model.delta()
        assert list(said) == [*([Answer.DELTA] if delta else []), Answer.DOCUMENTS, Answer.ACCEPTED]
        if delta:
            assert said[Answer.DELTA]["state"] == delta
            _check_part(said[Answer.DELTA]["metadata"], self.model.document()["metadata"]["desired"], delta)
        assert said[Answer.ACCEPTED]["state"] == state
        assert {message.get("version", self.model.version) for message in said.values()} == {
            self.model.version
        }

    @rule(payload=WRONG)
    def ask_wrongly(self, payload: bytes) -> None:
        """Refused, and nothing is changed."""
        outcome, said = self.ask(Operation.UPDATE, payload)
        assert outcome.item is None
        assert list(said) == [Answer.REJECTED]

    @rule()
    def delete(self) -> None:
        """Its version, or 404."""
        _, said = self.ask(Operation.DELETE, b"")
        version = self.model.delete(self.at)
        if version is None:
            assert said[Answer.REJECTED]["code"] == 404
        else:
            assert said == {Answer.ACCEPTED: {"version": version, "timestamp": self.at}}

    @rule(hours=st.sampled_from([1, 47, 49]))
    def wait(self, hours: int) -> None:
        """Tombstones run out."""
        self.at += hours * 3600

    @precondition(lambda self: self.model.exists and self.model.delta())
    @rule()
    def do_as_told(self) -> None:
        """A device that reports the delta is done: none is published."""
        delta = self.model.delta()
        self.update({"reported": delta}, None)
        assert self.model.delta() == {}

    @precondition(lambda self: self.model.exists)
    @rule(state=STATES)
    def say_it_twice(self, state: dict[str, Any] | None) -> None:
        """A patch is idempotent, but for version and times."""
        self.update(state, None)
        once = self.model.document()["state"]
        version = self.model.version
        self.update(state, None)
        assert self.model.document()["state"] == once
        assert self.model.version == version + 1

    @invariant()
    def get_agrees(self) -> None:
        """The document, its delta and its version; or 404."""
        said = json.loads(apply(self.item, SHADOW, Operation.GET, b"", self.at).reply)
        if not self.model.exists:
            assert said["code"] == 404
            return
        wanted, delta = self.model.document(), self.model.delta()
        if delta:
            wanted["state"] = {**wanted["state"], "delta": delta}
        assert said == {**wanted, "version": self.model.version, "timestamp": self.at}
        covered = _covers(wanted["state"].get("reported", {}), wanted["state"].get("desired", {}))
        assert covered == (not delta)


def _covers(reported: Any, desired: Any) -> bool:
    """True when everything desired is reported."""
    if isinstance(desired, dict) and isinstance(reported, dict):
        return all(key in reported and _covers(reported[key], value) for key, value in desired.items())
    return equal(desired, reported)


def _check_part(part: Any, whole: Any, delta: Any) -> None:
    """The delta's metadata is that part of desired's."""
    if not isinstance(delta, dict):
        assert part == whole
        return
    assert part.keys() == delta.keys()
    for key, value in delta.items():
        _check_part(part[key], whole[key], value)


Shadow.TestCase.settings = settings(max_examples=150, stateful_step_count=15)
TestShadow = Shadow.TestCase


@given(st.lists(st.tuples(STATES, st.none() | st.integers(0, 4)), max_size=6))
@example([({"desired": {"a": {}}}, None), ({"desired": {"a": {"b": None}}}, None)])
@example([({"desired": {"a": {"b": 1}}}, None), ({"desired": {"a": {"b": None}}}, None)])
@example([({"reported": {"a": {"b": None}}}, None), ({"reported": {"a": 1}}, None)])
@example([({"reported": {"a": 1}}, None), ({"reported": {"a": {"b": {"c": None}}}}, None)])
@example([({"desired": {"a": [1, {"b": 2}]}}, None), ({"reported": {"a": [True, {"b": 2.0}]}}, None)])
@example(
    [({"desired": {"a": [1]}}, None), ({"desired": {"a": {"b": 1}}}, None), ({"desired": {"a": []}}, None)]
)
@example(
    [({"desired": {"a": [{}]}}, None), ({"desired": {"a": {}}}, None), ({"reported": {"a": {"é": 1}}}, None)]
)
@example([({"desired": {"a": 1}, "reported": {"a": 1.0}}, None), (None, 1), ({}, 2)])
@example([({"desired": {"timestamp": {"timestamp": 1}}}, None), ({"desired": {"timestamp": 1}}, None)])
@example([({"desired": {"a": {}}, "reported": {"a": {"b": 1}}}, None), ({"desired": None}, None)])
def test_updates_do_what_the_model_says(steps: Steps) -> None:
    """Short histories of updates alone, among them all that were once hard."""
    shadow = Shadow()
    for state, version in steps:
        shadow.update(state, version)
        shadow.get_agrees()
