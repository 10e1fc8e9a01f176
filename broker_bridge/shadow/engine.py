"""The rules of the Device Shadow service: what is stored, and a request, to what is stored next and what is
said.

Pure: no clock, no input or output. Nothing but an `Outcome` ever comes out of `apply`, whatever bytes go in.
"""

from dataclasses import dataclass
from typing import NamedTuple

from broker_bridge import errors
from broker_bridge.errors import ShadowRejected
from broker_bridge.shadow.document import SECTIONS, Document
from broker_bridge.shadow.item import Item
from broker_bridge.shadow.limits import AWS_LIMITS, Limits
from broker_bridge.shadow.merge import check_section
from broker_bridge.shadow.metadata import stamp, stamped
from broker_bridge.wire import messages
from broker_bridge.wire.messages import Json, UpdateRequest
from broker_bridge.wire.topics import Answer, Operation, ShadowId, answer_topic


class Publication(NamedTuple):
    """One message to publish."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request leads to."""

    item: Item | None
    """What to store in place of the current item; None: nothing changes."""
    publications: tuple[Publication, ...]
    """In the order to publish them: delta, documents, and last the answer. (Older SDKs lose a delta whose
    version they have already seen in `accepted`.)"""
    reply: bytes
    """The payload of the answer, accepted or rejected."""
    rejected: ShadowRejected | None = None


def apply(
    current: Item | None,
    shadow: ShadowId,
    operation: Operation,
    payload: bytes,
    at: int,
    limits: Limits = AWS_LIMITS,
) -> Outcome:
    """What `operation` with `payload` at `at` (epoch seconds) does to `shadow`, whose stored item is
    `current`."""
    token = None
    try:
        if operation is Operation.DELETE:
            token = messages.token_of(payload)
            return _delete(current, shadow, at, token)
        if len(payload) > limits.payload_bytes:
            token = messages.token_of(payload)
            raise errors.too_large()
        request = messages.parse_payload(payload) if payload or operation is Operation.UPDATE else None
        token = messages.client_token(request)
        if operation is Operation.GET:
            messages.check_client_token(request)
            return _get(current, shadow, at, token)
        return _update(current, shadow, messages.parse_update(request), at, token, limits)
    except ShadowRejected as rejected:
        return refuse(shadow, operation, rejected, at, token)


def refuse(
    shadow: ShadowId, operation: Operation, rejected: ShadowRejected, at: int, token: str | None
) -> Outcome:
    """The outcome of a request that is refused: one message on `…/rejected`."""
    reply = messages.rejected(rejected, at, token)
    return Outcome(None, (_publication(shadow, operation, Answer.REJECTED, reply),), reply, rejected)


def _get(current: Item | None, shadow: ShadowId, at: int, token: str | None) -> Outcome:
    if current is None or current.document is None:
        raise errors.no_shadow(shadow.label)
    document = Document.decode(current.document)
    state: Json = document.state
    delta, _ = document.delta()
    if delta:
        state["delta"] = delta
    reply = messages.accepted(state, document.metadata, current.version, at, token)
    return Outcome(None, (_publication(shadow, Operation.GET, Answer.ACCEPTED, reply),), reply)


def _delete(current: Item | None, shadow: ShadowId, at: int, token: str | None) -> Outcome:
    if current is None or current.document is None:
        raise errors.no_shadow(shadow.label)
    reply = messages.deleted(current.version, at, token)
    # The deletion itself is counted, so that the next document of this name is N + 2.
    tombstone = Item(current.version + 1, None, at)
    return Outcome(tombstone, (_publication(shadow, Operation.DELETE, Answer.ACCEPTED, reply),), reply)


def _update(
    current: Item | None, shadow: ShadowId, request: UpdateRequest, at: int, token: str | None, limits: Limits
) -> Outcome:
    for section in (request.state or {}).values():
        if section:
            check_section(section, limits.depth)
    counted = _counted(current, at, limits)
    if request.version is not None and request.version != counted:
        raise errors.version_conflict()
    before = current.document if current is not None else None
    document = Document.decode(before)
    mark = stamp(at)
    patches = dict.fromkeys(SECTIONS) if request.state is None else request.state
    for name, patch in patches.items():
        document.patch(name, patch, mark)
    item = Item(counted + 1, document.encode(limits), at)
    return _updated(current, shadow, request, item, document, token)


def _updated(
    current: Item | None,
    shadow: ShadowId,
    request: UpdateRequest,
    item: Item,
    document: Document,
    token: str | None,
) -> Outcome:
    version, at = item.version, item.written_at
    publications = []
    delta, delta_metadata = document.delta()
    if delta:
        message = messages.delta(delta, delta_metadata, version, at, token)
        publications.append(_publication(shadow, Operation.UPDATE, Answer.DELTA, message))
    message = messages.documents(_versioned(current), _versioned(item) or b"", at, token)
    publications.append(_publication(shadow, Operation.UPDATE, Answer.DOCUMENTS, message))
    # The answer is an echo of the request, nulls included, and not the merged document.
    reply = messages.accepted(request.state, stamped(request.state, stamp(at)), version, at, token)
    publications.append(_publication(shadow, Operation.UPDATE, Answer.ACCEPTED, reply))
    return Outcome(item, tuple(publications), reply)


def _versioned(item: Item | None) -> bytes | None:
    if item is None or item.document is None:
        return None
    return messages.versioned(item.document, item.version)


def _counted(current: Item | None, at: int, limits: Limits) -> int:
    """The version that an update follows: 0 where nothing was ever stored or the tombstone has run out."""
    if current is None:
        return 0
    if current.document is None and at - current.written_at >= limits.tombstone_seconds:
        return 0
    return current.version


def _publication(shadow: ShadowId, operation: Operation, answer: Answer, payload: bytes) -> Publication:
    return Publication(answer_topic(shadow, operation, answer), payload)
