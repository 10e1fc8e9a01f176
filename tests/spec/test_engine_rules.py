"""The rules of docs/spec/shadow.md at the engine, in what the recorded conversations do not show."""

import json
from typing import Any

import pytest

from broker_bridge.shadow.engine import Outcome, apply
from broker_bridge.shadow.item import Item
from broker_bridge.shadow.limits import Limits
from broker_bridge.wire.topics import Answer, Operation, ShadowId, parse_answer, parse_request

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


def test_sh13_delta_comes_before_documents_and_the_answer_last() -> None:
    """Older SDKs drop a delta whose version they have seen in accepted."""
    outcome = ask(None, Operation.UPDATE, {"state": {"desired": {"a": 1}}})

    assert kinds(outcome) == [Answer.DELTA, Answer.DOCUMENTS, Answer.ACCEPTED]
    assert outcome.publications[-1].payload == outcome.reply


def test_sh5_sh6_sh7_sh11_sh12_answers_have_the_key_order_of_aws() -> None:
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


def test_sh8_get_has_desired_reported_and_delta() -> None:
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
def test_sh30_sh31_sh34_values_differ_as_json_values_do(desired: Any, reported: Any, differs: bool) -> None:
    """Numbers by value, booleans only from booleans, arrays as a whole, objects by member."""
    outcome = ask(None, Operation.UPDATE, {"state": {"desired": {"v": desired}, "reported": {"v": reported}}})

    assert differs == (Answer.DELTA in kinds(outcome))


def test_sh6_sh26_sh32_delta_metadata_is_that_of_desired_and_may_be_older() -> None:
    """The time at which desired was written, not that of the update which shows the difference."""
    item = updated(None, {"desired": {"o": {"a": 1, "b": [1, {"c": 2}]}}}, AT)

    outcome = ask(item, Operation.UPDATE, {"state": {"reported": {"o": {"a": 1}}}}, AT + 9)
    delta = json.loads(outcome.publications[0].payload)

    then = {"timestamp": AT}
    assert delta["state"] == {"o": {"b": [1, {"c": 2}]}}
    assert delta["metadata"] == {"o": {"b": [then, {"c": then}]}}
    assert delta["timestamp"] == AT + 9


def test_sh27_sh28_a_field_called_timestamp_is_a_field() -> None:
    """It is not taken for metadata, at any level."""
    item = updated(None, {"reported": {"timestamp": {"timestamp": 5}, "a": 1}}, AT)
    item = updated(item, {"reported": {"timestamp": {"timestamp": 6}}}, AT + 1)

    document = json.loads(item.document or b"")

    assert document["state"]["reported"] == {"timestamp": {"timestamp": 6}, "a": 1}
    assert document["metadata"]["reported"] == {
        "timestamp": {"timestamp": {"timestamp": AT + 1}},
        "a": {"timestamp": AT},
    }


def test_sh21_nulls_in_a_new_object_are_dropped_and_the_object_stays() -> None:
    """As an empty object, which is a value."""
    item = updated(None, {"reported": {"a": {"b": None, "c": {"d": None}}}})

    assert json.loads(item.document or b"")["state"] == {"reported": {"a": {"c": {}}}}


def test_sh22_sh29_a_null_section_is_cleared_and_echoed() -> None:
    """With a time-stamp in place of its metadata."""
    item = updated(None, {"desired": {"a": 1}, "reported": {"a": 1}})

    outcome = ask(item, Operation.UPDATE, {"state": {"desired": None}})
    accepted = json.loads(outcome.reply)

    assert accepted["state"] == {"desired": None}
    assert accepted["metadata"] == {"desired": {"timestamp": AT}}
    assert outcome.item is not None
    assert json.loads(outcome.item.document or b"")["state"] == {"reported": {"a": 1}}


ENCODING = "Unsupported documented encoding; supported encoding is UTF-8"
NESTING = "JSON contains too many levels of nesting; maximum is 8"
TOO_LARGE = "The payload exceeds the maximum size allowed"


