"""Photograph real pages of a real room with simulated phones, for the README.

    python scripts/make_screenshots.py [--phones 200] [--into docs/images]

Starts `shadowroom up` with a data directory of its own, asks the question of the talk and runs a poll.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, Page, expect

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.browsers import (  # noqa: E402 - the checkout must be on the path first
    ANDROID,
    IPHONE,
    LAPTOP,
    PATIENCE_MS,
    PROJECTOR,
    chromium,
    open_page,
)
from tests.support.rooms import RunningRoom, running_room, wait_until  # noqa: E402

#: Seconds for the wall to finish a sweep after the last report; its transitions take half of that.
SETTLED_S = 1.5

QUESTION = "show me on which OS runs all the smartphones in the room"
POLL = {"kind": "single", "question": "Where do your services run?", "options": ["Cloud", "Our own", "Both"]}


def present(room: RunningRoom, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """One request of the presenter."""
    url = f"{room.url}/api/rooms/{room.room}/{path}"
    answer = httpx.post(url, json=body, headers=room.presenter, timeout=15, trust_env=False)
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


def wait_for(room: RunningRoom, count: str, least: int) -> None:
    """Until the room's public count (`connected`, `answered`) has come to that."""

    def look() -> bool:
        now = httpx.get(f"{room.url}/api/rooms/{room.room}", timeout=15, trust_env=False).json()
        return bool(now[count] >= least)

    wait_until(look, f"{least} phones are {count}")


async def photograph(browser: Browser, room: RunningRoom, phones: int, into: Path) -> None:
    """Take all pictures."""
    stage = await open_page(browser, PROJECTOR, room.session["stage_url"])
    presenter = await open_page(browser, LAPTOP, room.session["presenter_url"])
    iphone = await open_page(browser, IPHONE, room.session["join_url"])
    android = await open_page(browser, ANDROID, room.session["join_url"])
    for page in (iphone, android):
        await expect(page.locator("body")).to_have_attribute("data-link", "connected", timeout=PATIENCE_MS)
    present(room, "ask", {"text": QUESTION})
    everyone = f"{phones + 2} of {phones + 2} show the scene"
    await expect(stage.get_by_text(everyone)).to_be_visible(timeout=PATIENCE_MS)
    await settle(stage)
    await stage.screenshot(path=into / "stage.png")
    await iphone.screenshot(path=into / "phone-ios.png", scale="css")
    await android.screenshot(path=into / "phone-android.png", scale="css")
    poll = present(room, "polls", POLL)["id"]
    present(room, f"polls/{poll}/open", {})
    await iphone.locator("#options label", has_text="Both").tap()
    await expect(iphone.locator("#ballot")).to_have_text("Counted", timeout=PATIENCE_MS)
    wait_for(room, "answered", phones // 2)
    await settle(stage)
    await iphone.screenshot(path=into / "phone-poll.png", scale="css")
    await presenter.screenshot(path=into / "presenter.png")
    await stage.screenshot(path=into / "stage-poll.png")
    present(room, f"polls/{poll}/lock", {})
    present(room, f"polls/{poll}/reveal", {})
    await settle(stage)
    await stage.screenshot(path=into / "stage-results.png")


async def settle(page: Page) -> None:
    """Let transitions end."""
    await page.wait_for_timeout(SETTLED_S * 1_000)


async def run(phones: int, into: Path) -> None:
    """Open a room, photograph it, close it."""
    with tempfile.TemporaryDirectory() as folder, running_room(Path(folder), "auto", phones) as room:
        wait_for(room, "connected", phones)
        async with chromium() as browser:
            await photograph(browser, room, phones, into)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description="Photograph real pages of a real room.")
    parser.add_argument("--phones", type=int, default=200, help="simulated phones (200)")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "images", help="folder for the pictures")
    arguments = parser.parse_args()
    arguments.into.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    asyncio.run(run(arguments.phones, arguments.into))
    print(f"pictures are in {arguments.into} after {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
