"""Photograph every page of a real room with simulated phones, at three sizes, dark and light.

    python scripts/make_screenshots.py [--phones 200] [--into build/screenshots]

Starts `shadowroom up` with a data directory of its own, asks the question of the talk and runs a poll. The
pictures that the documents use are copied to docs/images.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from playwright.async_api import Browser, Page, expect

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.browsers import ANDROID, IPHONE, PATIENCE_MS, Device, chromium, open_page  # noqa: E402
from tests.support.rooms import RunningRoom, running_room, wait_until  # noqa: E402

PHONE, LAPTOP, PROJECTOR = "phone", "laptop", "projector"
SIZES: Final = {PHONE: (390, 844), LAPTOP: (1280, 720), PROJECTOR: (1920, 1080)}
SCHEMES: Final = ("dark", "light")
SETTLED_MS: Final = 1_500
"""For the wall to finish a sweep or a transition."""
DRAWN_MS: Final = 400
"""For a page to be drawn in another size."""
PUBLIC_URL: Final = "http://192.168.1.20:8000"
"""What the code on the wall says: an address as a venue gives it."""

QUESTION: Final = "show me on which OS runs all the smartphones in the room"
POLL: Final = {
    "kind": "single",
    "question": "Where do your services run?",
    "options": ["Cloud", "Our own machines", "Both"],
}

OTHER_POLLS: Final = {
    "flown": {**POLL, "anonymous": False},
    "quiz": {
        "kind": "quiz",
        "question": "Which part of a shadow does the device write?",
        "options": ["desired", "reported", "delta"],
        "right": ["reported"],
        "leaderboard": True,
        "explanation": "The device reports; the application desires; the service works out the delta.",
    },
}
"""State in a picture's name: a poll of which the results are photographed."""
SECTIONS: Final = ("colours", "polls", "ask", "phones", "health")
"""Of the presenter's page, where a phone shows one at a time; it begins with another."""

IN_THE_DOCUMENTS: Final = {
    "stage.png": "stage-room-projector-dark.png",
    "stage-groups.png": "stage-groups-projector-dark.png",
    "stage-results.png": "stage-results-projector-dark.png",
    "phone-ios.png": "iphone-coloured-phone-dark.png",
    "phone-android.png": "android-coloured-phone-dark.png",
    "phone-poll.png": "iphone-poll-phone-dark.png",
    "presenter.png": "presenter-poll-laptop-light.png",
    "inspector.png": "inspector-laptop-dark.png",
}
"""Picture in docs/images: the one of the full set."""

REMEMBERED_SCHEME: Final = """
localStorage.setItem("shadowroom.theme", "{0}");
localStorage.setItem("shadowroom.presenter-theme", "{0}");
"""


@dataclass
class Album:
    """Where the pictures go."""

    folder: Path
    taken: list[str] = field(default_factory=list)

    async def take(
        self, seat: Seat, state: str, sizes: Iterable[str] = SIZES, *, whole: bool = False
    ) -> None:
        """One page as it is now, in these sizes; `whole`: all that one can scroll to."""
        for size in sizes:
            width, height = SIZES[size]
            await seat.page.set_viewport_size({"width": width, "height": height})
            await seat.page.wait_for_timeout(DRAWN_MS)
            if whole:
                all_of_it = await seat.page.evaluate("document.documentElement.scrollHeight")
                await seat.page.set_viewport_size({"width": width, "height": max(height, all_of_it)})
                await seat.page.wait_for_timeout(DRAWN_MS)
            name = "-".join(part for part in (state, size, seat.scheme, seat.language) if part)
            await seat.page.screenshot(path=self.folder / f"{name}.png", scale="css")
            self.taken.append(name)


@dataclass
class Seat:
    """One page on a machine of its own, in a colour scheme; `language` is empty for English."""

    page: Page
    scheme: str
    language: str = ""


@dataclass
class Hall:
    """Every page of the room, in each scheme."""

    stages: list[Seat]
    presenters: list[Seat]
    iphones: list[Seat]
    android: Seat

    @property
    def phones(self) -> list[Seat]:
        """All phones that are real pages."""
        return [*self.iphones, self.android]


async def sit_down(
    browser: Browser, device: dict[str, Any], script: str, url: str, scheme: str, language: str = ""
) -> Seat:
    """Open a page for somebody who likes that scheme and that language."""
    context = {**device, "color_scheme": scheme, "locale": language or "en-GB"}
    remembered = REMEMBERED_SCHEME.format(scheme)
    page = await open_page(browser, Device(context, script + remembered), url)
    return Seat(page, scheme, language)


