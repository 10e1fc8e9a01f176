"""`--tunnel-workers 2`: the tunnel in processes of its own, behind the one port."""

import asyncio
import contextlib
import os
import signal
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from broker_bridge.wire.lifecycle import DisconnectReason
from broker_bridge.wire.packets import Connack
from tests.support.certificates import certificates
from tests.support.dashboard_room import WAIT_S, TunnelPhone
from tests.support.gates import lifecycle_events
from tests.support.mqtt_probe import MqttProbe
from tests.support.rooms import PLAIN, RunningRoom, children, descendants, running_room, wait_until

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]

PHONES = 20
WORKERS = ["--tunnel-workers", "2"]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRoom]:
    """A room on Mosquitto with twenty simulated phones and two workers."""
    with running_room(
        tmp_path_factory.mktemp("workers"), "mosquitto", phones=PHONES, arguments=WORKERS
    ) as running:
        yield running


def state(room: RunningRoom) -> dict[str, Any]:
    said: dict[str, Any] = httpx.get(f"{room.url}/api/rooms/{room.room}", timeout=WAIT_S, **PLAIN).json()
    return said


def workers(room: RunningRoom) -> list[int]:
    """The process ids of the workers, in their order."""
    dashboard = room.part_pid("dashboard")
    found = [] if dashboard is None else children(dashboard)
    numbered = sorted((words[5], pid) for pid, words in found if words[1:4] == ["-m", "shadowroom", "tunnel"])
    return [pid for _, pid in numbered]


def carried(room: RunningRoom) -> list[int]:
    """Phones at each worker, and all together, as /metrics says."""
    lines = httpx.get(f"{room.url}/metrics", timeout=WAIT_S, **PLAIN).text.splitlines()
    names = ("shadowroom_tunnel_worker_phones{", "shadowroom_tunnels_open ")
    return sorted(int(float(line.split()[-1])) for line in lines if line.startswith(names))


def everybody_is_in(room: RunningRoom) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        said, at = state(room), carried(room)
        return said["connected"] == PHONES and at[-1] == PHONES == sum(at[:-1])
    return False


def ready(room: RunningRoom) -> dict[str, Any] | None:
    with contextlib.suppress(httpx.HTTPError):
        answer = httpx.get(f"{room.url}/readyz", timeout=WAIT_S, **PLAIN)
        return dict(answer.json()) if answer.status_code == 200 else None
    return None


async def post(room: RunningRoom, path: str, body: dict[str, Any]) -> httpx.Response:
    """As the presenter."""
    async with httpx.AsyncClient(timeout=WAIT_S, **PLAIN) as http:
        answer = await http.post(
            f"{room.url}/api/rooms/{room.room}/{path}", json=body, headers=room.presenter
        )
    answer.raise_for_status()
    return answer


async def join(room: RunningRoom) -> dict[str, Any]:
    joined: dict[str, Any] = (await post(room, "join", {"os": "iOS"})).json()
    return joined


@contextlib.asynccontextmanager
async def phone_of(joined: dict[str, Any]) -> AsyncIterator[TunnelPhone]:
    """A phone with its websocket open at the address that it was given."""
    url, tls = joined["mqtt"]["url"], None
    if url.startswith("wss:"):
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    async with connect(url, subprotocols=[Subprotocol("mqtt")], proxy=None, ssl=tls) as socket:
        yield TunnelPhone(socket, joined)


async def closed(phone: TunnelPhone) -> None:
    async with asyncio.timeout(WAIT_S):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await phone.socket.recv()


async def coloured(room: RunningRoom, version: int) -> int:
    """How many marks show this scene, once all do, as a stage is told through a worker."""
    url = f"ws{room.url.removeprefix('http')}/api/rooms/{room.room}/feed"
    shown: set[int] = set()
    async with asyncio.timeout(WAIT_S * 3), connect(url, proxy=None) as feed:
        await feed.send('{"type":"hello","role":"stage"}')
        async for frame in feed:
            said = orjson.loads(frame)
            for flags, _, slots in said.get("marks", ()):
                (shown.update if flags >= 0 and flags & 4 else shown.difference_update)(slots)
            if said.get("scene"):
                assert said["scene"]["version"] <= version
            if len(shown) >= PHONES:
                break
    return len(shown)


