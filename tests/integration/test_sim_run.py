"""The crowd over real sockets and a real broker, in a room that keeps docs/architecture.md."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import orjson
import pytest

from device_sim.errors import SimError
from device_sim.runner import SimOptions, run
from tests.support.mosquitto_process import free_port, mosquitto
from tests.support.room_stub import PRESENTER_TOKEN, RoomStub, room_stub
from tests.support.rooms import start_shadowroom

pytestmark = pytest.mark.broker

SECONDS = 20.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real Mosquitto."""
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as port:
        yield port


@pytest.fixture
async def room(broker: int) -> AsyncIterator[tuple[RoomStub, str]]:
    """A room and its URL."""
    async with room_stub(broker) as made:
        yield made


def _options(url: str, **more: object) -> SimOptions:
    return SimOptions(**{"url": url, "phones": 40, "quiet": True, "rate": 400.0, **more})  # type: ignore[arg-type]


async def _until(condition: Callable[[], bool], what: str) -> None:
    """Wait for `what`, which only other processes bring about."""
    try:
        async with asyncio.timeout(SECONDS):
            while not condition():  # noqa: ASYNC110, nobody here could set an event
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"not within {SECONDS} s: {what}")


async def _all_settled(stub: RoomStub) -> None:
    """Every phone reports a scene of just now: before, it heard that its birth and its report arrived."""
    stub.show({"color": "#123456"})
    version = stub.scene["version"]
    await _until(
        lambda: all(known["reported"].get("scene") == version for known in stub.things.values()),
        "all show the scene",
    )


async def test_a_measured_run_recolours_the_room_and_leaves_no_trace(
    room: tuple[RoomStub, str], tmp_path: Path
) -> None:
    """All join, every recolour reaches every phone and the wall, the old scene is back, and nobody stays."""
    stub, url = room
    stub.scene = {"version": 1, "at": 0, "color": "#00FF00"}
    path = tmp_path / "deep" / "out.json"
    options = _options(url, duration=5.0, report=path, presenter_token=PRESENTER_TOKEN, seed=3)
    report = await run(options)
    assert orjson.loads(path.read_bytes()) == report
    assert (report["phones"], report["joined"], report["wrong"], report["lost"]) == (40, 40, 0, 0)
    assert (report["wrong_on_wall"], report["faults"], report["not_forgotten"]) == (0, 0, 0)
    # Whether this machine was fast enough while others worked on it too is no matter here.
    assert report["valid"] is not bool(report["reasons"])
    assert report["recolour"]["rounds"] in (1, 2)
    for part in ("shown", "on_wall"):
        assert report["recolour"][part]["missed"] == 0
        assert 0 < report["recolour"][part]["p50_ms"] <= report["recolour"][part]["p99_ms"]
    assert 0 < report["join"]["p50_ms"] <= report["join"]["p99_ms"]
    assert stub.scene["color"] == "#00FF00"
    assert (len(stub.things), stub.left) == (0, 40)
    await _until(lambda: len(stub.presence) == 40 and not any(stub.presence.values()), "goodbyes")


async def test_a_killed_crowd_comes_back_as_the_same_phones(
    room: tuple[RoomStub, str], tmp_path: Path
) -> None:
    """The next crowd on the same file holds the same things; who is too many is forgotten, in the end all."""
    stub, url = room
    tokens = tmp_path / "crowd.jsonl"
    arguments = ("sim", "--url", url, "--phones", "12", "--duration", "0", "--tokens", str(tokens))
    crowd = start_shadowroom(*arguments)
    try:
        await _until(lambda: sum(stub.presence.values()) == 12, "twelve phones")
    finally:
        crowd.kill()
        crowd.wait()
    assert tokens.stat().st_mode & 0o077 == 0
    with tokens.open("ab") as file:
        file.write(b'[3,"tok')
    things = set(stub.things)
    kept = await run(_options(url, phones=8, duration=0.5, tokens=tokens, keep=True))
    assert (kept["joined"], kept["not_forgotten"], stub.left) == (8, 0, 4)
    assert set(stub.things) < things
    report = await run(_options(url, phones=8, duration=0.5, tokens=tokens))
    assert (report["joined"], report["not_forgotten"], stub.left) == (8, 0, 12)
    assert not stub.things
    assert not tokens.exists()


