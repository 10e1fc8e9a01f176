"""Does a room stay as it was for hours? `python -m benchmarks.soak --minutes 120 --phones 500`.

Phones come, follow a new colour every few seconds, answer a poll every minute, and one in a hundred loses its
connection every minute and returns. Memory and open files of each process are read from /proc (Linux): in the
last third of the run they must be what they were in the second, and nothing may be wrong or lost at the end.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
import orjson
import structlog

from device_sim.crowd.crowd import Crowd
from tests.support.rooms import RunningRoom, descendants, running_room
from tests.support.seated_crowd import Seated, seated_crowd

SCENE_SECONDS: Final = 5.0
SCENES_PER_POLL: Final = 12
"""A poll a minute: open, answered for one scene's time, locked, revealed and deleted."""
LOSING: Final = 100
"""One phone of so many loses its connection with each poll."""
GROWTH: Final = 1.10
"""More memory or files than this, from the second third to the last, is a leak."""
NOISE_KB: Final = 8_192
NOISE_FILES: Final = 16
"""What may come and go without being a leak: an allocator's arena, some connections."""
SETTLE_SECONDS: Final = 30.0
POLL: Final = {"kind": "single", "question": "Still here?", "options": ["Yes", "Of course"]}


def name_of(words: Sequence[str]) -> str:
    """A process in one word: the part of the room, or the program."""
    if list(words[1:3]) == ["-m", "shadowroom"]:
        return words[3]
    return Path(words[0]).name


def sizes(room: RunningRoom) -> dict[str, tuple[int, int]]:
    """Resident memory in KiB and open files, by process."""
    found = {}
    for pid, words in [(room.process.pid, ["", "-m", "shadowroom", "up"]), *descendants(room.process.pid)]:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        found[name_of(words)] = (int(resident.split()[1]), len(list(Path(f"/proc/{pid}/fd").iterdir())))
    return found


async def hold(room: RunningRoom, phones: int, seconds: float) -> dict[str, Any]:
    """Keep the room busy for so long; the figures."""
    samples: dict[str, list[tuple[int, int]]] = defaultdict(list)
    base = f"{room.url}/api/rooms/{room.room}/"
    async with (
        httpx.AsyncClient(base_url=base, headers=room.presenter, timeout=30, trust_env=False) as http,
        seated_crowd(room, phones, Crowd) as seated,
    ):
        await seated.crowd.arrive()
        await seated.crowd.everyone_came.wait()
        end, turn = time.perf_counter() + seconds, 0
        while time.perf_counter() < end:
            await once(http, seated, turn)
            for name, size in (await asyncio.to_thread(sizes, room)).items():
                samples[name].append(size)
            turn += 1
        right = await settled(seated)
        crowd = seated.crowd
        return {
            "scenes": turn,
            "reconnects": crowd.reconnects,
            "votes": crowd.votes_cast,
            "wrong": max(crowd.wrong, seated.stage.wrong),
            "lost": crowd.lost,
            "settled": right,
            "processes": {name: growth(taken) for name, taken in samples.items()},
        }


async def once(http: httpx.AsyncClient, seated: Seated[Crowd], turn: int) -> None:
    """One scene's time."""
    scene = {"by": "os"} if turn % 2 else {"color": "#7C3AED"}
    seated.crowd.surroundings.hear_version(await seated.api.set_scene(scene))
    if turn % SCENES_PER_POLL == 0:
        poll = (await http.post("polls", json=POLL)).raise_for_status().json()["id"]
        (await http.post(f"polls/{poll}/open")).raise_for_status()
        for phone in seated.crowd.here[turn % LOSING :: LOSING]:
            phone.hang_up()
    await asyncio.sleep(SCENE_SECONDS)
    if turn % SCENES_PER_POLL == 0:
        for order in ("lock", "reveal", "reset"):
            (await http.post(f"polls/{poll}/{order}")).raise_for_status()
        (await http.delete(f"polls/{poll}")).raise_for_status()


async def settled(seated: Seated[Crowd]) -> bool:
    """Whether everybody is back and right within the time for it."""
    deadline = time.perf_counter() + SETTLE_SECONDS
    while seated.crowd.lost or seated.crowd.wrong or seated.stage.wrong:
        if time.perf_counter() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True


def growth(taken: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Medians of the second and the last third, and whether they leak."""
    third = max(1, len(taken) // 3)
    before, after = taken[third : 2 * third], taken[-third:]
    memory = [int(median(kb for kb, _ in part)) for part in (before or after, after)]
    files = [int(median(count for _, count in part)) for part in (before or after, after)]
    leaks = memory[1] > max(memory[0] * GROWTH, memory[0] + NOISE_KB)
    leaks = leaks or files[1] > max(files[0] * GROWTH, files[0] + NOISE_FILES)
    return {"memory_kb": memory, "files": files, "leaks": leaks}


def main() -> int:
    """Run on one broker; 1 when something leaks, is wrong or is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--broker", choices=("embedded", "mosquitto"), default="embedded")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder, running_room(Path(folder), options.broker) as room:
        found = asyncio.run(hold(room, options.phones, options.minutes * 60))
    print(f"{options.broker}, {options.phones} phones, {options.minutes:g} minutes: ", end="")
    print(", ".join(f"{found[name]} {name}" for name in ("scenes", "reconnects", "votes", "wrong", "lost")))
    for name, process in found["processes"].items():
        (before, after), (files, files_after) = process["memory_kb"], process["files"]
        verdict = "LEAKS" if process["leaks"] else "steady"
        print(f"  {name:<12} {before:>8} → {after:>8} KiB, {files:>5} → {files_after:>5} files: {verdict}")
    if options.json is not None:
        options.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    return 0 if found["settled"] and not any(one["leaks"] for one in found["processes"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
