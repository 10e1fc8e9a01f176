"""Rules of the engine that the recorded conversations do not show."""

import json
from typing import Any

import pytest

from broker_bridge.shadow.engine import Outcome, apply
from broker_bridge.shadow.item import Item
from broker_bridge.shadow.limits import Limits
from broker_bridge.wire.topics import Answer, Operation, ShadowId, parse_answer

SHADOW = ShadowId("thing-1")
AT = 1_700_000_000


def ask(item: Item | None, operation: Operation, payload: Any, at: int = AT, **limits: int) -> Outcome:
    """One request; what is not bytes is sent as JSON."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return apply(item, SHADOW, operation, raw, at, Limits(**limits))


def updated(item: Item | None, state: Any, at: int = AT) -> Item:
    """The item after an update that must be accepted."""
    outcome = ask(item, Operation.UPDATE, {"state": state}, at)
    assert outcome.rejected is None
    assert outcome.item is not None
    return outcome.item


def kinds(outcome: Outcome) -> list[Answer]:
    """What was published, in order."""
    parsed = [parse_answer(topic) for topic, _ in outcome.publications]
    return [answer[2] for answer in parsed if answer is not None]


def deep(levels: int, leaf: Any = 1) -> Any:
    """An object with a key on each of so many levels."""
    for _ in range(levels):
        leaf = {"k": leaf}
    return leaf


def test_delta_comes_before_documents_and_the_answer_last() -> None:
    """Older SDKs drop a delta whose version they have seen in accepted."""
    outcome = ask(None, Operation.UPDATE, {"state": {"desired": {"a": 1}}})

    assert kinds(outcome) == [Answer.DELTA, Answer.DOCUMENTS, Answer.ACCEPTED]
    assert outcome.publications[-1].payload == outcome.reply


def test_answers_have_the_key_order_of_aws() -> None:
    """Byte for byte, compact."""
    request = {"state": {"desired": {"a": 1}}, "clientToken": "t"}
    delta, documents, accepted = ask(None, Operation.UPDATE, request).publications

    stamps = b'{"a":{"timestamp":1700000000}}'
    assert delta.payload == (
        b'{"version":1,"timestamp":1700000000,"state":{"a":1},"metadata":%b,"clientToken":"t"}' % stamps
    )
    assert documents.payload == (
        b'{"previous":null,"current":{"state":{"desired":{"a":1}},"metadata":{"desired":%b},"version":1},'
        b'"timestamp":1700000000,"clientToken":"t"}' % stamps
    )
    assert accepted.payload == (
        b'{"state":{"desired":{"a":1}},"metadata":{"desired":%b},"version":1,"timestamp":1700000000,'
        b'"clientToken":"t"}' % stamps
    )


def test_get_has_desired_reported_and_delta() -> None:
    """The time is that of the answer, and delta is in the state only."""
    item = updated(None, {"desired": {"a": 1, "b": 1}, "reported": {"b": 1}})

    answer = json.loads(ask(item, Operation.GET, b"", AT + 5).reply)

    assert list(answer["state"]) == ["desired", "reported", "delta"]
    assert answer["state"]["delta"] == {"a": 1}
    assert list(answer["metadata"]) == ["desired", "reported"]
    assert answer["timestamp"] == AT + 5


@pytest.mark.parametrize(
    ("desired", "reported", "differs"),
    [
        (1, 1.0, False),
        (1.0, 1, False),
        (True, 1, True),
        (0, False, True),
        ([1, True], [1.0, True], False),
        ([True], [1], True),
        ({"a": [{"b": 0}]}, {"a": [{"b": False}]}, True),
        ("1", 1, True),
        ({}, {}, False),
        ({}, 1, True),
        ([], {}, True),
        ({}, {"more": 1}, False),
        ([1, 2], [2, 1], True),
    ],
)
def test_values_differ_as_json_values_do(desired: Any, reported: Any, differs: bool) -> None:
    """Numbers by value, booleans only from booleans, arrays as a whole, objects by member."""
    outcome = ask(None, Operation.UPDATE, {"state": {"desired": {"v": desired}, "reported": {"v": reported}}})

    assert differs == (Answer.DELTA in kinds(outcome))


def test_delta_metadata_is_that_of_desired_and_may_be_older() -> None:
    """The time at which desired was written, not that of the update which shows the difference."""
    item = updated(None, {"desired": {"o": {"a": 1, "b": [1, {"c": 2}]}}}, AT)

    outcome = ask(item, Operation.UPDATE, {"state": {"reported": {"o": {"a": 1}}}}, AT + 9)
    delta = json.loads(outcome.publications[0].payload)

    then = {"timestamp": AT}
    assert delta["state"] == {"o": {"b": [1, {"c": 2}]}}
    assert delta["metadata"] == {"o": {"b": [then, {"c": then}]}}
    assert delta["timestamp"] == AT + 9


def test_a_field_called_timestamp_is_a_field() -> None:
    """It is not taken for metadata, at any level."""
    item = updated(None, {"reported": {"timestamp": {"timestamp": 5}, "a": 1}}, AT)
    item = updated(item, {"reported": {"timestamp": {"timestamp": 6}}}, AT + 1)

    document = json.loads(item.document or b"")

    assert document["state"]["reported"] == {"timestamp": {"timestamp": 6}, "a": 1}
    assert document["metadata"]["reported"] == {
        "timestamp": {"timestamp": {"timestamp": AT + 1}},
        "a": {"timestamp": AT},
    }


def test_nulls_in_a_new_object_are_dropped_and_the_object_stays() -> None:
    """As an empty object, which is a value."""
    item = updated(None, {"reported": {"a": {"b": None, "c": {"d": None}}}})

    assert json.loads(item.document or b"")["state"] == {"reported": {"a": {"c": {}}}}


def test_a_null_section_is_cleared_and_echoed() -> None:
    """With a time-stamp in place of its metadata."""
    item = updated(None, {"desired": {"a": 1}, "reported": {"a": 1}})

    outcome = ask(item, Operation.UPDATE, {"state": {"desired": None}})
    accepted = json.loads(outcome.reply)

    assert accepted["state"] == {"desired": None}
    assert accepted["metadata"] == {"desired": {"timestamp": AT}}
    assert outcome.item is not None
    assert json.loads(outcome.item.document or b"")["state"] == {"reported": {"a": 1}}


ENCODING = "Unsupported documented encoding; supported encoding is UTF-8"
REJECTIONS = [
    (b"", 400, "Payload contains invalid json"),
    (b"{", 400, "Payload contains invalid json"),
    (b'{"state":{}}}', 400, "Payload contains invalid json"),
    (b'{"state":{"desired":{"a":NaN}}}', 400, "Payload contains invalid json"),
    (b"[" * 2000, 400, "Payload contains invalid json"),
    (b'{"state":{"desired":{"a":"\xe9"}}}', 415, ENCODING),
    ('{"state":{}}'.encode("utf-16"), 415, ENCODING),
    ([], 400, "Missing required node: state"),
    ({"clientToken": "t"}, 400, "Missing required node: state"),
    ({"state": [], "clientToken": 5}, 400, "Invalid clientToken"),
    ({"state": []}, 400, "State node must be an object"),
    ({"state": False}, 400, "State node must be an object"),
    ({"state": {"desired": 3}}, 400, "Desired node must be an object"),
    ({"state": {"reported": "x", "foo": 1}}, 400, "Reported node must be an object"),
    ({"state": {"desired": {}, "delta": {}}}, 400, "State contains an invalid node: 'delta'"),
    ({"state": {}, "version": True}, 400, "Invalid version"),
    ({"state": {}, "version": 1.0}, 400, "Invalid version"),
    ({"state": {}, "version": "1"}, 400, "Invalid version"),
    ({"state": {"desired": deep(9)}}, 400, "JSON contains too many levels of nesting; maximum is 8"),
    ({"state": {"desired": {"a": [1, [None]]}}}, 400, "State contains an invalid node"),
    ({"state": {"desired": {"a": [{"b": None}]}}}, 400, "State contains an invalid node"),
    ({"state": {"desired": {"a": [None]}}, "version": 7}, 400, "State contains an invalid node"),
    ({"state": {}, "version": 7}, 409, "Version conflict"),
    ({"state": {"desired": {"a": "x" * 8200}}}, 413, "The payload exceeds the maximum size allowed"),
    (b" " * (128 * 1024 + 1), 413, "The payload exceeds the maximum size allowed"),
]


@pytest.mark.parametrize(("payload", "code", "message"), REJECTIONS)
def test_what_is_wrong_is_said_in_the_words_of_aws(payload: Any, code: int, message: str) -> None:
    """One rejection, nothing stored, nothing else published."""
    outcome = ask(None, Operation.UPDATE, payload)

    assert outcome.item is None
    assert kinds(outcome) == [Answer.REJECTED]
    assert outcome.rejected is not None
    assert (outcome.rejected.code, outcome.rejected.message) == (code, message)


@pytest.mark.parametrize("payload", [entry[0] for entry in REJECTIONS if isinstance(entry[0], dict)])
def test_a_rejection_says_the_token_back(payload: dict[str, Any]) -> None:
    """Clients of the second SDK hear nothing without it."""
    outcome = ask(None, Operation.UPDATE, {"clientToken": "mine", **payload})
    token = payload.get("clientToken", "mine")

    assert json.loads(outcome.reply).get("clientToken") == (token if isinstance(token, str) else None)


@pytest.mark.parametrize("operation", list(Operation))
def test_a_payload_that_is_too_large_is_still_answered_by_token(operation: Operation) -> None:
    """413 for update and get; delete does not look at its content."""
    payload = json.dumps({"clientToken": "mine", "x": "y" * 131_072}).encode()

    outcome = ask(None, operation, payload)

    assert outcome.rejected is not None
    assert outcome.rejected.code == (404 if operation is Operation.DELETE else 413)
    assert json.loads(outcome.reply)["clientToken"] == "mine"


def test_a_token_is_counted_in_bytes() -> None:
    """32 letters of two bytes pass, 33 do not."""
    assert ask(None, Operation.UPDATE, {"state": {}, "clientToken": "é" * 32}).rejected is None
    assert ask(None, Operation.UPDATE, {"state": {}, "clientToken": "é" * 33}).rejected is not None


def test_a_null_token_or_version_is_none() -> None:
    """As if they were not there."""
    outcome = ask(None, Operation.UPDATE, {"state": {}, "clientToken": None, "version": None})

    assert outcome.rejected is None
    assert b"clientToken" not in outcome.reply


def test_version_0_is_that_of_no_shadow() -> None:
    """So a client can create and never overwrite."""
    assert ask(None, Operation.UPDATE, {"state": {}, "version": 0}).rejected is None
    item = updated(None, {})
    assert ask(item, Operation.UPDATE, {"state": {}, "version": 0}).rejected is not None


@pytest.mark.parametrize(("levels", "fits"), [(8, True), (9, False)])
def test_keys_are_the_levels(levels: int, fits: bool) -> None:
    """The leaf's key counts; the limit holds for each section."""
    for section in ("desired", "reported"):
        outcome = ask(None, Operation.UPDATE, {"state": {section: deep(levels)}})
        assert fits == (outcome.rejected is None)


