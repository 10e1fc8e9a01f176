"""From a question to the reports of all phones on the wall, and how long understanding alone takes.

`python -m benchmarks.ask_to_wall [--phones 200] [--rounds 40] [--broker embedded|mosquitto]`

A room of simulated phones is asked the talk's sentence in English and French by turns. Each phone's time
counts from the moment the request is sent until the public feed shows the phone's report of the new scene.
The yardstick in the same run is the same with `POST /scene`, which understands and says nothing. Goal for 200
phones: p95 at most 250 ms.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import orjson
from hdrh.histogram import HdrHistogram
from websockets.asyncio.client import ClientConnection, connect

from dashboard.ask.language_model import LANGUAGES, language_model
from dashboard.ask.understand import load, understand
from tests.support.rooms import RunningRoom, running_room

SENTENCES = (
    "show me on which OS runs all the smartphones in the room",
    "montre-moi sur quel système tournent tous les téléphones de la salle",
)
CONVERGED = 4
"""The flag of a mark whose phone has reported the current scene."""
ROUND_S = 10.0
"""Seconds after which a round has failed."""
PAUSE_S = 0.4
"""Between two rounds, so that no scene waits for the spacing of flashes."""

Ask = Callable[[httpx.AsyncClient, int], Awaitable[int]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--broker", default="embedded")
    wanted = parser.parse_args()
    measure_understanding()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_room(Path(folder), wanted.broker, wanted.phones) as room,
    ):
        asyncio.run(measure_room(room, wanted.phones, wanted.rounds))


def measure_understanding() -> None:
    """Every example, and a sentence that is none, on one core."""
    load()
    times = HdrHistogram(1, 10_000_000, 3)
    texts = [text for code in LANGUAGES for text in language_model(code).examples]
    for text in [*texts, "the operating system is a layer between hardware and software"] * 5:
        began = time.perf_counter_ns()
        understand(text)
        times.record_value((time.perf_counter_ns() - began) // 1_000)
    print(f"understanding: {_percentiles(times, 1_000)} ({times.get_total_count()} sentences)")


class Wall:
    """What the feed has told so far. A mark that looks as before is not told again, so all are folded."""

    def __init__(self, feed: ClientConnection) -> None:
        self._feed = feed
        self._flags: dict[int, int] = {}
        self.version = 0
        self.connected = 0

    async def next(self) -> None:
        """Take the next frame."""
        frame = orjson.loads(await self._feed.recv())
        self.version = (frame.get("scene") or {}).get("version", self.version)
        self.connected = frame.get("counts", {}).get("connected", self.connected)
        for flags, _, slots in frame.get("marks", []):
            self._flags.update(dict.fromkeys(slots, flags))

    def converged(self) -> list[int]:
        """Slots whose phones have reported the scene of `version`."""
        return [slot for slot, flags in self._flags.items() if flags >= 0 and flags & CONVERGED]


async def measure_room(room: RunningRoom, phones: int, rounds: int) -> None:
    """Both ways, by turns in the same run."""
    async with (
        httpx.AsyncClient(base_url=f"{room.url}/api/rooms/{room.room}", headers=room.presenter) as http,
        connect(f"{room.url.replace('http', 'ws')}/api/rooms/{room.room}/feed", max_size=None) as feed,
    ):
        await feed.send('{"type":"hello","role":"stage"}')
        wall = Wall(feed)
        async with asyncio.timeout(60):
            while wall.connected < phones:
                await wall.next()
        for name, ask in (("POST /scene", _scene), ("POST /ask", _question), ("POST /ask again", _question)):
            times, answers = HdrHistogram(1, 60_000_000, 3), HdrHistogram(1, 60_000_000, 3)
            for number in range(rounds):
                await _round(wall, http, ask, number, (times, answers, phones))
                await asyncio.sleep(PAUSE_S)
            print(f"{name}: report of each of {phones} phones on the wall {_percentiles(times, 1_000)}")
            print(f"{name}: answered {_percentiles(answers, 1_000)}")


async def _round(
    wall: Wall,
    http: httpx.AsyncClient,
    ask: Ask,
    number: int,
    into: tuple[HdrHistogram, HdrHistogram, int],
) -> None:
    times, answers, phones = into
    began = time.perf_counter_ns()

    async def asked() -> int:
        version = await ask(http, number)
        answers.record_value((time.perf_counter_ns() - began) // 1_000)
        return version

    answering = asyncio.create_task(asked(), name="question")
    seen: dict[int, dict[int, int]] = {}
    async with asyncio.timeout(ROUND_S):
        while not answering.done() or len(seen.get(answering.result(), {})) < phones:
            await wall.next()
            now = time.perf_counter_ns()
            times_of_scene = seen.setdefault(wall.version, {})
            for slot in wall.converged():
                times_of_scene.setdefault(slot, now)
    for at in seen[await answering].values():
        times.record_value((at - began) // 1_000)


async def _scene(http: httpx.AsyncClient, _number: int) -> int:
    answer = await http.post("/scene", json={"by": "os"})
    return int(answer.raise_for_status().json()["version"])


async def _question(http: httpx.AsyncClient, number: int) -> int:
    answer = await http.post("/ask", json={"text": SENTENCES[number % len(SENTENCES)]})
    return int(answer.raise_for_status().json()["version"])


def _percentiles(times: HdrHistogram, per_ms: int) -> str:
    found = (times.get_value_at_percentile(percent) / per_ms for percent in (50, 95, 99))
    return "p50 {:.1f} ms, p95 {:.1f} ms, p99 {:.1f} ms".format(*found)


if __name__ == "__main__":
    main()
