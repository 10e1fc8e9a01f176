"""MQTT over paho-mqtt, 3.1.1 unless 5 is asked for, on our event loop and in no thread of its own.

Only the connect blocks, and is done in a thread; everything else happens when the loop says that the socket
is ready. paho reads and writes everything but messages, which pass it by (`message_packets`). Nothing above
this module sees a type or an error of paho's.
"""

import asyncio
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from broker_bridge.transport.backoff import full_jitter
from broker_bridge.transport.buffered import BufferedSocket
from broker_bridge.transport.dispatch import Receipts, dispatch
from broker_bridge.transport.message_packets import MessagePackets
from broker_bridge.transport.paho_client import CONNECT_SECONDS, paho_client, publish_properties
from broker_bridge.transport.port import (
    Account,
    Dropped,
    MessageProperties,
    Refused,
    TransportError,
    Unreachable,
    Will,
)
from broker_bridge.transport.queued import Outgoing, QueuedTransport
from broker_bridge.wire.fields import MalformedPacket, check_topic

_log = structlog.get_logger(__name__)

KEEPALIVE_SECONDS = 30
"""A broker that vanished without a word is noticed after at most twice this."""
ANSWER_SECONDS = 10.0
"""For SUBACK and UNSUBACK."""
MISC_SECONDS = 1.0
"""Between looks at the keep-alive clock."""
MAX_OUTGOING = 50_000
"""Messages on their way to the broker, below the 65,535 packet identifiers that MQTT has."""
RECEIVE_WINDOW = 8_192
"""Messages not acknowledged by manual handlers before reading stops: about a second of work for the
service."""

_UNAVAILABLE = "Server unavailable"