async def test_every_phone_comes_in_through_a_worker_and_is_coloured(room: RunningRoom) -> None:
    """Two processes called `shadowroom tunnel` carry all phones; pages, join and feed pass them by."""
    await asyncio.to_thread(wait_until, lambda: everybody_is_in(room), "twenty phones are in")
    assert len(workers(room)) == 2
    async with httpx.AsyncClient(timeout=WAIT_S, **PLAIN) as http:
        no_websocket = await http.get(f"{room.url}/mqtt")
        assert (no_websocket.status_code, no_websocket.json()["error"]) == (404, "not_found")
    assert ready(room) == {"ready": True, "broker": "ok", "bridge": "ok", "store": "ok", "tunnel": "ok"}
    version = (await post(room, "scene", {"by": "os"})).json()["version"]
    assert await coloured(room, version) == PHONES


def test_the_phones_of_a_killed_worker_come_back(room: RunningRoom) -> None:
    """After kill -9 another process takes its place, and nobody stays away; the terminal says so."""
    wait_until(lambda: everybody_is_in(room), "twenty phones are in")
    killed, other = workers(room)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: len(workers(room)) == 2 and killed not in workers(room), "another worker runs")
    assert other in workers(room)
    wait_until(lambda: ready(room), "all workers are there")
    wait_until(lambda: everybody_is_in(room), "twenty phones are in again")
    assert "tunnel-1 ended (signal SIGKILL); starting it again" in room.output.read_text()


async def test_who_cannot_prove_who_it_is_gets_connack_5(room: RunningRoom) -> None:
    """A worker refuses a wrong password itself, and asks whether the thing is in the room."""
    joined = await join(room)
    for changed in ({"password": b"nonsense"}, {"client_id": "phone-x", "username": "phone-x"}):
        async with phone_of(joined) as phone:
            await phone.send(phone.connect_packet(**changed))
            assert await phone.packet() == Connack(5)
            await closed(phone)
            assert phone.socket.close_code == 1008


async def test_a_removed_phone_is_cut_at_once_and_stays_out(room: RunningRoom) -> None:
    """Whichever worker has it; its own password does not help any more."""
    joined = await join(room)
    async with phone_of(joined) as phone:
        await phone.arrive()
        await post(room, f"phones/{joined['slot']}/desired", {"removed": True})
        await closed(phone)
    async with phone_of(joined) as phone:
        await phone.send(phone.connect_packet())
        assert await phone.packet() == Connack(5)


async def test_a_phone_that_comes_in_twice_is_told_of_as_one(room: RunningRoom) -> None:
    """The older connection ended because of the newer one, whichever workers the two are at."""
    joined = await join(room)
    thing = joined["thing_name"]
    with MqttProbe(room.operator) as operator:
        operator.subscribe("$aws/events/presence/+/+", qos=1)
        async with contextlib.AsyncExitStack() as stack:
            for session in range(1, 6):
                phone = await stack.enter_async_context(phone_of(joined))
                await phone.arrive(session)
            await asyncio.to_thread(
                operator.wait_for, lambda: len(lifecycle_events(operator, thing)) == 9, "five and four events"
            )
        ends = [event for event in lifecycle_events(operator, thing) if event["topic"] == "disconnected"]
        reasons = [event["disconnectReason"] for event in ends[:4]]
    assert reasons == [DisconnectReason.DUPLICATE_CLIENT_ID] * 4
    await post(room, "leave", {"token": joined["token"]})


def test_a_killed_dashboard_comes_back_with_workers(room: RunningRoom) -> None:
    """Its workers end with it and let go of the port; then everybody is in again."""
    wait_until(lambda: everybody_is_in(room), "twenty phones are in")
    before = set(workers(room))
    dashboard = room.part_pid("dashboard")
    assert dashboard is not None
    os.kill(dashboard, signal.SIGKILL)
    wait_until(lambda: len(workers(room)) == 2 and not before & set(workers(room)), "other workers run")
    wait_until(lambda: ready(room), "the room is ready again")
    wait_until(lambda: everybody_is_in(room), "twenty phones are in again")
    assert not before & {pid for pid, _ in descendants(room.process.pid)}


async def test_workers_hold_the_certificate(tmp_path: Path) -> None:
    """Pages, join and tunnel by TLS on the one port, on the bundled broker; a phone is sent to `wss://`."""
    certificates(tmp_path)
    tls = ["--certfile", str(tmp_path / "server.pem"), "--keyfile", str(tmp_path / "server.key")]
    with running_room(tmp_path, arguments=[*WORKERS, *tls]) as room:
        joined = await join(room)
        assert joined["mqtt"]["url"] == f"wss{room.url.removeprefix('https')}/mqtt"
        async with phone_of(joined) as phone:
            await phone.arrive()
            await asyncio.to_thread(wait_until, lambda: state(room)["connected"] == 1, "it is connected")