def assert_refused(payload: Any, code: int, message: str) -> None:
    """One rejection, nothing stored, nothing else published."""
    outcome = ask(None, Operation.UPDATE, payload)
    assert outcome.item is None
    assert kinds(outcome) == [Answer.REJECTED]
    answer = json.loads(outcome.reply)
    assert list(answer)[:3] == ["code", "message", "timestamp"]
    assert (answer["code"], answer["message"], answer["timestamp"]) == (code, message, AT)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b'{"state":{}}}',
        b'{"state":{"desired":{"a":NaN}}}',
        b'{"state":{"desired":{"a":1e999}}}',
        b"[" * 2000,
    ],
)
def test_sh10_sh15_sh41_what_is_no_json(payload: bytes) -> None:
    """Whatever is wrong with it: text after the value, numbers that JSON has not, nesting without end."""
    assert_refused(payload, 400, "Payload contains invalid json")


@pytest.mark.parametrize("payload", [[], 5, None, {"clientToken": "t"}])
def test_sh15_sh42_no_state(payload: Any) -> None:
    """Also when the payload is no object at all."""
    assert_refused(payload, 400, "Missing required node: state")


@pytest.mark.parametrize(
    ("state", "node"),
    [
        ([], "State"),
        (False, "State"),
        ("x", "State"),
        ({"desired": 3}, "Desired"),
        ({"desired": []}, "Desired"),
        ({"reported": "x", "foo": 1}, "Reported"),
    ],
)
def test_sh43_nodes_that_must_be_objects(state: Any, node: str) -> None:
    """State and its two sections, before anything is said of other members."""
    assert_refused({"state": state}, 400, f"{node} node must be an object")


@pytest.mark.parametrize("version", [True, 1.0, "1", [1], {}])
def test_sh44_versions_that_are_no_integers(version: Any) -> None:
    """A boolean is none, nor is 1.0."""
    assert_refused({"state": {}, "version": version}, 400, "Invalid version")


@pytest.mark.parametrize("token", [5, True, [], {}, "x" * 65])
def test_sh45_tokens_that_are_none(token: Any) -> None:
    """Said before anything else that is wrong."""
    assert_refused({"state": [], "clientToken": token}, 400, "Invalid clientToken")


def test_sh46_too_deep() -> None:
    """Nine levels are one too many."""
    assert_refused({"state": {"desired": deep(9)}}, 400, NESTING)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"desired": {}, "delta": {}}, "State contains an invalid node: 'delta'"),
        ({"desired": {"a": [1, [None]]}}, "State contains an invalid node"),
        ({"desired": {"a": [{"b": None}]}}, "State contains an invalid node"),
    ],
)
def test_sh47_invalid_nodes(state: Any, message: str) -> None:
    """Another member of state, and null anywhere in an array; said before a version conflict."""
    assert_refused({"state": state, "version": 7}, 400, message)


def test_sh15_sh36_sh49_a_version_that_is_not_the_stored_one() -> None:
    """In either direction, and nothing is changed."""
    assert_refused({"state": {}, "version": 7}, 409, "Version conflict")
    item = updated(updated(None, {}), {})
    for version in (1, 3, 0, -2):
        outcome = ask(item, Operation.UPDATE, {"state": {"desired": {"a": 1}}, "version": version})
        assert (outcome.item, kinds(outcome)) == (None, [Answer.REJECTED])
    assert ask(item, Operation.UPDATE, {"state": {}, "version": 2}).rejected is None


def test_sh50_sh54_sh56_too_large() -> None:
    """The document that would be made, and the request as it is."""
    assert_refused({"state": {"desired": {"a": "x" * 8200}}}, 413, TOO_LARGE)
    assert_refused(b" " * (128 * 1024 + 1), 413, TOO_LARGE)
    room = b'{"state":{}}'
    assert ask(None, Operation.UPDATE, room + b" " * (128 * 1024 - len(room))).rejected is None


@pytest.mark.parametrize("payload", [b'{"state":{"desired":{"a":"\xe9"}}}', '{"state":{}}'.encode("utf-16")])
def test_sh51_not_utf_8(payload: bytes) -> None:
    """Latin-1 and UTF-16."""
    assert_refused(payload, 415, ENCODING)


WRONG: list[dict[str, Any]] = [
    {},
    {"state": 5},
    {"state": {"desired": []}},
    {"state": {"x": 1}},
    {"state": {}, "version": "x"},
    {"state": {}, "version": 7},
    {"state": {"desired": deep(9)}},
    {"state": {"desired": {"a": "x" * 8200}}},
    {"state": {}, "clientToken": "x" * 65},
    {"state": {}, "clientToken": 5},
]