class PahoTransport(QueuedTransport):
    """A `Transport` to any MQTT 3.1.1 broker, or with `mqtt5` to one of MQTT 5.

    With `clean_session=False` (3.1.1 only) the broker keeps subscriptions and QoS 1 messages while this
    client is away; it needs a client id that stays the same.
    """

    def __init__(
        self,
        account: Account,
        *,
        will: Will | None = None,
        clean_session: bool = True,
        mqtt5: bool = False,
        max_outgoing: int = MAX_OUTGOING,
        receive_window: int = RECEIVE_WINDOW,
    ) -> None:
        super().__init__(max_outgoing)
        self._account = account
        self._receive_window = receive_window
        self._mqtt5 = mqtt5
        self._client = paho_client(account, will, clean_session, mqtt5)
        self._messages = MessagePackets(self._write, mqtt5=mqtt5)
        self._answers: dict[int, asyncio.Future[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._connack: asyncio.Future[None] | None = None
        self._socket: BufferedSocket | None = None
        self._reading = False
        self._flush_scheduled = False
        self._take_callbacks()

    # -- the port
    # ------------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Connect and subscribe to what was asked for so far, or raise `Refused` or `Unreachable`."""
        if self._ever_connected:
            return
        await self._establish()
        self._ever_connected = True
        self._start("keepalive", self._keep_alive())

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 0,
        retain: bool = False,
        properties: MessageProperties | None = None,
    ) -> Awaitable[None]:
        """Hand a message to the connection; `properties` are for MQTT 5. Raises `ValueError` for a topic or
        properties that MQTT cannot carry.
        """
        check_topic(topic)
        said = publish_properties(properties) if self._mqtt5 else b""
        return self._enqueue(topic, payload, qos, retain, said)

    # -- what the queue above asks for
    # ----------------------------------------------------------------------------

    def _under_way(self) -> tuple[int, int]:
        return len(self._messages), self._messages.unacknowledged

    def _hand_over(self, message: Outgoing) -> None:
        self._messages.send(message)

    def _give_up(self, error: TransportError) -> None:
        self._messages.give_up(error)

    async def _subscribe(self, filters: Sequence[tuple[str, int]]) -> None:
        await self._ask(self._client.subscribe, list(filters))

    async def _unsubscribe(self, filters: Sequence[str]) -> None:
        await self._ask(self._client.unsubscribe, list(filters))

    async def _hang_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._on_line:
            self._client.disconnect()
            self._flush()
        self._release()

    # -- connecting
    # ----------------------------------------------------------------------------------------------

    async def _establish(self) -> None:
        self._connack = asyncio.get_running_loop().create_future()
        await self._open_socket()
        try:
            await asyncio.wait_for(self._connack, CONNECT_SECONDS)
            self._on_line = True
            wanted = self._subscriptions.wanted()
            if wanted:
                await self._ask(self._client.subscribe, wanted)
            if self._socket is None:
                # It was lost while we waited for our turn: its yes and its end came together.
                raise Unreachable(f"{self._where} closed the connection")
        except TimeoutError:
            self._abandon()
            raise Unreachable(f"{self._where} took the connection and did not answer") from None
        except BaseException:
            self._abandon()
            raise
        self._connected = True
        self._messages.send_again()
        self._hand_over_held()
        self._tell(True)

    async def _open_socket(self) -> None:
        """TCP, TLS and CONNECT, in a thread because they block; then the loop takes over."""
        account = self._account
        work = asyncio.create_task(
            asyncio.to_thread(self._client.connect, account.host, account.port, KEEPALIVE_SECONDS),
            name=f"mqtt-open-{account.client_id}",
        )
        try:
            await asyncio.shield(work)
        except ssl.SSLCertVerificationError as error:
            reason = error.verify_message
            raise Refused(f"{self._where} has a certificate that is not trusted: {reason}") from error
        except (OSError, ValueError) as error:
            raise Unreachable(f"no broker at {self._where}: {error}") from error
        except asyncio.CancelledError:
            # The thread cannot be cancelled; what it opened must be closed. It ends within the time-outs.
            await asyncio.wait([work])
            self._take_socket()
            self._release()
            raise
        self._take_socket()
        # Those of the connection before speak of packets that this one does not know.
        self._receipts = Receipts(partial(self._acknowledge_on, self._socket))
        self._resume()
        # CONNECT was queued while no loop watched the socket.
        self._want_write()

    def _take_socket(self) -> None:
        sock = self._client.socket()
        self._socket = sock if isinstance(sock, BufferedSocket) else None

    def _abandon(self) -> None:
        """Give up a connection that is half made."""
        self._client.disconnect()
        self._flush()
        self._release()

    def _release(self) -> None:
        """Stop watching the socket, and close it if paho did not."""
        self._on_line = self._connected = False
        sock, self._socket = self._socket, None
        if sock is not None:
            self._forget(sock)
            sock.close()

    def _forget(self, sock: BufferedSocket) -> None:
        self._reading = False
        descriptor = sock.fileno()
        if descriptor >= 0:
            loop = asyncio.get_running_loop()
            loop.remove_reader(descriptor)
            loop.remove_writer(descriptor)

    def _lost(self, reason: str) -> None:
        was_connected = self._connected
        self._on_line = self._connected = False
        self._socket = None
        self._messages.lost(Dropped(reason))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Dropped(reason))
        self._answers.clear()
        if self._connack is not None and not self._connack.done():
            self._connack.set_exception(Unreachable(f"{self._where} closed the connection: {reason}"))
        if self._closing or not self._ever_connected:
            return
        if was_connected:
            _log.warning("connection lost", broker=self._where, reason=reason)
            self._tell(False)
            self._start("reconnect", self._reconnect())

    async def _reconnect(self) -> None:
        lost_at = time.monotonic()
        attempt = 0
        while True:
            chance = random.random()  # noqa: S311, jitter and no secret
            await asyncio.sleep(full_jitter(attempt, time.monotonic() - lost_at, chance))
            try:
                await self._establish()
            except TransportError as error:
                attempt += 1
                _log.warning("reconnect failed", broker=self._where, attempt=attempt, reason=str(error))
            else:
                _log.info(
                    "reconnected", broker=self._where, after_seconds=round(time.monotonic() - lost_at, 3)
                )
                return

    # -- asking and being told
    # -----------------------------------------------------------------------------------

    async def _ask(self, request: Callable[[Any], tuple[MQTTErrorCode, int | None]], what: Any) -> None:
        """Subscribe or unsubscribe, and wait for the broker's answer."""
        result, packet_id = request(what)
        if result or packet_id is None:
            raise Dropped(mqtt.error_string(result))
        answer = self._answers[packet_id] = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(answer, ANSWER_SECONDS)
        except TimeoutError:
            raise Dropped(f"{self._where} did not answer within {ANSWER_SECONDS:g} s") from None
        finally:
            self._answers.pop(packet_id, None)

    def _start(self, what: str, work: Any) -> None:
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(asyncio.create_task(work, name=f"mqtt-{what}-{self._account.client_id}"))

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(MISC_SECONDS)
            if self._connected:
                self._client.loop_misc()
            # libuv watches a socket that was reset no more after one call, which may have read a message.
            if self._reading:
                self._readable()

    @property
    def _where(self) -> str:
        return f"{self._account.host}:{self._account.port}"

    # -- the socket
    # ----------------------------------------------------------------------------------------------

    def _resume(self) -> None:
        if self._socket is not None and not self._reading:
            self._reading = True
            asyncio.get_running_loop().add_reader(self._socket.fileno(), self._readable)

    def _pause(self) -> None:
        if self._socket is not None and self._reading:
            self._reading = False
            asyncio.get_running_loop().remove_reader(self._socket.fileno())

    def _readable(self) -> None:
        sock = self._socket
        if sock is None:
            return
        sock.fill()
        self._consume()

    def _consume(self) -> None:
        sock = self._socket
        while sock is not None and sock is self._socket:
            if len(self._receipts) >= self._receive_window:
                self._pause()
                return
            if not self._take_packet(sock):
                return

    def _take_packet(self, sock: BufferedSocket) -> bool:
        """Read one packet, and the end of the stream as one; False when there is none that is whole."""
        try:
            packet = sock.packet()
        except MalformedPacket:
            return self._read_by_paho(sock)
        if packet is None:
            return sock.ended and self._read_by_paho(sock)
        message = self._messages.take(*packet)
        if message is False:
            return self._read_by_paho(sock)
        sock.skip()
        if message is not True:
            topic = message.topic
            found = self._subscriptions.of(topic)
            packet_id = message.packet_id
            dispatch(found, self._receipts, topic, message.payload, message.qos, message.retain, packet_id)
        else:
            self._note_settled()
        return True

    def _read_by_paho(self, sock: BufferedSocket) -> bool:
        before = sock.unread
        self._client.loop_read()
        return before != sock.unread != 0

    def _acknowledge_on(self, sock: BufferedSocket | None, packet_id: int) -> None:
        if sock is not None and sock is self._socket:
            self._acknowledge(packet_id)

    def _acknowledge(self, packet_id: int) -> None:
        if packet_id:
            self._messages.acknowledge(packet_id)
        if not self._reading and self._socket is not None and len(self._receipts) < self._receive_window // 2:
            self._resume()
            asyncio.get_running_loop().call_soon(self._consume)

    def _write(self, data: bytes) -> None:
        if self._socket is not None:
            self._socket.write(data)
            self._want_write()

    def _want_write(self, *_: Any) -> None:
        # During the connect, which runs in a thread, `_socket` is None; `_attach` comes back to it.
        if self._socket is not None and not self._flush_scheduled:
            self._flush_scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_scheduled = False
        sock = self._socket
        if sock is None:
            return
        if self._client.want_write():
            self._client.loop_write()
            if sock is not self._socket:
                return
        loop = asyncio.get_running_loop()
        try:
            done = sock.flush()
            if done:
                self._messages.written()
        except OSError:
            done = True
            loop.call_soon(self._readable)  # It sees the end of the stream, and reports it.
        if done and not self._client.want_write():
            loop.remove_writer(sock.fileno())
        else:
            loop.add_writer(sock.fileno(), self._flush)

    # -- paho's callbacks, all on the event loop but `on_socket_open`
    # ---------------------------------------------

    def _take_callbacks(self) -> None:
        client = self._client
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._want_write

    def _on_connect(
        self, _client: Any, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        if self._connack is None or self._connack.done():
            return
        if not reason.is_failure:
            self._connack.set_result(None)
        elif reason.getName() == _UNAVAILABLE:
            self._connack.set_exception(Unreachable(f"{self._where} is not available now"))
        else:
            self._connack.set_exception(
                Refused(f"{self._where} refused {self._account.client_id}: {reason.getName()}")
            )

    def _on_disconnect(
        self, _client: Any, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        self._lost(reason.getName())

    def _on_socket_close(self, _client: Any, _data: Any, sock: Any) -> None:
        if isinstance(sock, BufferedSocket):
            self._forget(sock)

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""  # No subscription covers it, so that it is acknowledged and dropped.
        found = self._subscriptions.of(topic)
        payload = bytes(message.payload)
        dispatch(found, self._receipts, topic, payload, message.qos, message.retain, message.mid)

    def _on_subscribe(
        self, _client: Any, _data: Any, packet_id: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        answer = self._answers.get(packet_id)
        if answer is None or answer.done():
            return
        if any(reason.is_failure for reason in reasons):
            answer.set_exception(Refused(f"{self._where} denied a subscription of {self._account.client_id}"))
        else:
            answer.set_result(None)

    def _on_unsubscribe(
        self, _client: Any, _data: Any, packet_id: int, _reasons: Any, _properties: Any
    ) -> None:
        answer = self._answers.get(packet_id)
        if answer is not None and not answer.done():
            answer.set_result(None)
