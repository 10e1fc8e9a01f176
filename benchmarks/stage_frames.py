"""Frames a second of the stage with a full wall: `python -m benchmarks.stage_frames [--feed FILE]`.

Headless Chromium (no GPU) shows the built stage and plays a recording in it, as fast as it was recorded: a
room's own (`recordings/` in its data directory), or one that is made with the room's rules.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page, Route

from benchmarks.made_recording import recorded
from dashboard.feed.recording import Moment, read
from tests.support.browsers import Device, chromium, open_context

STATIC: Final = Path(__file__).parent.parent / "dashboard" / "static"
ORIGIN: Final = "http://stage.invalid"
LONGEST_PAUSE_MS: Final = 1_000
"""Longer ones of a recording are cut: nothing is drawn in them."""
STARTING_MS: Final = 900
"""After the page's first drawing, which is not measured."""
AT_REST_MS: Final = 500
"""Between two transitions."""
TRANSITION_MS: Final = 950
"""As long as a mark and the last one's delay (motion.ts)."""
STILL_BUSY_MS: Final = 100
"""A frame counts as one of changing cells until this long after the feed's last word about marks."""
VIEW_KEYS: Final = ("2", "3", "1", "3", "2", "1")

PLAYER: Final = """
const shift = Date.now() - window.recording[0][1].now;
window.told_at = [];
window.over = new Promise((resolve) => { window.finish = resolve; });
window.WebSocket = class {
  send() {
    const last = window.recording.length - 1;
    window.recording.forEach(([due, message], index) => setTimeout(() => {
      if (message.now) message.now += shift;
      if (message.scene) message.scene.at += shift;
      if (index > 0 && message.marks) window.told_at.push(performance.now());
      this.onmessage?.({ data: JSON.stringify(message) });
      if (index === last) window.finish();
    }, due));
  }
  close() {}
  constructor() { setTimeout(() => this.onopen?.(), 0); }
};
window.frames_at = [];
const count = (now) => { window.frames_at.push(now); requestAnimationFrame(count); };
requestAnimationFrame(count);
"""

Frame = tuple[int, dict[str, Any]]
"""Milliseconds since the start of the page, and the feed's message."""


def played(moments: list[Moment]) -> list[Frame]:
    """The last run of a recording, from its snapshot on, without long pauses."""
    starts = [index for index, moment in enumerate(moments) if moment.begins]
    run = moments[starts[-1] :]
    due, frames = STARTING_MS, [(0, run[0].frame)]
    for before, moment in itertools.pairwise(run):
        due += min(max(0, moment.at - before.at), LONGEST_PAUSE_MS)
        frames.append((due, moment.frame))
    return frames


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


async def open_stage(page: Page, frames: list[Frame]) -> None:
    """The stage, playing the recording from now on. The recording's clock is the page's from then on."""
    await page.route("**/*", serve)
    await page.add_init_script(f"window.recording = {json.dumps(frames)};" + PLAYER)
    await page.goto(f"{ORIGIN}/stage/DEMO")
    await page.wait_for_selector(".figures")


def report(what: str, gaps: list[float]) -> None:
    """Print the median of the single frames' rates, the mean, and the slowest twentieth."""
    rates = sorted(1_000 / gap for gap in gaps if gap > 0)
    if not rates:
        print(f"{what:40} nothing was drawn")
        return
    mean = 1_000 * len(gaps) / sum(gaps)
    print(f"{what:40} {statistics.median(rates):6.1f} {mean:6.1f} {rates[len(rates) // 20]:6.1f}")


async def changing_cells(page: Page) -> list[float]:
    """The gaps (ms) between frames while the recording changes cells."""
    await page.evaluate("window.over")
    stamps: list[float] = await page.evaluate("window.frames_at")
    told: list[float] = await page.evaluate("window.told_at")
    return [
        after - before
        for before, after in itertools.pairwise(stamps)
        if any(0 <= after - at <= STILL_BUSY_MS for at in told)
    ]


async def transition(page: Page, key: str) -> list[float]:
    """The gaps (ms) between frames while the marks move to the view of a key."""
    await page.wait_for_timeout(AT_REST_MS)
    await page.keyboard.press(key)
    await page.evaluate("window.frames_at.length = 0")
    await page.wait_for_timeout(TRANSITION_MS)
    stamps: list[float] = await page.evaluate("window.frames_at")
    return [after - before for before, after in itertools.pairwise(stamps)]


async def run(frames: list[Frame], device: Device, *, profiled: bool) -> Any:
    """Measure, print one line for each case, and return what took the page's time if asked."""
    told = [message["counts"]["joined"] for _, message in frames if message.get("counts")]
    joined, size = max(told), device.context["viewport"]
    heading = f"{joined:,} marks, {size['width']} by {size['height']}"
    print(f"{heading:40} median   mean    5 %   frames/s")
    async with chromium() as browser:
        page = await (await open_context(browser, device)).new_page()
        session = await page.context.new_cdp_session(page)
        await open_stage(page, frames)
        if profiled:
            await session.send("Profiler.enable")
            await session.send("Profiler.start")
        report("changing cells", await changing_cells(page))
        for key in VIEW_KEYS:
            report(f"transition to view {key}", await transition(page, key))
        return (await session.send("Profiler.stop"))["profile"] if profiled else None


def made(phones: int) -> list[Moment]:
    """A recording for that many phones."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.jsonl"
        path.write_bytes(asyncio.run(recorded(phones)))
        return read(path)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--phones", type=int, default=10_000, help="phones of the recording that is made (10,000)"
    )
    parser.add_argument("--feed", type=Path, help="a room's recording instead")
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--profile", type=Path, help="where to write a profile for Chromium's DevTools")
    arguments = parser.parse_args()
    moments = read(arguments.feed) if arguments.feed else made(arguments.phones)
    viewport = {"width": arguments.width, "height": arguments.height}
    device = Device({"viewport": viewport, "locale": "en-GB"})
    profile = asyncio.run(run(played(moments), device, profiled=arguments.profile is not None))
    if arguments.profile:
        arguments.profile.write_text(json.dumps(profile), encoding="utf-8")


if __name__ == "__main__":
    main()