async def open_hall(browser: Browser, room: RunningRoom) -> Hall:
    """Open all pages, and wait until the phones are connected."""
    page_of = {"stage": f"{room.url}/stage/{room.room}", "phone": f"{room.url}/j/{room.room}"}
    presenter = f"{room.url}/present/{room.room}#token={room.session['presenter_token']}"

    async def seats(device: Device, url: str, french: str) -> list[Seat]:
        seen = [(scheme, "") for scheme in SCHEMES] + [(french, "fr")]
        return [await sit_down(browser, device.context, device.script, url, *one) for one in seen]

    desk = Device({"viewport": {"width": 1280, "height": 720}})
    hall = Hall(
        await seats(desk, page_of["stage"], "light"),
        await seats(desk, presenter, "dark"),
        await seats(IPHONE, page_of["phone"], "dark"),
        await sit_down(browser, ANDROID.context, ANDROID.script, page_of["phone"], "dark"),
    )
    for seat in hall.phones:
        await expect(seat.page.locator("body")).to_have_attribute(
            "data-link", "connected", timeout=PATIENCE_MS
        )
    return hall


def present(room: RunningRoom, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """One request of the presenter."""
    url = f"{room.url}/api/rooms/{room.room}/{path}"
    answer = httpx.post(url, json=body, headers=room.presenter, timeout=15, trust_env=False)
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


async def until_count(room: RunningRoom, count: str, least: int) -> None:
    """Until the room's public count (`connected`, `answered`) has come to that."""

    def look() -> bool:
        now = httpx.get(f"{room.url}/api/rooms/{room.room}", timeout=15, trust_env=False).json()
        return bool(now[count] >= least)

    await asyncio.to_thread(wait_until, look, f"{least} phones are {count}")


async def photograph(browser: Browser, room: RunningRoom, phones: int, album: Album) -> None:
    """The room from the first scan to the last picture."""
    for scheme in SCHEMES:
        await album.take(await sit_down(browser, {}, "", room.url, scheme), "home")
    hall = await open_hall(browser, room)
    for seat in hall.phones:
        await album.take(seat, f"{_kind(hall, seat)}-waiting", [PHONE])
    await coloured(room, hall, phones, album)
    await asked(room, hall, phones, album)
    await inspected(room, hall, album)
    for seat in hall.iphones:
        await seat.page.context.set_offline(True)
        await seat.page.evaluate("scrollTo(0, 0)")
        await expect(seat.page.locator("body")).not_to_have_attribute(
            "data-link", "connected", timeout=2 * PATIENCE_MS
        )
        await album.take(seat, "iphone-reconnecting", [PHONE])


def _kind(hall: Hall, seat: Seat) -> str:
    return "android" if seat is hall.android else "iphone"


async def coloured(room: RunningRoom, hall: Hall, phones: int, album: Album) -> None:
    """The question of the talk, in all views."""
    present(room, "ask", {"text": QUESTION})
    everybody = phones + len(hall.phones)
    for seat in hall.stages[: len(SCHEMES)]:
        shown = seat.page.get_by_text(f"{everybody} of {everybody} show the scene")
        await expect(shown).to_be_visible(timeout=PATIENCE_MS)
    for seat in hall.phones:
        await album.take(seat, f"{_kind(hall, seat)}-coloured", SIZES if seat.language == "" else [PHONE])
    for key, view in (("2", "groups"), ("3", "numbers"), ("q", "code"), ("1", "room")):
        for seat in hall.stages:
            if view == "room":
                await seat.page.keyboard.press("q")
            await seat.page.keyboard.press(key)
            await seat.page.wait_for_timeout(SETTLED_MS)
            await album.take(seat, f"stage-{view}", SIZES if seat.language == "" else [PROJECTOR])
    for seat in hall.presenters:
        await album.take(seat, "presenter", SIZES if seat.language == "" else [LAPTOP], whole=True)
    token = room.session["presenter_token"]
    for section in SECTIONS:
        await hall.presenters[0].page.goto(f"{room.url}/present/{room.room}?section={section}#token={token}")
        await hall.presenters[0].page.wait_for_timeout(SETTLED_MS)
        await album.take(hall.presenters[0], f"presenter-{section}", [PHONE], whole=True)
    await hall.presenters[0].page.goto(f"{room.url}/present/{room.room}#token={token}")
    await pointed(room, hall, album)
    present(room, "scene", {"by": "browser"})
    for seat in hall.stages:
        await seat.page.keyboard.press("2")
        await seat.page.wait_for_timeout(2 * SETTLED_MS)
        await album.take(seat, "stage-browsers", [PROJECTOR])
        await seat.page.keyboard.press("1")


async def pointed(room: RunningRoom, hall: Hall, album: Album) -> None:
    """One phone is pointed at: on the wall and on its screen."""
    slot = await hall.iphones[0].page.locator("#slot").inner_text()
    present(room, f"phones/{slot}/highlight", {})
    await expect(hall.stages[0].page.locator(".pointed strong")).to_be_visible(timeout=PATIENCE_MS)
    await album.take(hall.stages[0], "stage-pointed", [PROJECTOR])
    await album.take(hall.iphones[0], "iphone-pointed", [PHONE])


async def asked(room: RunningRoom, hall: Hall, phones: int, album: Album) -> None:
    """A poll, from the question to its results."""
    present(room, "ask", {"text": QUESTION})
    poll = present(room, "polls", POLL)["id"]
    present(room, f"polls/{poll}/open", {})
    for seat in hall.iphones:
        await seat.page.set_viewport_size({"width": SIZES[PHONE][0], "height": SIZES[PHONE][1]})
        await seat.page.locator("#options label", has_text="Both").tap()
    await until_count(room, "answered", phones // 2)
    await hall.stages[0].page.wait_for_timeout(SETTLED_MS)
    await everywhere(hall, "poll", album)
    present(room, f"polls/{poll}/lock", {})
    present(room, f"polls/{poll}/reveal", {})
    await hall.stages[0].page.wait_for_timeout(SETTLED_MS)
    await everywhere(hall, "results", album)
    present(room, f"polls/{poll}/reset", {})
    for state, other in OTHER_POLLS.items():
        poll = present(room, "polls", other)["id"]
        present(room, f"polls/{poll}/open", {})
        await until_count(room, "answered", phones // 2)
        present(room, f"polls/{poll}/lock", {})
        present(room, f"polls/{poll}/reveal", {})
        await hall.stages[0].page.wait_for_timeout(2 * SETTLED_MS)
        for seat in (*hall.stages, *hall.iphones):
            kind, size = ("stage", PROJECTOR) if seat in hall.stages else ("iphone", PHONE)
            await album.take(seat, f"{kind}-{state}", [size])
        present(room, f"polls/{poll}/reset", {})


async def everywhere(hall: Hall, state: str, album: Album) -> None:
    """All pages in one state of the poll."""
    for seat in hall.phones:
        await album.take(seat, f"{_kind(hall, seat)}-{state}", [PHONE])
    for seat in hall.stages:
        await album.take(seat, f"stage-{state}", SIZES if seat.language == "" else [PROJECTOR])
    for seat in hall.presenters:
        await album.take(seat, f"presenter-{state}", SIZES if seat.language == "" else [LAPTOP])


async def inspected(room: RunningRoom, hall: Hall, album: Album) -> None:
    """A phone's shadow, on the phone and in the presenter's inspector."""
    slot = await hall.iphones[0].page.locator("#slot").inner_text()
    for seat in hall.iphones:
        await seat.page.locator("#shadow-summary").tap()
        await expect(seat.page.locator("#shadow-reported li").first).to_be_visible(timeout=PATIENCE_MS)
        await album.take(seat, "iphone-shadow", [PHONE], whole=True)
    for seat in hall.presenters:
        token = room.session["presenter_token"]
        await seat.page.goto(f"{room.url}/present/{room.room}?inspect={slot}#token={token}")
        await seat.page.wait_for_timeout(SETTLED_MS)
        await album.take(seat, "inspector", SIZES if seat.language == "" else [LAPTOP], whole=True)
    stage = hall.stages[0]
    await stage.page.goto(f"{room.url}/stage/{room.room}?embed")
    await stage.page.wait_for_timeout(SETTLED_MS)
    await album.take(stage, "stage-embedded", [LAPTOP])


async def run(phones: int, album: Album) -> None:
    """Open a room, photograph it, close it."""
    arguments = ("--public-url", PUBLIC_URL)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_room(Path(folder), "auto", phones, arguments=arguments) as room,
    ):
        await until_count(room, "connected", phones)
        async with chromium() as browser:
            await photograph(browser, room, phones, album)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description="Photograph every page of a real room.")
    parser.add_argument("--phones", type=int, default=200, help="simulated phones (200)")
    parser.add_argument(
        "--into", type=Path, default=ROOT / "build" / "screenshots", help="folder for all pictures"
    )
    arguments = parser.parse_args()
    arguments.into.mkdir(parents=True, exist_ok=True)
    album, started = Album(arguments.into), time.monotonic()
    asyncio.run(run(arguments.phones, album))
    for name, picture in IN_THE_DOCUMENTS.items():
        shutil.copyfile(arguments.into / picture, ROOT / "docs" / "images" / name)
    seconds = time.monotonic() - started
    print(f"{len(album.taken)} pictures are in {arguments.into} after {seconds:.0f} s")


if __name__ == "__main__":
    main()
