"""Seconds from opening the page to colour: `python -m benchmarks.scan_to_colour [--json FILE]`.

Headless Chromium joins a room of its own as a phone: five contexts one after another on this machine,
then new phones over 400 kbit/s, 400 ms there and back and a stall of 3 s that begins at another moment for
each of them. The clock starts when the browser is told the address, and stops when the screen has the colour.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

import httpx
from playwright.async_api import Browser

from tests.support.browsers import ANDROID, IPHONE, Device, chromium, open_context
from tests.support.rooms import RunningRoom, running_room
from tests.support.slow_network import Weather, slow_network

COLOUR: Final = "#DC2626"
SHOWN: Final = "rgb(220, 38, 38)"
CONTEXTS: Final = 5
SLOW: Final = Weather(bytes_per_second=50_000, one_way_s=0.2, stall_s=3.0)
STALLS_AFTER_S: Final = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Seconds from opening the page to the beginning of the stall."""
GOAL_S: Final = 1.0
SLOW_GOAL_S: Final = 6.0


UNTIL_COLOURED: Final = """(colour) => new Promise((done) => {
  const ground = () => document.documentElement && getComputedStyle(document.documentElement).backgroundColor;
  const look = () => (ground() === colour ? done() : requestAnimationFrame(look));
  look();
})"""
"""Looks at every frame: an assertion that tries again has pauses of up to a second."""


async def measured(browser: Browser, device: Device, url: str) -> float:
    """Seconds until a new phone that opens `url` has the colour."""
    context = await open_context(browser, device)
    page = await context.new_page()
    begun = time.monotonic()
    await page.goto(url, wait_until="commit")
    await page.evaluate(UNTIL_COLOURED, SHOWN)
    taken = time.monotonic() - begun
    await context.close()
    return taken


async def measure(room: RunningRoom) -> dict[str, list[float]]:
    """All phones of both networks, one after another."""
    port = int(room.url.rpartition(":")[2])
    async with chromium() as browser:
        # The browser's own start is not the page's.
        await measured(browser, ANDROID, room.session["join_url"])
        near = [
            await measured(browser, (IPHONE, ANDROID)[turn % 2], room.session["join_url"])
            for turn in range(CONTEXTS)
        ]
        far = []
        for after in STALLS_AFTER_S:
            age = SLOW.stall_every_s - SLOW.stall_s - after
            async with slow_network(port, SLOW, starts_at=age) as slow_port:
                far.append(await measured(browser, ANDROID, f"http://127.0.0.1:{slow_port}/j/{room.room}"))
    return {"near_s": near, "slow_s": far}


def main() -> None:
    """Measure, print a line for each network, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_room(Path(folder)) as room:
        scene = httpx.post(
            f"{room.url}/api/rooms/{room.room}/scene", json={"color": COLOUR}, headers=room.presenter
        )
        scene.raise_for_status()
        seconds = asyncio.run(measure(room))
    for network, goal in (("near_s", GOAL_S), ("slow_s", SLOW_GOAL_S)):
        each = ", ".join(f"{taken:.2f}" for taken in seconds[network])
        print(
            f"{network}: {each}; median {statistics.median(seconds[network]):.2f} s, "
            f"slowest {max(seconds[network]):.2f} s (goal {goal:g} s)"
        )
    if options.json:
        options.json.write_text(json.dumps(seconds, indent=1))


if __name__ == "__main__":
    main()