@pytest.mark.parametrize(
    ("value", "levels"),
    [([1], 1), ([[1]], 2), ([{"b": 1}], 2), ({"b": [{"c": [[1]]}]}, 4), ({}, 1), ({"b": {}}, 2), ([[]], 2)],
)
def test_arrays_in_arrays_are_levels_too(value: Any, levels: int) -> None:
    """An array under a key shares the key's level; so nothing can nest without end."""
    request = {"state": {"reported": {"a": value}}}

    assert ask(None, Operation.UPDATE, request, depth=levels).rejected is None
    if levels > 1:
        assert ask(None, Operation.UPDATE, request, depth=levels - 1).rejected is not None


def test_the_depth_limit_is_in_its_message() -> None:
    """AWS's own text says 6 whatever the limit is."""
    outcome = ask(None, Operation.UPDATE, {"state": {"desired": deep(7)}}, depth=6)

    assert outcome.rejected is not None
    assert outcome.rejected.message.endswith("maximum is 6")


def test_size_is_that_of_both_sections_after_the_merge() -> None:
    """Compact UTF-8: white space and escapes of the request do not count, the other section does."""
    item = updated(None, {"desired": {"a": "é" * 2000}})
    room = 8192 - len('{"a":""}') - 4000 - len('{"b":""}')

    fits = ask(item, Operation.UPDATE, {"state": {"reported": {"b": "x" * room}}})
    over = ask(item, Operation.UPDATE, {"state": {"reported": {"b": "x" * (room + 1)}}})
    replaced = ask(fits.item, Operation.UPDATE, {"state": {"desired": {"a": None}}})

    assert fits.rejected is None
    assert over.rejected is not None
    assert replaced.rejected is None


