"""What is fuzzed: each parser of what strangers send, as a function of bytes that may raise nothing.

A target raises only for a defect: an exception that its parser does not document, or a broken promise.
"""

# ruff: noqa: PT017

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from broker_bridge.fleet.errors import InvalidAggregation, InvalidPage, InvalidQuery
from broker_bridge.fleet.index import FleetIndex
from broker_bridge.rest.errors import AwsError
from broker_bridge.rest.keys import AccessKeys
from broker_bridge.rest.sigv4 import SignedRequest, verify
from broker_bridge.shadow.engine import apply
from broker_bridge.shadow.item import Item
from broker_bridge.wire.connect_rewrite import PacketTypes, connack_code, read_connect
from broker_bridge.wire.lifecycle import parse_event
from broker_bridge.wire.packets import MalformedPacket, PacketReader, encode
from broker_bridge.wire.topics import (
    Answer,
    Operation,
    ShadowId,
    answer_topic,
    matches,
    parse_answer,
    parse_request,
    request_topic,
)
from dashboard.ask.understand import understand
from dashboard.rooms.answers import read_answer
from dashboard.rooms.poll_errors import BadPoll
from dashboard.rooms.poll_parsing import KINDS, parse_draft
from dashboard.rooms.scene import SceneError, colour_of, scene_message, scene_of
from dashboard.rooms.tally import entries_in

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus"
"""A folder of kept inputs for each target; what once failed is among them."""
AT = 1_700_000_000
PACKET_MAX = 4_096
_OPTIONS = {"options": ["a", "b"]}
_NEEDED: dict[str, dict[str, Any]] = {
    "single": _OPTIONS,
    "multiple": _OPTIONS,
    "quiz": {**_OPTIONS, "right": ["a"]},
    "fact": {"fact": "os"},
}
ASKED = [parse_draft({"kind": kind, "question": "?", **_NEEDED.get(kind, {})}) for kind in KINDS]
"""A poll of every kind."""


@dataclass(frozen=True)
class Target:
    """One parser."""

    name: str
    run: Callable[[bytes], None]
    words: tuple[bytes, ...]
    """Of its language: what makes damaged inputs worth trying."""
    rounds: int
    """Inputs tried in `make test`: about a second's worth."""
    longest: int = 4_096
    """Bytes of an input."""

    def corpus(self) -> dict[str, bytes]:
        """The kept inputs, by file name."""
        return {path.name: path.read_bytes() for path in sorted((CORPUS / self.name).iterdir())}


def topics(data: bytes) -> None:
    """A topic that is understood is the topic of what was understood; a filter covers or not."""
    topic, _, topic_filter = data.decode("utf-8", "replace").partition("\n")
    request, answer = parse_request(topic), parse_answer(topic)
    assert request is None or answer is None
    assert request is None or request_topic(*request) == topic
    assert answer is None or answer_topic(*answer) == topic
    assert matches(topic, topic) or "+" in topic or "#" in topic
    assert matches(topic_filter, topic) in (True, False)
    parse_event(topic, topic_filter.encode("utf-8", "replace"))


@cache
def _items() -> tuple[Item | None, ...]:
    state = b'{"state":{"desired":{"a":{"b":[1,{"c":null}]},"d":{}},"reported":{"a":1}}}'.replace(
        b"null", b"2"
    )
    kept = apply(None, ShadowId("t"), Operation.UPDATE, state, AT).item
    return None, kept, Item(3, None, AT), Item(3, None, 0)


