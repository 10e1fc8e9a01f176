"""The MQTT codec against two that others wrote: Mosquitto reads our packets, we read paho's."""

import asyncio
import queue
from collections.abc import Iterator
from typing import TypeVar

import paho.mqtt.client as paho
import pytest

from broker_bridge.wire.packets import (
    Connack,
    Connect,
    Disconnect,
    Packet,
    PacketReader,
    Pingreq,
    Pingresp,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Unsuback,
    Unsubscribe,
    Will,
    encode,
)
from tests.support.mosquitto_process import mosquitto

SECONDS = 10.0
P = TypeVar("P", bound=Packet)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real Mosquitto."""
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as port:
        yield port


class Peer:
    """A raw MQTT connection which speaks only through the codec."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.packets = reader, writer, PacketReader()
        self.waiting: list[Packet] = []

    @classmethod
    async def connect(cls, port: int, packet: Connect) -> "Peer":
        peer = cls(*await asyncio.open_connection("127.0.0.1", port))
        peer.send(packet)
        assert await peer.receive(Connack) == Connack(0)
        return peer

    def send(self, *packets: Packet) -> None:
        self.writer.write(b"".join(map(encode, packets)))

    async def receive(self, kind: type[P]) -> P:
        """The next packet, which must be of this kind."""
        async with asyncio.timeout(SECONDS):
            while not self.waiting:
                data = await self.reader.read(65_536)
                assert data, "the other side hung up"
                self.waiting += self.packets.feed(data)
        packet = self.waiting.pop(0)
        assert isinstance(packet, kind)
        return packet

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


@pytest.mark.broker
async def test_mosquitto_takes_every_packet_of_a_client(broker: int) -> None:
    """A real broker answers each of our packets as the specification says, so it read them."""
    peer = await Peer.connect(broker, Connect("all", "user", b"pass", 30, True))
    peer.send(Subscribe(1, (("room/+/scene", 0), ("$aws/things/a/shadow/update/accepted", 1))))
    assert await peer.receive(Suback) == Suback(1, (0, 1))
    payload = "é".encode() * 10_000
    peer.send(Publish("$aws/things/a/shadow/update/accepted", payload, 1, False, 7))
    first, second = await peer.receive(Publish | Puback), await peer.receive(Publish | Puback)  # type: ignore[arg-type]
    answers = {type(first): first, type(second): second}
    assert answers[Puback] == Puback(7)
    message = answers[Publish]
    assert isinstance(message, Publish)
    assert (message.payload, message.qos) == (payload, 1)
    peer.send(Puback(message.packet_id), Publish("room/X/scene", b"{}", 0, True))
    assert await peer.receive(Publish) == Publish("room/X/scene", b"{}")
    peer.send(Unsubscribe(2, ("room/+/scene",)), Pingreq())
    assert await peer.receive(Unsuback) == Unsuback(2)
    assert await peer.receive(Pingresp) == Pingresp()
    peer.send(Disconnect())
    await peer.close()


@pytest.mark.broker
async def test_mosquitto_publishes_our_will_and_only_after_a_loss(broker: int) -> None:
    """The will is sent when a connection breaks, and not after our DISCONNECT."""
    watcher = await Peer.connect(broker, Connect("watcher"))
    watcher.send(Subscribe(1, (("presence/#", 1),)))
    await watcher.receive(Suback)
    for name, clean in (("clean", True), ("lost", False)):
        peer = await Peer.connect(broker, Connect(name, will=Will(f"presence/{name}", b"gone", 1)))
        if clean:
            peer.send(Disconnect())
            await peer.writer.drain()
        else:
            peer.writer.transport.abort()
        await peer.close() if clean else None
    will = await watcher.receive(Publish)
    assert (will.topic, will.payload, will.qos) == ("presence/lost", b"gone", 1)
    await watcher.close()


async def test_pahos_packets_are_read_and_ours_are_understood() -> None:
    """A paho client works against a server that speaks only our codec, QoS 1 both ways."""
    seen: list[Packet] = []
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = PacketReader()
        while data := await reader.read(65_536):
            for packet in peer.feed(data):
                seen.append(packet)
                writer.write(b"".join(map(encode, _answers(packet))))
        writer.close()
        done.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        received = await asyncio.to_thread(_paho_session, port)
        async with asyncio.timeout(SECONDS):
            await done.wait()
    assert received == ("t/1", b"retained", 1, True)
    assert seen[0] == Connect("paho", "user", b"pass", 17, True, Will("w/1", b"bye", 1, True))
    assert {type(packet) for packet in seen} == {
        Connect,
        Subscribe,
        Publish,
        Puback,
        Unsubscribe,
        Disconnect,
    }
    published = [packet for packet in seen if isinstance(packet, Publish)]
    assert [(p.topic, p.payload, p.qos) for p in published] == [("t/2", b"x" * 500, 1), ("t/3", b"", 0)]


def _answers(packet: Packet) -> list[Packet]:
    match packet:
        case Connect():
            return [Connack(0)]
        case Subscribe():
            codes = tuple(qos for _, qos in packet.filters)
            return [Suback(packet.packet_id, codes), Publish("t/1", b"retained", 1, True, 9)]
        case Unsubscribe():
            return [Unsuback(packet.packet_id)]
        case Publish(qos=1):
            return [Puback(packet.packet_id)]
        case _:
            return []


def _paho_session(port: int) -> tuple[str, bytes, int, bool]:
    messages: queue.Queue[paho.MQTTMessage] = queue.Queue()
    ready: queue.Queue[str] = queue.Queue()
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="paho")
    client.username_pw_set("user", "pass")
    client.will_set("w/1", b"bye", 1, True)
    client.on_message = lambda _client, _data, message: messages.put(message)
    client.on_connect = lambda *_: ready.put("connected")
    client.on_unsubscribe = lambda *_: ready.put("unsubscribed")
    client.connect("127.0.0.1", port, keepalive=17)
    client.loop_start()
    try:
        assert ready.get(timeout=SECONDS) == "connected"
        client.subscribe([("t/1", 1)])
        message = messages.get(timeout=SECONDS)
        client.publish("t/2", b"x" * 500, 1).wait_for_publish(SECONDS)
        client.publish("t/3", b"", 0).wait_for_publish(SECONDS)
        client.unsubscribe("t/1")
        assert ready.get(timeout=SECONDS) == "unsubscribed"
        client.disconnect()
    finally:
        client.loop_stop()
    return message.topic, message.payload, message.qos, message.retain
