"""Dashboard and workers on their line: who decides what, and what is known when one is gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from broker_bridge.transport.lifecycle import LifecycleReporter
from broker_bridge.transport.memory import MemoryBroker, MemoryTransport
from broker_bridge.transport.port import Account, Message
from broker_bridge.wire.lifecycle import DisconnectReason, parse_event
from broker_bridge.wire.packets import Connack, Connect, encode
from dashboard.api.checklist import parts
from dashboard.auth.tokens import Tokens
from dashboard.doorkeeper import Refusal
from dashboard.ports import BrokerCredential
from dashboard.spread.line import LINE_MAX, Line
from dashboard.spread.worker import AskingTheDashboard, WorkerConfiguration
from dashboard.spread.workers import Workers
from dashboard.tunnel import Tunnels

WAIT_S = 15.0


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():  # noqa: ASYNC110 - the other side's state
            await asyncio.sleep(0.002)


class Room:
    """The dashboard's side: who may come in, and what is known."""

    def __init__(self) -> None:
        self.refusals: dict[str, Refusal] = {}
        self.superseded: list[str] = []
        self.events: list[tuple[str, bool, str | None]] = []

    def refusal(self, thing: str) -> Refusal | None:
        return self.refusals.get(thing)

    def heard(self, message: Message) -> None:
        event = parse_event(message.topic, message.payload)
        assert event is not None
        self.events.append((event.client_id, event.connected, event.disconnect_reason))


@dataclass
class Devices:
    guards_topics: bool = True

    def mint(self, thing: str, room: str) -> BrokerCredential:
        return BrokerCredential(thing, room)


def configuration(number: int, folder: Path, broker_port: int = 1) -> WorkerConfiguration:
    account = Account("127.0.0.1", broker_port, "dashboard")
    return WorkerConfiguration(
        number, "DEMO", folder, "a-signing-key", account, Devices(), "127.0.0.1", broker_port
    )


class Hand:
    """A worker without phones: its line, and its tunnels."""

    def __init__(self, line: Line, number: int, folder: Path) -> None:
        self.line = line
        self.dashboard = AskingTheDashboard(line, number)
        tokens = Tokens("a-signing-key", "", "DEMO")
        self.tunnels = Tunnels(configuration(number, folder), tokens, self.dashboard.ask, self.dashboard.tell)
        self.listening = asyncio.create_task(self.dashboard.listen(self.tunnels), name="a worker listens")

    async def vanish(self) -> None:
        self.line.close()
        await self.listening


class Scene:
    def __init__(self, room: Room, workers: Workers, folder: Path) -> None:
        self.room, self.workers, self.folder = room, workers, folder
        self.hands: list[Hand] = []

    async def hand(self, number: int) -> Hand:
        streams = await asyncio.open_unix_connection(self.folder / "tunnel.sock", limit=LINE_MAX)
        hand = Hand(Line(*streams), number, self.folder)
        self.hands.append(hand)
        return hand


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A dashboard that waits for two workers."""
    room = Room()
    broker = MemoryBroker()
    async with contextlib.AsyncExitStack() as stack:
        reporter, listener = MemoryTransport(broker, "dashboard"), MemoryTransport(broker, "listener")
        for transport in (reporter, listener):
            await transport.connect()
            stack.push_async_callback(transport.close)
        await listener.subscribe(["$aws/events/presence/+/+"], room.heard)
        workers = Workers(2, room.refusal, room.superseded.append, LifecycleReporter(reporter))
        await workers.open(tmp_path / "tunnel.sock")
        stack.push_async_callback(workers.close)
        scene = Scene(room, workers, tmp_path)
        yield scene
        for hand in scene.hands:
            await hand.vanish()


async def test_the_dashboard_says_which_workers_are_there(scene: Scene) -> None:
    """All, or how many of how many."""
    assert scene.workers.state() == "0 of 2 workers are there"
    first = await scene.hand(1)
    await scene.hand(2)
    await until(lambda: scene.workers.state() == "ok")
    await first.vanish()
    await until(lambda: scene.workers.state() == "1 of 2 workers are there")


def test_the_checklist_tells_of_missing_workers() -> None:
    """Where the tunnel has workers, and only there."""
    well = {"ready": True, "broker": "ok", "bridge": "ok", "store": "ok"}
    assert [found.what for found in parts(well)] == ["broker", "bridge", "store"]
    *_, tunnel = parts({**well, "tunnel": "1 of 2 workers are there"})
    assert (tunnel.what, tunnel.level) == ("tunnel", "fail")
    *_, tunnel = parts({**well, "tunnel": "ok"})
    assert tunnel.sentence == "All processes of the tunnel are there."


async def test_the_dashboard_decides_who_comes_in(scene: Scene) -> None:
    """A worker asks for each phone, many at once, and each gets its own answer."""
    hand = await scene.hand(1)
    scene.room.refusals = {"stranger": Refusal.STRANGER, "early": Refusal.DEAF}
    answers = await asyncio.gather(*map(hand.dashboard.ask, ("stranger", "phone", "early")))
    assert answers == [Refusal.STRANGER, None, Refusal.DEAF]
    assert scene.room.superseded == ["phone"]


async def test_without_an_answer_nobody_comes_in(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dashboard that is gone hears nobody: the phone tries again."""
    monkeypatch.setattr("dashboard.spread.worker.ANSWER_S", 0.01)
    hand = await scene.hand(1)
    await hand.vanish()
    assert await hand.dashboard.ask("phone") is Refusal.DEAF