def shadow_payload(data: bytes) -> None:
    """The first byte says the operation and what is stored; whatever the rest, there is one answer."""
    head, payload = data[:1] or b"\0", data[1:]
    operation = list(Operation)[head[0] % 3]
    item = _items()[head[0] // 3 % 4]
    outcome = apply(item, ShadowId("t", "s"), operation, payload, AT)
    kinds = [parsed[2] for topic, _ in outcome.publications if (parsed := parse_answer(topic)) is not None]
    answer = json.loads(outcome.reply)
    if outcome.rejected is not None:
        assert outcome.item is None
        assert kinds == [Answer.REJECTED]
        assert answer["code"] in (400, 404, 409, 413, 415)
        return
    assert kinds[-1] is Answer.ACCEPTED
    assert kinds.count(Answer.DOCUMENTS) == (operation is Operation.UPDATE)
    if operation is Operation.UPDATE:
        assert outcome.item is not None
        got = json.loads(apply(outcome.item, ShadowId("t", "s"), Operation.GET, b"", AT).reply)
        assert got["version"] == answer["version"] == outcome.item.version
        assert ("delta" in got["state"]) == (Answer.DELTA in kinds)


@cache
def _index() -> FleetIndex:
    index = FleetIndex()
    for number, system in enumerate(("iOS", "Android", "a b", "", "7")):
        reported = {"os": system, "n": number, "list": [1, "x"], "on": number % 2 == 0, "o": {"x.y": 1.5}}
        item = apply(
            None,
            ShadowId(f"t{number}"),
            Operation.UPDATE,
            orjson.dumps({"state": {"reported": reported}}),
            AT,
        ).item
        assert item is not None
        index.follow(ShadowId(f"t{number}"), item)
    return index


def fleet_query(data: bytes) -> None:
    """A query is refused with a column, or finds things, its opposite the others; then field and token."""
    query, _, rest = data.decode("utf-8", "replace").partition("\n")
    field, _, token = rest.partition("\n")
    index = _index()
    try:
        found = index.count(query)
    except InvalidQuery as refused:
        assert 1 <= refused.column <= len(query) + 1
        return
    with suppress(InvalidQuery):
        assert found + index.count(f"NOT ({query})") == len(index.things())
    assert len(index.search(query, 100, None).things) == found
    for aggregate in (index.buckets, index.cardinality, index.statistics, index.percentiles):
        with suppress(InvalidAggregation, InvalidQuery):
            aggregate(query, field)
    with suppress(InvalidPage):
        index.search(query, 2, token)


_KEYS = AccessKeys({"AKIDEXAMPLE": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"})


def sigv4(data: bytes) -> None:
    """A request (method, path, query, headers, an empty line, body) is somebody's, or AWS's 400 or 403."""
    head, _, body = data.partition(b"\n\n")
    lines = head.decode("latin-1").split("\n")
    method, path, query = (*lines[:3], "", "", "")[:3]
    headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines[3:])]
    try:
        identity = verify(SignedRequest(method, path, query, headers, body), _KEYS, 1_577_836_800.0)
    except AwsError as refused:
        assert refused.status in (400, 403)
        assert refused.message
    else:
        assert identity.access_key_id == "AKIDEXAMPLE"


def mqtt_packets(data: bytes) -> None:
    """Whole and byte by byte the packets are the same, or malformed; nothing beyond the bound is kept."""
    outcomes: list[tuple[Any, ...]] = []
    for step in (max(len(data), 1), 1):
        reader, read = PacketReader(max_packet=PACKET_MAX), []
        try:
            for start in range(0, len(data), step):
                read += reader.feed(data[start : start + step])
            outcomes.append(("ok", read, reader.remainder))
        except MalformedPacket as error:
            outcomes.append(("malformed", str(error)))
        assert len(reader.remainder) <= PACKET_MAX
    assert outcomes[0] == outcomes[1]
    if outcomes[0][0] == "ok":
        assert len(b"".join(map(encode, read))) <= len(data)


def mqtt_connect(data: bytes) -> None:
    """A CONNECT is malformed, or keeps all but its credential when that is replaced."""
    with suppress(MalformedPacket):
        connack_code(data)
    whole, bytewise = PacketTypes(), PacketTypes()
    whole.feed(data)
    for byte in data:
        bytewise.feed(bytes((byte,)))
    assert whole.said_goodbye == bytewise.said_goodbye
    try:
        connect = read_connect(data)
    except MalformedPacket:
        return
    again = read_connect(connect.with_credential("user", b"word"))
    assert (again.username, again.password) == ("user", b"word")
    assert (again.client_id, again.level, again.keepalive) == (
        connect.client_id,
        connect.level,
        connect.keepalive,
    )
    assert again.with_credential("user", b"word") == connect.with_credential("user", b"word")


def _json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def poll(data: bytes) -> None:
    """A draft is one, or refused with a sentence; a ballot's entry is an answer or none, for every kind."""
    body = _json(data)
    with suppress(BadPoll):
        draft = parse_draft(body)
        assert draft.question
        assert len(set(draft.choices)) == len(draft.choices)
    if isinstance(body, dict):
        for entry in entries_in(body, lambda key: key != "other").values():
            for asked in ASKED:
                answer = read_answer(asked, entry)
                assert answer is None or set(answer.labels) <= set(asked.choices)


def scene(data: bytes) -> None:
    """A command is a scene, or refused with a sentence; whatever the shadow has, phones are told JSON."""
    command = _json(data)
    shown: list[dict[str, Any]] = []
    with suppress(SceneError):
        shown.append(dict(scene_of(command, lambda fact: {"iOS": 2, "Android": 1}, AT)))
    if isinstance(command, dict):
        shown.append(dict(scene_message(1, command)))
    for one in shown:
        orjson.dumps(one)
        colour_of(one, {"os": "iOS"}, 3, AT + 1234)


def ask(data: bytes) -> None:
    """Whatever was heard is understood, or answered with at most three suggestions."""
    meant = understand(data.decode("utf-8", "replace"))
    assert meant.language in ("en", "fr")
    assert len(getattr(meant, "suggestions", ())) <= 3


def _words(text: str) -> tuple[bytes, ...]:
    return tuple(word.encode() for word in text.split())


_JSON_WORDS = '{ } [ ] , : "" null true false {} [] "a": [null] {"a":1}'
_TOPIC_WORDS = "$aws/things/ /shadow /name/ get update delete accepted delta / + # é"
_SHADOW_WORDS = f'"state": "desired": "reported": "version": "clientToken": {_JSON_WORDS}'
_QUERY_WORDS = 'AND OR NOT - : < > <= >= ( ) [ ] { } TO * ? " \\ shadow.reported.os thingName'
_SIGNATURE_WORDS = (
    "AWS4-HMAC-SHA256 Credential= SignedHeaders= Signature= ; , / %2F %zz ? & = x-amz-date host"
)
_PACKET_WORDS = (b"\x10", b"\x30", b"\x32", b"\x82", b"\xe0\x00", b"\x00\x04MQTT", b"\xff\xff\xff\x7f")
_CONNECT_WORDS = (*_PACKET_WORDS, b"\x00\x04MQTT\x04", b"\x00\x04MQTT\x05", b"\xc2", b"\x20\x02")
_POLL_WORDS = f'"kind": "yesno" "question": "options": "language": "fr" "choice": {_JSON_WORDS}'
_SCENE_WORDS = (
    f'"by": "palette": "color": "#2563EB" "wave": "colors": "period_ms": "slots": "at": {_JSON_WORDS}'
)
_ASK_WORDS = "show montre phones téléphones iOS how many combien blue bleu ' « ( [ { | <"

TARGETS = {
    target.name: target
    for target in (
        Target("topics", topics, _words(_TOPIC_WORDS), 80_000, 400),
        Target("shadow_payload", shadow_payload, _words(_SHADOW_WORDS), 30_000, 20_000),
        Target("fleet_query", fleet_query, _words(_QUERY_WORDS), 7_000, 1_100),
        Target("sigv4", sigv4, _words(_SIGNATURE_WORDS), 50_000),
        Target("mqtt_packets", mqtt_packets, _PACKET_WORDS, 30_000, 5_000),
        Target("mqtt_connect", mqtt_connect, _CONNECT_WORDS, 40_000, 1_000),
        Target("poll", poll, _words(_POLL_WORDS), 50_000),
        Target("scene", scene, _words(_SCENE_WORDS), 60_000),
        Target("ask", ask, _words(_ASK_WORDS), 1_000, 300),
    )
}
"""By name."""