@pytest.mark.parametrize("payload", WRONG)
def test_sh11_a_rejection_says_the_token_back(payload: dict[str, Any]) -> None:
    """Clients of the second SDK hear nothing without it."""
    outcome = ask(None, Operation.UPDATE, {"clientToken": "mine", **payload})
    token = payload.get("clientToken", "mine")

    assert json.loads(outcome.reply).get("clientToken") == (token if isinstance(token, str) else None)


@pytest.mark.parametrize("operation", list(Operation))
def test_sh11_sh14_sh56_a_payload_that_is_too_large_is_still_answered_by_token(operation: Operation) -> None:
    """413 for update and get; delete does not look at its content."""
    payload = json.dumps({"clientToken": "mine", "x": "y" * 131_072}).encode()

    outcome = ask(None, operation, payload)

    assert outcome.rejected is not None
    assert outcome.rejected.code == (404 if operation is Operation.DELETE else 413)
    assert json.loads(outcome.reply)["clientToken"] == "mine"


def test_sh45_a_token_is_counted_in_bytes() -> None:
    """32 letters of two bytes pass, 33 do not."""
    assert ask(None, Operation.UPDATE, {"state": {}, "clientToken": "é" * 32}).rejected is None
    assert ask(None, Operation.UPDATE, {"state": {}, "clientToken": "é" * 33}).rejected is not None


def test_sh11_sh36_a_null_token_or_version_is_none() -> None:
    """As if they were not there."""
    outcome = ask(None, Operation.UPDATE, {"state": {}, "clientToken": None, "version": None})

    assert outcome.rejected is None
    assert b"clientToken" not in outcome.reply


def test_sh39_version_0_is_that_of_no_shadow() -> None:
    """So a client can create and never overwrite."""
    assert ask(None, Operation.UPDATE, {"state": {}, "version": 0}).rejected is None
    item = updated(None, {})
    assert ask(item, Operation.UPDATE, {"state": {}, "version": 0}).rejected is not None


@pytest.mark.parametrize(("levels", "fits"), [(8, True), (9, False)])
def test_sh55_keys_are_the_levels(levels: int, fits: bool) -> None:
    """The leaf's key counts; the limit holds for each section."""
    for section in ("desired", "reported"):
        outcome = ask(None, Operation.UPDATE, {"state": {section: deep(levels)}})
        assert fits == (outcome.rejected is None)


@pytest.mark.parametrize(
    ("value", "levels"),
    [([1], 1), ([[1]], 2), ([{"b": 1}], 2), ({"b": [{"c": [[1]]}]}, 4), ({}, 1), ({"b": {}}, 2), ([[]], 2)],
)
def test_sh55_arrays_in_arrays_are_levels_too(value: Any, levels: int) -> None:
    """An array under a key shares the key's level; so nothing can nest without end."""
    request = {"state": {"reported": {"a": value}}}

    assert ask(None, Operation.UPDATE, request, depth=levels).rejected is None
    if levels > 1:
        assert ask(None, Operation.UPDATE, request, depth=levels - 1).rejected is not None


def test_sh46_the_depth_limit_is_in_its_message() -> None:
    """AWS's own text says 6 whatever the limit is."""
    outcome = ask(None, Operation.UPDATE, {"state": {"desired": deep(7)}}, depth=6)

    assert outcome.rejected is not None
    assert outcome.rejected.message.endswith("maximum is 6")


def test_sh54_size_is_that_of_both_sections_after_the_merge() -> None:
    """Compact UTF-8: white space and escapes of the request do not count, the other section does."""
    item = updated(None, {"desired": {"a": "é" * 2000}})
    room = 8192 - len('{"a":""}') - 4000 - len('{"b":""}')

    fits = ask(item, Operation.UPDATE, {"state": {"reported": {"b": "x" * room}}})
    over = ask(item, Operation.UPDATE, {"state": {"reported": {"b": "x" * (room + 1)}}})
    replaced = ask(fits.item, Operation.UPDATE, {"state": {"desired": {"a": None}}})

    assert fits.rejected is None
    assert over.rejected is not None
    assert replaced.rejected is None


