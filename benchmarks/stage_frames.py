"""Frames a second of the stage with a full wall: `python -m benchmarks.stage_frames [--feed FILE]`.

Headless Chromium (no GPU) shows the built stage at 1920 by 1080 and plays a feed in it, 20 messages a
second: a recording, or one made as a room of that size sends it.
"""

import argparse
import asyncio
import itertools
import json
import random
import statistics
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Route

from dashboard.rooms.scene import OS_PALETTE
from tests.support.browsers import PROJECTOR, chromium, open_context

STATIC = Path(__file__).parent.parent / "dashboard" / "static"
ORIGIN = "http://stage.invalid"
FEED_HZ = 20
SWEEP_S = 1.0
"""Time in which all phones report a new colour, as a crowd of that size does."""
PAUSE_S = 0.5
"""Between sweeps; the first second of a page is not measured either."""
SWEEPS = 4
CONNECTED_VISIBLE, SHOWN = 3, 4
FAMILIES = ("iOS", "Android", "Windows", "macOS", "Linux", "other")
SHARES = (38, 44, 6, 7, 3, 2)
VIEW_KEYS = ("2", "3", "1", "3", "2", "1")

PLAYER = """
window.WebSocket = class {
  send() {
    for (const [at, message] of window.recording) {
      const tell = () => this.onmessage?.({ data: JSON.stringify(message) });
      if (at === 0) tell(); else setTimeout(tell, at);
    }
  }
  close() {}
  constructor() { setTimeout(() => this.onopen?.(), 0); }
};
window.frames_at = [];
const count = (now) => { window.frames_at.push(now); requestAnimationFrame(count); };
requestAnimationFrame(count);
"""

Frame = tuple[int, dict[str, Any]]
"""Milliseconds since the start of the recording, and the feed's message."""


def made_feed(phones: int, sweeps: int = SWEEPS) -> list[Frame]:
    """A feed as a room of `phones` sends it: all are there, then scenes sweep over the wall in no order."""
    dice = random.Random(7)
    families = dice.choices(range(len(FAMILIES)), SHARES, k=phones)
    counts = {name: families.count(index) for index, name in enumerate(FAMILIES)}
    total = {"joined": phones, "connected": phones, "visible": phones, "answered": 0, "os": counts}
    total["facts"] = {"os": counts}
    marks = [[CONNECTED_VISIBLE, "", [*range(1, phones + 1)]]]
    traits = [
        [[index], [slot for slot in range(1, phones + 1) if families[slot - 1] == index]]
        for index in range(len(FAMILIES))
    ]
    start = {"type": "snapshot", "role": "stage", "room": "DEMO", "cursor": 1, "now": 0, "marks": marks}
    start |= {"facts": {"os": FAMILIES}, "traits": traits, "counts": total}
    start |= {"scene": None, "poll": None, "caption": None}
    feed: list[Frame] = [(0, start)]
    steps = int(SWEEP_S * FEED_HZ)
    for sweep in range(sweeps):
        begin = 1_000 + int(sweep * (SWEEP_S + PAUSE_S) * 1_000)
        by_system = sweep % 2 == 0
        shown: dict[str, Any] = {"by": "os", "palette": OS_PALETTE} if by_system else {"color": "#F8FAFC"}
        order = dice.sample(range(1, phones + 1), phones)
        colours = [_colour(shown, family) for family in families]
        for step in range(steps):
            slots = order[step * phones // steps : (step + 1) * phones // steps]
            message: dict[str, Any] = {"type": "changes", "cursor": len(feed) + 1}
            if step == 0:
                message["scene"] = {"version": sweep + 1, "at": begin, **shown}
            message["marks"] = [
                [CONNECTED_VISIBLE | SHOWN, colour, [slot for slot in slots if colours[slot - 1] == colour]]
                for colour in {colours[slot - 1] for slot in slots}
            ]
            feed.append((begin + step * 1_000 // FEED_HZ, message))
    return feed


def _colour(shown: dict[str, Any], family: int) -> str:
    return str(shown["palette"][FAMILIES[family]] if "by" in shown else shown["color"]).lstrip("#")


def recorded_feed(path: Path) -> list[Frame]:
    """A recording: one JSON array `[ms since the start, message]` a line."""
    return [tuple(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]


async def serve(route: Route) -> None:
    """The built pages without a server."""
    path = route.request.url.removeprefix(ORIGIN)
    if path.startswith("/assets/"):
        await route.fulfill(path=STATIC / path.lstrip("/"))
    elif path.startswith("/stage/"):
        await route.fulfill(path=STATIC / "stage.html")
    elif path.endswith("/qr.svg"):
        await route.fulfill(body='<svg xmlns="http://www.w3.org/2000/svg"/>', content_type="image/svg+xml")
    else:
        await route.fulfill(json={"join_url": "http://192.0.2.7:8000/j/DEMO"})


async def open_stage(page: Page, feed: list[Frame]) -> None:
    """The stage, playing the feed from now on. The recording's clock is the page's from then on."""
    await page.route("**/*", serve)
    await page.add_init_script(f"window.recording = {json.dumps(feed)};" + MOVED_TO_NOW + PLAYER)
    await page.goto(f"{ORIGIN}/stage/DEMO")


MOVED_TO_NOW = """
const start = Date.now();
for (const [, message] of window.recording) {
  if (message.type === "snapshot") message.now = start;
  if (message.scene) message.scene.at += start;
}
"""


async def measured(page: Page, what: str, seconds: float) -> None:
    """Print the frames of the next `seconds`: the median of the single frames' rates, and the slowest."""
    await page.evaluate("window.frames_at.length = 0")
    await page.wait_for_timeout(seconds * 1_000)
    stamps: list[float] = await page.evaluate("window.frames_at")
    gaps = [after - before for before, after in itertools.pairwise(stamps)]
    rates = [1_000 / gap for gap in gaps if gap > 0]
    slow = sorted(rates)[len(rates) // 20]
    print(f"{what:40} {statistics.median(rates):6.1f} {1_000 * len(gaps) / sum(gaps):6.1f} {slow:6.1f}")


async def run(phones: int, feed: list[Frame]) -> None:
    """Measure, and print one line for each case."""
    print(f"{phones:,} marks, 1920 by 1080{'':>16} {'median':>6} {'mean':>6} {'5 %':>6}   frames/s")
    async with chromium() as browser:
        page = await (await open_context(browser, PROJECTOR)).new_page()
        await open_stage(page, feed)
        await page.wait_for_selector(".figures")
        await page.wait_for_timeout(900)
        await measured(page, "changing cells", max(at for at, _ in feed) / 1_000 - 0.9)
        for key in VIEW_KEYS:
            await page.wait_for_timeout(PAUSE_S * 1_000)
            await page.keyboard.press(key)
            await measured(page, f"transition to view {key}", 0.95)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=10_000, help="marks of the feed that is made (10,000)")
    parser.add_argument("--feed", type=Path, help="a recording instead: [ms, message] a line")
    arguments = parser.parse_args()
    feed = recorded_feed(arguments.feed) if arguments.feed else made_feed(arguments.phones)
    asyncio.run(run(feed[0][1]["counts"]["joined"], feed))


if __name__ == "__main__":
    main()
