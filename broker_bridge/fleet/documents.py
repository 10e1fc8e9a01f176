"""What the index keeps of a thing, and the ThingDocument that a search gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import orjson

from broker_bridge.fleet.flatten import Flat, flatten, has_delta

SECTIONS: Final = ("desired", "reported")


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registry knows of a thing."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    thing_type: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Connectivity:
    """The last that was heard of a thing's connection."""

    connected: bool
    timestamp_ms: int
    disconnect_reason: str | None = None
    """In AWS's words; None while connected, and when nobody told."""


class IndexedShadow(NamedTuple):
    """One shadow: its flat fields for queries, its document for answers."""

    version: int
    fields: Flat
    members: bytes
    """The members of the JSON object that a ThingDocument shows, without the braces."""


@dataclass(slots=True)
class Record:
    """All that is indexed of one thing."""

    thing_id: str
    shadows: dict[str | None, IndexedShadow] = field(default_factory=dict)
    registration: Registration | None = None
    connectivity: Connectivity | None = None


def thing_id(thing: str) -> str:
    """A stable id for a thing: the same on every start, since nothing else names things here."""
    return str(uuid5(NAMESPACE_URL, f"thing/{thing}"))


def indexed_shadow(
    name: str | None, document: Mapping[str, Any], version: int, timestamp: int
) -> IndexedShadow:
    """Flatten `{"state":{"desired","reported"},"metadata":{…}}` and keep what an answer shows of it."""
    state = document.get("state") or {}
    metadata = document.get("metadata") or {}
    prefix = "shadow." if name is None else f"shadow.name.{name}."
    differs = has_delta(state.get("desired"), state.get("reported"))
    fields: Flat = {prefix + "hasDelta": differs}
    shown: dict[str, Any] = {}
    for section in SECTIONS:
        if section in state:
            flatten(f"{prefix}{section}.", state[section], fields)
            shown[section] = state[section]
    shown["metadata"] = {section: metadata[section] for section in SECTIONS if section in metadata}
    shown["hasDelta"] = differs
    shown["version"] = version
    shown["timestamp"] = timestamp
    return IndexedShadow(version, fields, orjson.dumps(shown)[1:-1])


def thing_document(thing: str, record: Record) -> dict[str, Any]:
    """AWS's ThingDocument; `shadow` is a string that holds JSON."""
    registration = record.registration or Registration()
    document: dict[str, Any] = {"thingName": thing, "thingId": record.thing_id}
    if registration.thing_type is not None:
        document["thingTypeName"] = registration.thing_type
    if registration.attributes:
        document["attributes"] = dict(registration.attributes)
    if record.shadows:
        document["shadow"] = _shadow_json(record.shadows)
    known = record.connectivity
    if known is not None:
        document["connectivity"] = {"connected": known.connected, "timestamp": known.timestamp_ms}
        if known.disconnect_reason is not None:
            document["connectivity"]["disconnectReason"] = known.disconnect_reason
    return document


def _shadow_json(shadows: Mapping[str | None, IndexedShadow]) -> str:
    members = [shadows[None].members] if None in shadows else []
    named = sorted(name for name in shadows if name is not None)
    if named:
        inside = b",".join(orjson.dumps(name) + b":{" + shadows[name].members + b"}" for name in named)
        members.append(b'"name":{' + inside + b"}")
    return (b"{" + b",".join(members) + b"}").decode()
