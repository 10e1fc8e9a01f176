"""MQTT 5 to AWS IoT Core over AWS's own client, which does TLS, signing and reconnecting on its own thread.

Everything that it tells is handed to our event loop; nothing above this module sees its types or errors.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from awscrt import mqtt5

from broker_bridge.transport.awscrt_client import (
    ACK_SECONDS,
    Certificate,
    Events,
    SigningKeys,
    Wanted,
    awscrt_client,
)
from broker_bridge.transport.delivery import Delivery
from broker_bridge.transport.dispatch import Receipts, dispatch
from broker_bridge.transport.port import (
    Account,
    Dropped,
    Refused,
    TransportError,
    Unreachable,
    Will,
)
from broker_bridge.transport.queued import Outgoing, QueuedTransport

_log = structlog.get_logger(__name__)

CONNECT_SECONDS = 8.0
"""For the first connection: TCP, TLS, websocket and CONNACK."""
STOP_SECONDS = 5.0
FILTERS_PER_SUBSCRIBE = 8
"""AWS IoT takes no more in one packet."""
MAX_OUTGOING = 10_000
"""Messages on their way: a minute and a half at what AWS takes from one connection."""
RECEIVE_WINDOW = 1_000
"""Messages not acknowledged before the broker waits."""
_LATER = frozenset(("SERVER_UNAVAILABLE", "SERVER_BUSY", "QUOTA_EXCEEDED", "CONNECTION_RATE_EXCEEDED"))
"""CONNACK reasons that pass."""


class AwsTransport(QueuedTransport):
    """A `Transport` to AWS IoT Core, or to any MQTT 5 broker that takes the certificate."""

    def __init__(
        self,
        account: Account,
        identity: Certificate | SigningKeys,
        *,
        will: Will | None = None,
        clean_session: bool = True,
        max_outgoing: int = MAX_OUTGOING,
        receive_window: int = RECEIVE_WINDOW,
        paced: bool = True,
    ) -> None:
        """With `paced`, publishes above AWS's 100 a second wait instead of being discarded there."""
        super().__init__(max_outgoing)
        self._account = account
        self._identity = identity
        self._wanted = Wanted(will, clean_session, receive_window, paced)
        self._client: mqtt5.Client | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._controls: dict[int, Any] = {}
        """How to acknowledge what came in on this connection, by our own number."""
        self._number = 0
        self._deliveries: set[Delivery] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._outcome: asyncio.Future[None] | None = None
        self._stopped: asyncio.Future[None] | None = None

    # -- the port -------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Connect and subscribe to what was asked for so far, or raise `Refused` or `Unreachable`."""
        if self._ever_connected:
            return
        loop = self._loop = asyncio.get_running_loop()
        self._outcome = loop.create_future()
        events = Events(
            self._receive,
            lambda _: self._post(self._on_success),
            lambda data: self._post(self._on_failure, data),
            lambda data: self._post(self._on_loss, data),
            lambda _: self._post(self._on_stopped),
        )
        try:
            # Reads certificate and key.
            client = await asyncio.to_thread(
                awscrt_client, self._account, self._identity, self._wanted, events
            )
        except Exception as error:  # its errors have no common base
            raise Refused(f"{self._where}: the certificate or the keys cannot be used: {error}") from error
        self._client = client
        client.start()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._outcome
                await self._subscribe_all()
        except TimeoutError:
            await self._stop()
            raise Unreachable(f"{self._where} did not answer in {CONNECT_SECONDS:g} s") from None
        except BaseException:
            await self._stop()
            raise
        self._ever_connected = True
        self._ready()

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> Awaitable[None]:
        """Hand a message to the connection."""
        return self._enqueue(topic, payload, qos, retain)

    # -- what the queue above asks for ----------------------------------------------------------------------

    def _under_way(self) -> tuple[int, int]:
        return len(self._deliveries), len(self._deliveries)

    def _give_up(self, error: TransportError) -> None:
        for delivery in self._deliveries:
            delivery.settle(error)
        self._deliveries.clear()

    async def _unsubscribe(self, filters: Sequence[str]) -> None:
        packet = mqtt5.UnsubscribePacket(topic_filters=list(filters))
        await self._answer(partial(_unsubscribe, packet))

    async def _hang_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stop()

    # -- on the client's thread -----------------------------------------------------------------------------

    def _receive(self, data: mqtt5.PublishReceivedData) -> None:
        acquire = data.acquire_publish_acknowledgement_control
        self._post(self._on_message, data.publish_packet, None if acquire is None else acquire())

    def _post(self, call: Callable[..., None], *arguments: Any) -> None:
        """Have the event loop do it; one that has ended needs nothing any more."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(call, *arguments)

    # -- on the event loop ----------------------------------------------------------------------------------

    def _on_success(self) -> None:
        self._on_line = True
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(None)
        elif self._ever_connected and not self._closing:
            task = asyncio.create_task(self._resume(), name=f"mqtt-reconnect-{self._account.client_id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _on_failure(self, data: mqtt5.LifecycleConnectFailureData) -> None:
        error = self._meaning(data)
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_exception(error)
        elif not self._closing:
            _log.warning("reconnect failed", broker=self._where, reason=str(error))

    def _on_loss(self, data: mqtt5.LifecycleDisconnectData) -> None:
        self._on_line = False
        self._controls.clear()
        self._receipts = Receipts(self._acknowledge)
        was_connected, self._connected = self._connected, False
        if was_connected and not self._closing:
            _log.warning("connection lost", broker=self._where, reason=str(data.exception))
            self._tell(False)

    def _on_stopped(self) -> None:
        if self._stopped is not None and not self._stopped.done():
            self._stopped.set_result(None)

    def _on_message(self, packet: mqtt5.PublishPacket, control: Any) -> None:
        self._number += 1
        if control is not None:
            self._controls[self._number] = control
        topic, payload = packet.topic or "", bytes(packet.payload or b"")
        found = self._subscriptions.of(topic)
        qos = int(packet.qos)
        dispatch(found, self._receipts, topic, payload, qos, bool(packet.retain), self._number)

    def _acknowledge(self, number: int) -> None:
        control = self._controls.pop(number, None)
        if control is not None and self._client is not None:
            self._client.invoke_publish_acknowledgement(control)

    async def _resume(self) -> None:
        """After a reconnect: subscriptions first, then what waited, then the listeners."""
        while self._on_line and not self._connected:
            try:
                await self._subscribe_all()
            except Refused as error:
                _log.error("a subscription is not granted any more", broker=self._where, reason=str(error))
            except TransportError as error:
                _log.warning("subscribing again failed", broker=self._where, reason=str(error))
                await asyncio.sleep(1.0)
                continue
            if self._on_line and not self._connected:
                _log.info("reconnected", broker=self._where)
                self._ready()

    def _ready(self) -> None:
        self._connected = True
        self._hand_over_held()
        self._tell(True)

    def _hand_over(self, message: Outgoing) -> None:
        if self._client is None:
            message.delivery.settle(Dropped("there is no connection"))
            return
        packet = mqtt5.PublishPacket(
            topic=message.topic, payload=message.payload, qos=mqtt5.QoS(message.qos), retain=message.retain
        )
        try:
            publishing = self._client.publish(packet)
        except Exception as error:  # noqa: BLE001 - its errors have no common base
            message.delivery.settle(Dropped(str(error)))
            return
        self._deliveries.add(message.delivery)
        publishing.add_done_callback(lambda done: self._post(self._published, message.delivery, done))

    def _published(self, delivery: Delivery, done: "Future[Any]") -> None:
        error = done.exception()
        puback = None if error is not None else done.result().puback
        reason = getattr(puback, "reason_code", None)
        if error is not None:
            delivery.settle(Dropped(str(error)))
        elif reason is not None and int(reason) >= 0x80:
            delivery.settle(Dropped(f"the broker refused the message: {reason.name}"))
        else:
            delivery.settle()
        self._deliveries.discard(delivery)
        self._note_settled()

    async def _subscribe_all(self) -> None:
        await self._subscribe(self._subscriptions.wanted())

    async def _subscribe(self, filters: Sequence[tuple[str, int]]) -> None:
        for start in range(0, len(filters), FILTERS_PER_SUBSCRIBE):
            some = filters[start : start + FILTERS_PER_SUBSCRIBE]
            packet = mqtt5.SubscribePacket(
                subscriptions=[mqtt5.Subscription(topic_filter=one, qos=mqtt5.QoS(qos)) for one, qos in some]
            )
            suback = await self._answer(partial(_subscribe, packet))
            if any(int(code) >= 0x80 for code in suback.reason_codes):
                raise Refused(f"{self._where} denied a subscription of {self._account.client_id}")

    async def _answer(self, ask: Callable[[mqtt5.Client], "Future[Any]"]) -> Any:
        """The broker's answer. Raises `Dropped`."""
        if self._client is None:
            raise Dropped("there is no connection")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def settle(done: "Future[Any]") -> None:
            if answer.done():
                return
            if (error := done.exception()) is not None:
                answer.set_exception(Dropped(f"{self._where}: {error}"))
            else:
                answer.set_result(done.result())

        # Not `wrap_future`: a caller that gave up must not cancel what the client's thread will still set.
        ask(self._client).add_done_callback(lambda done: self._post(settle, done))
        try:
            return await asyncio.wait_for(answer, ACK_SECONDS + 1)
        except TimeoutError:
            raise Dropped(f"{self._where} did not answer within {ACK_SECONDS} s") from None

    async def _stop(self) -> None:
        client, self._client = self._client, None
        self._on_line = False
        if client is None:
            return
        self._stopped = asyncio.get_running_loop().create_future()
        client.stop(mqtt5.DisconnectPacket())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped, STOP_SECONDS)

    def _meaning(self, data: mqtt5.LifecycleConnectFailureData) -> TransportError:
        connack = data.connack_packet
        if connack is not None and connack.reason_code is not None and int(connack.reason_code) >= 0x80:
            name = getattr(connack.reason_code, "name", str(connack.reason_code))
            if name in _LATER:
                return Unreachable(f"{self._where} is not available now: {name}")
            return Refused(f"{self._where} refused {self._account.client_id}: {name}")
        text = str(data.exception)
        if "TLS" in text or "WEBSOCKET_UPGRADE" in text:
            return Refused(f"{self._where} and we do not trust each other: {text}")
        return Unreachable(f"no broker at {self._where}: {text}")

    @property
    def _where(self) -> str:
        return f"{self._account.host}:{self._account.port}"


def _subscribe(packet: mqtt5.SubscribePacket, client: mqtt5.Client) -> "Future[Any]":
    answer: Future[Any] = client.subscribe(packet)
    return answer


def _unsubscribe(packet: mqtt5.UnsubscribePacket, client: mqtt5.Client) -> "Future[Any]":
    answer: Future[Any] = client.unsubscribe(packet)
    return answer