def test_sh14_get_refuses_what_is_no_json_and_takes_nothing() -> None:
    """An empty payload is fine, and so is any JSON."""
    item = updated(None, {})

    for fine in (b"", b"{}", b"[1]", b"null"):
        assert ask(item, Operation.GET, fine).rejected is None
    rejected = ask(item, Operation.GET, b"{").rejected
    assert rejected is not None
    assert rejected.code == 400


def test_sh7_sh9_sh37_sh48_a_deleted_shadow_is_not_there_and_its_version_goes_on() -> None:
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


def test_sh55_limits_that_cannot_be_written_are_refused() -> None:
    """JSON of more than 254 levels cannot be encoded."""
    for depth in (0, 101):
        with pytest.raises(ValueError, match="depth"):
            Limits(depth=depth)


def state_of(item: Item | None) -> Any:
    """What is stored as state."""
    assert item is not None
    return json.loads(item.document or b"")["state"]


def metadata_of(item: Item | None) -> Any:
    """What is stored as metadata."""
    assert item is not None
    return json.loads(item.document or b"")["metadata"]


def test_sh14_a_delete_reads_nothing_but_its_token() -> None:
    """Noise deletes as well as an empty payload."""
    item = updated(None, {"desired": {"a": 1}})

    for noise in (b"", b"no json", b"\xff\xfe", b"[1]", b'{"state":5,"version":9}'):
        assert ask(item, Operation.DELETE, noise).rejected is None
    assert json.loads(ask(item, Operation.DELETE, b'{"clientToken":"t","x":1}').reply)["clientToken"] == "t"


def test_sh16_sh17_sh18_sh19_what_an_update_does_to_a_field() -> None:
    """Not named: stays; object: merged; null: gone; array: replaced; another type: wins."""
    item = updated(
        None, {"reported": {"kept": 1, "o": {"a": 1, "b": 2}, "gone": 1, "list": [1, 2], "t": {"x": 1}}}
    )
    item = updated(
        item, {"reported": {"o": {"b": 3, "c": 4}, "gone": None, "never": None, "list": [3], "t": 5}}
    )

    assert state_of(item) == {"reported": {"kept": 1, "o": {"a": 1, "b": 3, "c": 4}, "list": [3], "t": 5}}


def test_sh20_sh21_an_empty_object_is_a_value() -> None:
    """Stored, part of the delta; and what an object is whose last member was taken."""
    item = updated(None, {"desired": {"new": {}, "o": {"a": 1}}})
    item = updated(item, {"desired": {"o": {}}})
    assert state_of(item) == {"desired": {"new": {}, "o": {"a": 1}}}

    outcome = ask(item, Operation.UPDATE, {"state": {"desired": {"o": {"a": None}}}})

    assert json.loads(outcome.publications[0].payload)["state"] == {"new": {}, "o": {}}


def test_sh22_a_section_that_became_empty_is_not_there() -> None:
    """Nor is its metadata."""
    item = updated(None, {"desired": {"a": 1}, "reported": {"b": 1}})
    item = updated(item, {"desired": {"a": None}, "reported": None})

    assert (state_of(item), metadata_of(item)) == ({}, {})
    assert item.version == 2


def test_sh23_sh24_null_clears_and_an_empty_state_does_not() -> None:
    """Both are updates; the answer to null has one time-stamp."""
    item = updated(updated(None, {}), {"desired": {"a": 1}, "reported": {"a": 1}})
    same = updated(item, {})
    cleared = ask(same, Operation.UPDATE, {"state": None})

    assert (state_of(same), same.version) == (state_of(item), 3)
    assert (state_of(cleared.item), metadata_of(cleared.item)) == ({}, {})
    assert cleared.reply == b'{"state":null,"metadata":{"timestamp":%d},"version":4,"timestamp":%d}' % (
        AT,
        AT,
    )


def test_sh25_members_beside_state_are_ignored() -> None:
    """Whatever they hold."""
    request = {"state": {"reported": {"a": 1}}, "metadata": [None], "delta": {}, "timestamp": "x"}

    assert state_of(ask(None, Operation.UPDATE, request).item) == {"reported": {"a": 1}}


def test_sh26_sh27_every_leaf_has_the_time_of_its_last_writing() -> None:
    """The same value again is dated anew; what is not named keeps its time; an array is dated as a whole."""
    item = updated(None, {"reported": {"same": 1, "kept": {"x": 1}, "list": [1, [2]], "empty": {}}}, AT)
    item = updated(item, {"reported": {"same": 1, "list": [1, [2]]}}, AT + 7)

    then, now = {"timestamp": AT}, {"timestamp": AT + 7}
    assert metadata_of(item) == {
        "reported": {"same": now, "kept": {"x": then}, "list": [now, [now]], "empty": {}}
    }