async def test_connections_are_counted_and_told_of(scene: Scene) -> None:
    """By worker and together; lifecycle events say who came, and why who went."""
    first, second = await scene.hand(1), await scene.hand(2)
    ended = first.dashboard.tell("a", "192.0.2.1")
    second.dashboard.tell("b", "192.0.2.2")
    second.dashboard.tell("c", "192.0.2.3")
    await until(lambda: len(scene.workers) == 3)
    assert [scene.workers.open_at(number) for number in (1, 2)] == [1, 2]
    ended(DisconnectReason.CLIENT_INITIATED)
    await until(lambda: len(scene.workers) == 2)
    assert sorted(scene.room.events)[:2] == [("a", False, "CLIENT_INITIATED_DISCONNECT"), ("a", True, None)]


async def test_with_a_worker_its_phones_are_gone(scene: Scene) -> None:
    """They are counted no more, and each is told of as lost; the other's phones stay."""
    first, second = await scene.hand(1), await scene.hand(2)
    for number in range(50):
        first.dashboard.tell(f"lost-{number}", "192.0.2.1")
    second.dashboard.tell("stays", "192.0.2.2")
    await until(lambda: len(scene.workers) == 51)
    await first.vanish()
    await until(lambda: len(scene.workers) == 1)
    lost = [event for event in scene.room.events if not event[1]]
    assert len(lost) == 50
    assert {reason for _, _, reason in lost} == {"CONNECTION_LOST"}


async def test_a_phone_that_comes_in_elsewhere_is_superseded_where_it_was(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the worker that has its newest connection is told, and not when it comes back to the same one."""
    first, second = await scene.hand(1), await scene.hand(2)
    told: list[tuple[int, str]] = []
    monkeypatch.setattr(first.tunnels, "supersede", lambda thing: told.append((1, thing)))
    monkeypatch.setattr(second.tunnels, "supersede", lambda thing: told.append((2, thing)))
    assert await first.dashboard.ask("phone") is None
    first.dashboard.tell("phone", "")
    assert await first.dashboard.ask("phone") is None
    assert await second.dashboard.ask("phone") is None
    second.dashboard.tell("phone", "")
    await until(lambda: len(scene.workers) == 2)
    assert scene.workers.ask("phone") is None  # by plain requests, which the dashboard serves itself
    await until(lambda: len(told) == 2)
    assert told == [(1, "phone"), (2, "phone")]


async def test_who_is_removed_while_coming_in_stays_out(tmp_path: Path) -> None:
    """Between the question whether it may and the broker's answer: CONNACK 5, and the broker is left."""
    asked, answered, left = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def ask(_thing: str) -> Refusal | None:
        asked.set()
        await answered.wait()
        return None

    async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        left.set()

    server = await asyncio.start_server(broker, "127.0.0.1", 0)
    settings = configuration(1, tmp_path, server.sockets[0].getsockname()[1])
    tokens = Tokens(settings.signing_key, "", settings.room)
    tunnels = Tunnels(settings, tokens, ask)
    connect = Connect("phone", "phone", tokens.tunnel_password("phone").encode())
    coming = [{"type": "websocket.connect"}, {"type": "websocket.receive", "bytes": encode(connect)}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "subprotocols": ["mqtt"]}
    carrying = asyncio.create_task(tunnels(scope, receive, send), name="a tunnel of a test")
    async with asyncio.timeout(WAIT_S):
        await asked.wait()
        tunnels.close("phone")
        answered.set()
        await carrying
        await left.wait()
    assert [message.get("bytes") for message in sent[1:]] == [encode(Connack(5)), None]
    assert len(tunnels) == 0
    server.close()
    await server.wait_closed()
