"""From a request to its answers: the desk serves requests in groups, the router brings them from MQTT.

Rules of this file:
- one worker serves all requests, in the order in which they came in; so nothing of a shadow ever interleaves;
- a group of requests is applied, committed as one, and only then answered; whoever hears `accepted` can kill
  the process;
- in a group, a shadow's second request is applied to what its first one made, and the store sees the last
  only;
- a request of MQTT is acknowledged to the broker after its answers were handed to the connection.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import structlog

from broker_bridge import errors, telemetry
from broker_bridge.errors import ShadowRejected
from broker_bridge.shadow.engine import Outcome, apply, refuse
from broker_bridge.shadow.item import Item
from broker_bridge.shadow.limits import AWS_LIMITS, Limits
from broker_bridge.shadow.rate import Rate
from broker_bridge.store.port import Change, ShadowStore, StoreError
from broker_bridge.transport.port import Message, Transport
from broker_bridge.wire.messages import token_of
from broker_bridge.wire.topics import REQUEST_FILTERS, Operation, ShadowId, parse_request

_log = structlog.get_logger(__name__)

MAX_GROUP = 128
"""Requests served together: some milliseconds of the loop, and a commit that costs little more than one for a
single request."""
MAX_WAITING = 20_000
"""Requests taken in and not served; more are refused with 429. MQTT's are held back by the transport long
before."""
MAX_ATTEMPTS = 8
"""To win a shadow against other writers of the same store, before answering 500."""

Publish = Callable[[str, bytes], Awaitable[None]]
"""Hands a message to the connection at once; the awaitable is not awaited."""
Listener = Callable[[ShadowId, Item], None]
"""Told of every shadow that changed, after the commit and before the answers; a tombstone (`item.document` is
None) is a deletion. Of several changes in one group it is told of the last."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request."""

    payload: bytes
    """JSON, accepted or rejected."""
    rejected: ShadowRejected | None = None


class _Request(NamedTuple):
    shadow: ShadowId
    operation: Operation
    payload: bytes
    via_rest: bool
    done: Callable[[Reply], None]