@pytest.mark.parametrize("section", ["desired", "reported"])
def test_sh32_sh33_the_whole_difference_until_there_is_none(section: str) -> None:
    """On every update, whichever section it writes; and not once more after it is resolved."""
    item = updated(None, {"desired": {"a": 1, "b": {"c": 2}}})

    outcome = ask(item, Operation.UPDATE, {"state": {section: {"other": 1}}})
    wanted = {"a": 1, "b": {"c": 2}} | ({"other": 1} if section == "desired" else {})
    assert json.loads(outcome.publications[0].payload)["state"] == wanted

    resolved = ask(outcome.item, Operation.UPDATE, {"state": {"reported": wanted}})
    assert kinds(resolved) == [Answer.DOCUMENTS, Answer.ACCEPTED]


def test_sh31_without_desired_there_is_no_delta() -> None:
    """Neither when it never was nor when it was taken away."""
    item = updated(None, {"desired": {"a": 1}, "reported": {"b": 1}})
    outcome = ask(item, Operation.UPDATE, {"state": {"desired": None}})

    assert kinds(outcome) == [Answer.DOCUMENTS, Answer.ACCEPTED]
    assert "delta" not in json.loads(ask(outcome.item, Operation.GET, b"").reply)["state"]


def test_sh35_accepted_updates_are_counted_and_nothing_else() -> None:
    """Gets, rejections and the refusal of a delete leave the number alone."""
    item = updated(None, {})
    for operation, payload in ((Operation.GET, b""), (Operation.UPDATE, b"{")):
        assert ask(item, operation, payload).item is None

    assert [item.version, updated(item, {}).version] == [1, 2]


def test_sh37_sh38_versions_go_on_for_48_hours_after_a_delete() -> None:
    """To the second: then they begin anew, and so does what a request's version is compared with."""
    item = updated(None, {"desired": {"a": 1}})
    tombstone = ask(item, Operation.DELETE, b"").item
    hours = 48 * 3600

    assert updated(tombstone, {}, AT + hours - 1).version == 3
    assert updated(tombstone, {}, AT + hours).version == 1
    assert ask(tombstone, Operation.UPDATE, {"state": {}, "version": 2}, AT + hours - 1).rejected is None
    assert ask(tombstone, Operation.UPDATE, {"state": {}, "version": 0}, AT + hours).rejected is None


@pytest.mark.parametrize(
    ("topic", "heard"),
    [
        ("$aws/things/t/shadow/get", True),
        ("$aws/things/t/shadow/name/s/delete", True),
        ("$aws/things/t/shadow/update/accepted", False),
        ("$aws/things/t/shadow/name/s/update/documents", False),
        ("$aws/things/t/shadow/list", False),
        ("$aws/things/t/shadow/name/s", False),
        ("$aws/things/t/shadow/name/get", False),
        ("$aws/things/t/shadow/name/s/t/get", False),
        ("$aws/things/t/Shadow/get", False),
        ("$AWS/things/t/shadow/get", False),
        ("aws/things/t/shadow/get", False),
        ("$aws/things/t/shadow/get/", False),
        (f"$aws/things/{'t' * 128}/shadow/name/{'s' * 64}/get", True),
        (f"$aws/things/{'t' * 129}/shadow/get", False),
        (f"$aws/things/t/shadow/name/{'s' * 65}/get", False),
        ("$aws/things//shadow/get", False),
        ("$aws/things/t/shadow/name//get", False),
        ("$aws/things/a:B_9-c/shadow/name/$a:B_9-c/get", True),
        ("$aws/things/$a/shadow/get", False),
        ("$aws/things/\u00e9/shadow/get", False),
        ("$aws/things/a.b/shadow/get", False),
        ("$aws/things/t\n/shadow/get", False),
    ],
)
def test_sh1_sh2_sh3_what_is_a_request(topic: str, heard: bool) -> None:
    """Three topics under each prefix, of names in AWS's alphabets and lengths, and none else."""
    assert (parse_request(topic) is not None) == heard