async def test_phones_join_as_simulated_ones_and_say_what_they_are(room: tuple[RoomStub, str]) -> None:
    """The join request and the report both say `sim`, and `--keep` leaves the things in the room."""
    stub, url = room
    report = await run(_options(url, phones=5, duration=0.5, keep=True))
    assert report["joined"] == 5
    assert report["recolour"]["shown"]["p50_ms"] is None
    assert len(stub.things) == 5
    for known in stub.things.values():
        assert known["body"]["sim"] is known["reported"]["sim"] is True
        assert known["body"]["lang"] == known["reported"]["language"]
        assert known["reported"]["scene"] == 1
        assert known["reported"]["room"] == "DEMO"


async def test_a_resident_crowd_votes_obeys_and_comes_back(room: tuple[RoomStub, str]) -> None:
    """Without an end, phones follow scenes, vote, obey their shadow, survive lost lines and old passwords."""
    stub, url = room
    stop = asyncio.Event()
    crowd = asyncio.create_task(run(_options(url, duration=0.0), stop), name="crowd")
    await _until(lambda: sum(stub.presence.values()) == 40, "all here")
    stub.ask({"id": "p1", "kind": "single", "options": ["a", "b"], "state": "open"})
    await _until(lambda: len(stub.ballots) > 5, "votes")
    thing = next(iter(stub.things))
    stub.tell(thing, {"color": "#FF0000"})
    await _until(lambda: stub.things[thing]["reported"].get("color") == "#FF0000", "obeyed")
    stub.passwords.clear()
    stub.presence.clear()
    for tunnel in list(stub.tunnels):
        await tunnel.close()
    await _until(lambda: stub.joins == 80 and len(stub.tunnels) == 40, "back with new passwords")
    await _until(lambda: sum(stub.presence.values()) == 40, "all here again")
    await _all_settled(stub)
    stub.ask(None)
    stop.set()
    async with asyncio.timeout(SECONDS):
        report = await crowd
    assert report["reconnects"] == 40
    assert stub.expired == 40
    assert report["votes"]["cast"] >= 5
    assert sum(report["votes"]["tallies"]["p1"].values()) == report["votes"]["cast"]
    assert len(stub.things) == 0


async def test_a_broker_that_restarts_gets_its_crowd_back(tmp_path: Path) -> None:
    """After the broker was away, every phone is here again, right, and reported."""
    port = free_port()
    stop = asyncio.Event()
    first = mosquitto(tmp_path, port)
    first.__enter__()
    try:
        async with room_stub(port) as (stub, url):
            crowd = asyncio.create_task(run(_options(url, duration=0.0), stop), name="crowd")
            await _until(lambda: sum(stub.presence.values()) == 40, "all here")
            first.__exit__(None, None, None)
            await _until(lambda: not stub.tunnels, "all away")
            stub.presence.clear()
            with mosquitto(tmp_path, port):
                await stub.reconnect()
                await _until(lambda: sum(stub.presence.values()) == 40, "all here again")
                await _all_settled(stub)
                stop.set()
                async with asyncio.timeout(SECONDS):
                    report = await crowd
    finally:
        stop.set()
    assert report["reconnects"] == 40
    assert stub.joins == 40


async def test_a_refused_crowd_says_why(room: tuple[RoomStub, str]) -> None:
    """The room's own sentence is in the report, and the refused are neither joined nor lost."""
    stub, url = room
    stub.refuse = "The room is full."
    report = await run(_options(url, phones=3, duration=0.5))
    assert (report["joined"], report["refused"], report["lost"]) == (0, 3, 0)
    assert report["refusal"] == "The room is full."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"url": "ftp://x"}, "is no address of a dashboard"),
        ({"phones": 0}, "at least one phone"),
        ({"phones": 2**30}, "start fewer phones"),
        ({"room": "NOPE"}, "There is no room NOPE"),
        ({"presenter_token": "wrong"}, "The presenter token was refused"),
    ],
)
async def test_a_run_that_cannot_start_says_why(
    room: tuple[RoomStub, str], change: dict[str, object], sentence: str
) -> None:
    """Each reason not to start is one clear sentence."""
    with pytest.raises(SimError, match=sentence):
        await run(_options(room[1], **change) if "url" not in change else _options(str(change["url"])))


async def test_without_a_dashboard_the_run_says_so() -> None:
    """A wrong port is named, with what to do."""
    with pytest.raises(SimError, match="is `shadowroom up` running there"):
        await run(_options(f"http://127.0.0.1:{free_port()}"))