def test_get_refuses_what_is_no_json_and_takes_nothing() -> None:
    """An empty payload is fine, and so is any JSON."""
    item = updated(None, {})

    for fine in (b"", b"{}", b"[1]", b"null"):
        assert ask(item, Operation.GET, fine).rejected is None
    rejected = ask(item, Operation.GET, b"{").rejected
    assert rejected is not None
    assert rejected.code == 400


def test_a_deleted_shadow_is_not_there_and_its_version_goes_on() -> None:
    """404 for get and delete; the tombstone says what the deletion counted."""
    item = updated(None, {"desired": {"a": 1}})
    deleted = ask(item, Operation.DELETE, {"clientToken": "t"})

    assert json.loads(deleted.reply) == {"version": 1, "timestamp": AT, "clientToken": "t"}
    assert deleted.item == Item(2, None, AT)
    for operation in (Operation.GET, Operation.DELETE):
        rejected = ask(deleted.item, operation, b"").rejected
        assert rejected is not None
        assert (rejected.code, rejected.message) == (404, "No shadow exists with name: 'thing-1'")
    documents = ask(deleted.item, Operation.UPDATE, {"state": {}}).publications[0]
    assert json.loads(documents.payload)["previous"] is None


def test_limits_that_cannot_be_written_are_refused() -> None:
    """JSON of more than 254 levels cannot be encoded."""
    for depth in (0, 101):
        with pytest.raises(ValueError, match="depth"):
            Limits(depth=depth)
