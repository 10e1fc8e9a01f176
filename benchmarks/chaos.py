"""What becomes of a full room whose parts are killed? `python -m benchmarks.chaos --phones 2000`.

Kills the broker, its supervisor, the shadow service and the dashboard in turn, with -9. The presenter asks
for another colour while the part is away and again when the room is ready; then each phone must show the
newest scene, and the wall each phone's report. Times count from when the room says that it is ready again.
"""

import argparse
import asyncio
import itertools
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import httpx
import orjson
import structlog

from device_sim.crowd.crowd import Crowd
from device_sim.dashboard_api import NoAnswer
from tests.support.rooms import RunningRoom, children, running_room, wait_until
from tests.support.seated_crowd import Seated, seated_crowd

PARTS: Final = ("broker itself", "broker", "bridge", "dashboard")
"""`broker` is the process that watches over the broker itself."""
GOAL: Final = 0.99
GOAL_SECONDS: Final = 5.0
"""Of a killed broker: this part of the phones is right within so many seconds of its return."""
PATIENCE_SECONDS: Final = 75.0
"""Longer than a minute, after which the room reads the whole fleet and mends what it missed."""
LOOK_SECONDS: Final = 0.05
COLOURS: Final = ("#DC2626", "#16A34A", "#7C3AED", "#D97706")


@dataclass
class Outcome:
    """What one kill came to; None: not within `PATIENCE_SECONDS`."""

    part: str
    back_s: float
    """From the kill until the room is ready."""
    most_s: float | None
    """From then until `GOAL` of the phones are right, on their screens and on the wall."""
    all_s: float | None
    wrong: int
    """Phones with another colour than the newest scene's at the end."""
    wrong_marks: int
    """Phones whose mark has another colour than they show at the end."""
    lost: int
    """Phones that are not in the room, or wait for an acknowledgement, at the end."""

    @property
    def is_right(self) -> bool:
        """Nothing is wrong or lost."""
        return self.wrong == 0 and self.wrong_marks == 0 and self.lost == 0


def victim(room: RunningRoom, part: str) -> int | None:
    """The process to kill."""
    if part != "broker itself":
        return room.part_pid(part)
    supervisor = room.part_pid("broker")
    return None if supervisor is None else next((pid for pid, _ in children(supervisor)), None)


def is_ready(room: RunningRoom) -> bool:
    """Whether the room says that each of its parts answers."""
    try:
        return httpx.get(f"{room.url}/readyz", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def right(seated: Seated[Crowd], colour: str) -> int:
    """Phones that show the colour and whose mark does."""
    wanted = colour.removeprefix("#")
    return sum(
        phone.color == colour and seated.stage.marks.get(phone.slot, (0, ""))[1] == wanted
        for phone in seated.crowd.here
    )


async def ask(seated: Seated[Crowd], colour: str) -> bool:
    """Ask for a colour once; whether the room took it."""
    try:
        seated.crowd.surroundings.hear_version(await seated.api.set_scene({"color": colour}))
    except NoAnswer:
        return False
    return True


async def kill(room: RunningRoom, seated: Seated[Crowd], part: str, colours: Iterator[str]) -> Outcome:
    """One kill, and what came after."""
    pid = await asyncio.to_thread(wait_until, lambda: victim(room, part), f"the {part} runs")
    os.kill(pid, signal.SIGKILL)
    killed = time.perf_counter()
    await asyncio.to_thread(wait_until, lambda: victim(room, part) not in (pid, None), f"another {part}")
    await ask(seated, next(colours))
    await asyncio.to_thread(wait_until, lambda: is_ready(room), "the room is ready")
    back = time.perf_counter()
    colour = next(colours)
    taken = await ask(seated, colour)
    phones = len(seated.crowd.phones)
    most: float | None = None
    while time.perf_counter() - back < PATIENCE_SECONDS:
        taken = taken or await ask(seated, colour)
        now = right(seated, colour)
        if most is None and now >= GOAL * phones:
            most = time.perf_counter() - back
        if now == phones and seated.crowd.lost == 0:
            break
        await asyncio.sleep(LOOK_SECONDS)
    everybody = time.perf_counter() - back
    done = right(seated, colour) == phones
    wrong = seated.crowd.wrong, seated.stage.wrong
    return Outcome(part, back - killed, most, everybody if done else None, *wrong, seated.crowd.lost)


async def rounds(room: RunningRoom, phones: int, times: int, parts: Sequence[str]) -> list[Outcome]:
    """Fill the room and kill each of these parts so many times."""
    outcomes = []
    async with seated_crowd(room, phones, Crowd) as seated:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await seated.crowd.arrive()
            await seated.crowd.everyone_came.wait()
        colours = itertools.cycle(COLOURS)
        for _ in range(times):
            for part in parts:
                outcome = await kill(room, seated, part, colours)
                outcomes.append(outcome)
                print(f"  {part:<14} {sentence(outcome)}", flush=True)
    return outcomes


def sentence(outcome: Outcome) -> str:
    """One line for a person."""
    most = "never" if outcome.most_s is None else f"{outcome.most_s:.1f} s"
    everybody = "never" if outcome.all_s is None else f"{outcome.all_s:.1f} s"
    return (
        f"ready after {outcome.back_s:.1f} s; from then 99 % right after {most}, all after {everybody}; "
        f"{outcome.wrong} wrong, {outcome.wrong_marks} marks wrong, {outcome.lost} lost"
    )


def main() -> int:
    """Run on each broker; 1 when a phone stays wrong or lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=2_000)
    parser.add_argument("--times", type=int, default=1, help="kills of each part (1)")
    parser.add_argument("--broker", choices=("embedded", "mosquitto"), action="append")
    parser.add_argument("--part", choices=PARTS, action="append", help="all of them, unless given")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    # Each phone that finds no room says so: that is the point, and no news.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    figures = {}
    for broker in options.broker or ("embedded", "mosquitto"):
        print(f"{broker}, {options.phones} phones (goal: 99 % within {GOAL_SECONDS:.0f} s, none wrong)")
        with tempfile.TemporaryDirectory() as folder, running_room(Path(folder), broker) as room:
            figures[broker] = asyncio.run(rounds(room, options.phones, options.times, options.part or PARTS))
    if options.json is not None:
        told = {broker: [asdict(one) for one in outcomes] for broker, outcomes in figures.items()}
        options.json.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    return 0 if all(one.is_right for outcomes in figures.values() for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