class ShadowDesk:
    """Serves requests on the shadows of one store, whichever way they came."""

    def __init__(
        self,
        store: ShadowStore,
        publish: Publish,
        clock: Callable[[], float] = time.time,
        on_change: Iterable[Listener] | Listener = (),
        *,
        limits: Limits = AWS_LIMITS,
        rate: Rate | None = None,
    ) -> None:
        self._store = store
        self._publish = publish
        self._clock = clock
        self._listeners = [on_change] if callable(on_change) else list(on_change)
        self._limits = limits
        self._rate = rate
        self._waiting: deque[_Request] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def request(
        self, shadow: ShadowId, operation: Operation, payload: bytes, *, via_rest: bool = False
    ) -> Reply:
        """Serve one request: durable when this returns, with its messages handed to the connection.

        A refusal is a reply, never an exception. With `via_rest`, refusals and the answers of `get` are not
        published.
        """
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def done(reply: Reply) -> None:
            if not answer.done():
                answer.set_result(reply)

        self.submit(shadow, operation, payload, done, via_rest=via_rest)
        return await answer

    def submit(
        self,
        shadow: ShadowId,
        operation: Operation,
        payload: bytes,
        done: Callable[[Reply], None],
        *,
        via_rest: bool = False,
    ) -> None:
        """As `request`, for a caller that rather has a callback than a task."""
        request = _Request(shadow, operation, payload, via_rest, done)
        rate = self._rate
        room = len(self._waiting) < MAX_WAITING
        if not room or not (rate is None or rate.allows(shadow.thing, time.monotonic())):
            self._answer(request, self._refusal(request, errors.too_many_requests()))
            return
        if rate is not None and rate.in_flight is not None:
            request = request._replace(done=_after(rate, shadow.thing, done))
        self._waiting.append(request)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.get_running_loop().create_task(self._work(), name="shadow-desk")

    async def idle(self) -> None:
        """Return when every request taken in so far was answered."""
        while self._worker is not None and not self._worker.done():
            await asyncio.wait([self._worker])

    def on_change(self, listener: Listener) -> None:
        """Add a listener."""
        self._listeners.append(listener)

    async def _work(self) -> None:
        waiting = self._waiting
        while waiting:
            group = [waiting.popleft() for _ in range(min(MAX_GROUP, len(waiting)))]
            telemetry.GROUP_REQUESTS.observe(len(group))
            for _ in range(MAX_ATTEMPTS):
                group = await self._serve(group)
                if not group:
                    break
            for request in group:
                _log.error("shadow request lost against other writers", thing=request.shadow.thing)
                self._answer(request, self._refusal(request, errors.internal_failure()))
            telemetry.WAITING.set(len(waiting))
            # A store need not wait for anything; the answers must go out before the next group all the same.
            await asyncio.sleep(0)

    async def _serve(self, group: Sequence[_Request]) -> list[_Request]:
        """Apply, commit and answer a group; returns the requests whose shadow somebody else has written
        meanwhile."""
        changes: dict[ShadowId, Change] = {}
        try:
            served = [(request, await self._apply(request, changes)) for request in group]
            taken = await self._commit(changes)
        except StoreError as error:
            _log.error("the store failed", reason=str(error), requests=len(group))
            for request in group:
                self._answer(request, self._refusal(request, errors.internal_failure()))
            return []
        self._tell(change for change in changes.values() if change.shadow not in taken)
        for request, outcome in served:
            if request.shadow not in taken:
                self._answer(request, outcome)
        return [request for request in group if request.shadow in taken] if taken else []

    async def _apply(self, request: _Request, changes: dict[ShadowId, Change]) -> Outcome:
        shadow = request.shadow
        staged = changes.get(shadow)
        current = staged.item if staged is not None else await self._store.load(shadow)
        try:
            outcome = apply(
                current, shadow, request.operation, request.payload, int(self._clock()), self._limits
            )
        except Exception:  # noqa: BLE001, a defect of ours must cost one request and not the service
            _log.exception("shadow request failed", thing=shadow.thing, shadow=shadow.name)
            return self._refusal(request, errors.internal_failure())
        if outcome.item is not None:
            expected = current.version if current is not None else 0
            changes[shadow] = Change(
                shadow, outcome.item, expected if staged is None else staged.expected_version
            )
        return outcome

    async def _commit(self, changes: dict[ShadowId, Change]) -> frozenset[ShadowId]:
        if not changes:
            return frozenset()
        with telemetry.COMMIT_SECONDS.time():
            return frozenset(await self._store.save_all(tuple(changes.values())))

    def _tell(self, changes: Iterable[Change]) -> None:
        if not self._listeners:
            return
        for shadow, item, _ in changes:
            for listener in self._listeners:
                try:
                    listener(shadow, item)
                except Exception:  # noqa: BLE001, the change is committed: its answer must go out
                    _log.exception("change listener failed", thing=shadow.thing, shadow=shadow.name)

    def _answer(self, request: _Request, outcome: Outcome) -> None:
        silent = request.via_rest and (outcome.rejected is not None or request.operation is Operation.GET)
        if not silent:
            for topic, payload in outcome.publications:
                self._publish(topic, payload)
        _count(request.operation, "rest" if request.via_rest else "mqtt", outcome.rejected)
        request.done(Reply(outcome.reply, outcome.rejected))

    def _refusal(self, request: _Request, rejected: ShadowRejected) -> Outcome:
        token = token_of(request.payload)
        return refuse(request.shadow, request.operation, rejected, int(self._clock()), token)


class ShadowRouter:
    """Brings the requests of an MQTT connection to the desk."""

    def __init__(
        self, transport: Transport, desk: ShadowDesk, filters: Sequence[str] = REQUEST_FILTERS
    ) -> None:
        """`filters`: those of the requests that come over this connection."""
        self._transport = transport
        self._filters = filters
        self._desk = desk
        self._stopping = False

    async def start(self) -> None:
        """Listen to requests of all things; raises what `Transport.subscribe` raises."""
        await self._transport.subscribe(self._filters, self._on_message, qos=1, manual_ack=True)

    async def stop(self) -> None:
        """Take in no more, and return when every request taken in was answered.

        What still arrives is not acknowledged: a persistent session keeps it for the next start.
        """
        self._stopping = True
        await self._desk.idle()

    def _on_message(self, message: Message) -> None:
        if self._stopping:
            return
        acknowledge = message.acknowledge or _nothing
        parsed = parse_request(message.topic)
        # A retained request is a replay of an old one; AWS forbids RETAIN on reserved topics.
        if parsed is None or message.retain:
            acknowledge()
            return
        self._desk.submit(*parsed, message.payload, lambda _: acknowledge())


def _after(rate: Rate, thing: str, done: Callable[[Reply], None]) -> Callable[[Reply], None]:
    """`done`, and one request less of this thing in flight."""

    def answered(reply: Reply) -> None:
        rate.answered(thing)
        done(reply)

    return answered


def _nothing() -> None:
    """For a message that needs no acknowledgement."""


_counters: dict[tuple[Operation, str, int], Callable[[], None]] = {}


def _count(operation: Operation, way: str, rejected: ShadowRejected | None) -> None:
    key = (operation, way, 200 if rejected is None else rejected.code)
    increment = _counters.get(key)
    if increment is None:
        # Prometheus looks a child up by its labels each time; that is more than the rest of an answer costs.
        increment = _counters[key] = telemetry.REQUESTS.labels(operation, way, str(key[2])).inc
    increment()
