"""Photograph every page of a real room with simulated phones, at three sizes, dark and light.

    python scripts/make_screenshots.py [--phones 200] [--into build/screenshots] [--only door]… [--axe]

Starts `shadowroom up` with a data directory of its own, asks the question of the talk, runs the polls of both
example talks, and closes the room under its pages. Pictures that the documents use are copied to docs/images.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, expect

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from photographed_room import (  # noqa: E402
    LAPTOP,
    PHONE,
    PROJECTOR,
    SCHEMES,
    SIZES,
    Album,
    Hall,
    Seat,
    open_hall,
    present,
    sit_down,
    until_count,
)

from tests.e2e.test_accessibility import AXE  # noqa: E402
from tests.support.browsers import IPHONE, PATIENCE_MS, chromium  # noqa: E402
from tests.support.rooms import RunningRoom, running_room, stop  # noqa: E402

SETTLED_MS: Final = 1_500
"""For the wall to finish a sweep or a transition."""
PUBLIC_URL: Final = "http://192.168.1.20:8000"
"""What the code on the wall says: an address as a venue gives it."""

QUESTION: Final = "show me on which OS runs all the smartphones in the room"
POLL: Final = {
    "kind": "single",
    "question": "Where do your services run?",
    "options": ["Cloud", "Our own machines", "Both"],
}
FLOWN: Final = {**POLL, "anonymous": False}
TALKS: Final = ("en", "fr")
"""Of examples/: together they ask every kind of poll."""
WRITTEN: Final = ("wordcloud", "text", "questions")
FEW_ASK: Final = 20
"""One simulated phone of so many, at least, has a question."""
NOTICE: Final = "Coffee is ready in the hall. We go on at 11:15."
SIGN_IN_WINDOW: Final = "CaptiveNetworkSupport-390.60.1 wispr"

SECTIONS: Final = ("colours", "polls", "ask", "phones", "health", "recording")
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


@dataclass
class Session:
    """A room, who sits in it, and where the pictures of it go."""

    browser: Browser
    room: RunningRoom
    hall: Hall
    phones: int
    album: Album

    @property
    def everybody(self) -> int:
        """Simulated phones and those of the hall."""
        return self.phones + len(self.hall.phones)

    @property
    def join_url(self) -> str:
        """Where a phone comes in on this machine; the wall says another address."""
        return f"{self.room.url}/j/{self.room.room}"

    async def settle(self, times: int = 1) -> None:
        """Let the wall come to rest."""
        await self.hall.stages[0].page.wait_for_timeout(times * SETTLED_MS)

    async def stages(self, state: str) -> None:
        """The wall at every size, the French one on the projector."""
        for seat in self.hall.stages:
            await self.album.take(seat, f"stage-{state}", [PROJECTOR] if seat.language else SIZES)

    async def iphones(self, state: str, *, whole: bool = False) -> None:
        """The phone's page in each scheme and language."""
        for seat in self.hall.iphones:
            await self.album.take(seat, f"iphone-{state}", [PHONE], whole=whole)

    async def presenters(self, state: str, *, whole: bool = False) -> None:
        """The presenter's page at every size, the French one on the laptop."""
        for seat in self.hall.presenters:
            sizes = [LAPTOP] if seat.language else SIZES
            await self.album.take(seat, f"presenter-{state}", sizes, whole=whole)

    async def open_presenter(self, seat: Seat, search: str = "") -> None:
        """The presenter's page somewhere else."""
        token = self.room.session["presenter_token"]
        await seat.page.goto(f"{self.room.url}/present/{self.room.room}{search}#token={token}")
        await seat.page.wait_for_timeout(SETTLED_MS)

    def order(self, path: str, body: dict[str, Any] | str | None = None) -> dict[str, Any]:
        """One request of the presenter."""
        return present(self.room, path, {} if body is None else body)


async def door(session: Session) -> None:
    """The way in: a code, a wrong one, a sign-in window; the wall before anything is asked."""
    for scheme in SCHEMES:
        home = await sit_down(session.browser, IPHONE.context, "", session.room.url, scheme)
        await session.album.take(home, "home")
        await home.page.locator("#code").fill("NOWHERE")
        await home.page.locator("#go").click()
        await expect(home.page.locator("#status")).to_have_text("Not admitted", timeout=PATIENCE_MS)
        await session.album.take(home, "iphone-wrong-code", [PHONE])
        window = {**IPHONE.context, "user_agent": SIGN_IN_WINDOW}
        captive = await sit_down(session.browser, window, IPHONE.script, session.join_url, scheme)
        await expect(captive.page.locator("#hint")).not_to_be_empty(timeout=PATIENCE_MS)
        await session.album.take(captive, "iphone-sign-in-window", [PHONE])
        for tapped in ("#act", "#forget-summary", "#forget-yes"):
            await captive.page.locator(tapped).tap()
        await expect(captive.page.locator("#status")).to_have_text("Forgotten", timeout=PATIENCE_MS)
        await captive.page.context.close()
        stranger = f"{session.room.url}/present/{session.room.room}"
        await session.album.take(
            await sit_down(session.browser, {}, "", stranger, scheme), "presenter-no-token"
        )
    await session.iphones("waiting")
    await session.album.take(session.hall.android, "android-waiting", [PHONE])
    await session.stages("waiting")


async def coloured(session: Session) -> None:
    """The question of the talk, in all views."""
    hall, album = session.hall, session.album
    session.order("ask", {"text": QUESTION})
    for seat in hall.stages[: len(SCHEMES)]:
        shown = seat.page.get_by_text(f"{session.everybody} of {session.everybody} show the scene")
        await expect(shown).to_be_visible(timeout=PATIENCE_MS)
    for seat in hall.phones:
        kind = "android" if seat is hall.android else "iphone"
        await album.take(seat, f"{kind}-coloured", [PHONE] if seat.language else SIZES)
    for key, view in (("2", "groups"), ("3", "numbers"), ("q", "code"), ("1", "room")):
        for seat in hall.stages:
            if view == "room":
                await seat.page.keyboard.press("q")
            await seat.page.keyboard.press(key)
        await session.settle()
        await session.stages(view)
    await session.presenters("room", whole=True)
    for section in SECTIONS:
        for seat in hall.presenters[: len(SCHEMES)]:
            await session.open_presenter(seat, f"?section={section}")
            await album.take(seat, f"presenter-{section}", [PHONE], whole=True)
    for seat in hall.presenters:
        await session.open_presenter(seat)
        await seat.page.keyboard.press("?")
        await album.take(seat, "presenter-keys", [LAPTOP])
        await seat.page.keyboard.press("Escape")


async def scenes(session: Session) -> None:
    """Everything else that a presenter can show."""
    hall, album = session.hall, session.album
    slot = await hall.iphones[0].page.locator("#slot").inner_text()
    session.order(f"phones/{slot}/highlight")
    await expect(hall.stages[0].page.locator(".pointed strong")).to_be_visible(timeout=PATIENCE_MS)
    await album.take(hall.stages[0], "stage-pointed", [PROJECTOR])
    await album.take(hall.iphones[0], "iphone-pointed", [PHONE])
    for state, scene in (("red", {"color": "#DC2626"}), ("eyes-up", {"blank": True}), ("cleared", {})):
        session.order("scene", scene)
        await session.settle(2)
        await session.iphones(state)
        for seat in hall.stages:
            await album.take(seat, f"stage-{state}", [PROJECTOR])
    session.order("scene", {"by": "browser"})
    for seat in hall.stages:
        await seat.page.keyboard.press("2")
    await session.settle(2)
    for seat in hall.stages:
        await album.take(seat, "stage-browsers", [PROJECTOR])
        await seat.page.keyboard.press("1")
    session.order("notice", {"text": NOTICE})
    session.order("joins", {"frozen": True})
    await session.settle()
    await session.stages("notice-and-frozen")
    await session.iphones("notice")
    await session.presenters("notice-and-frozen")
    late = await sit_down(session.browser, IPHONE.context, IPHONE.script, session.join_url, "dark")
    await late.page.wait_for_timeout(SETTLED_MS)
    await album.take(late, "iphone-doors-closed", [PHONE])
    await late.page.context.close()
    session.order("joins", {"frozen": False})
    session.order("notice", {"text": None})


async def voted(session: Session) -> None:
    """A poll, from the question to its results."""
    hall = session.hall
    session.order("ask", {"text": QUESTION})
    poll = session.order("polls", POLL)["id"]
    session.order(f"polls/{poll}/open")
    for seat in hall.iphones:
        await seat.page.set_viewport_size({"width": SIZES[PHONE][0], "height": SIZES[PHONE][1]})
        await seat.page.locator("#options label", has_text="Both").tap()
    await until_count(session.room, "answered", session.phones // 2)
    await session.settle()
    for state, orders in (("poll", ()), ("results", ("lock", "reveal"))):
        for order in orders:
            session.order(f"polls/{poll}/{order}")
        await session.settle()
        await session.iphones(state)
        await session.album.take(hall.android, f"android-{state}", [PHONE])
        await session.stages(state)
        await session.presenters(state)
    session.order(f"polls/{poll}/reset")
    flown = session.order("polls", FLOWN)
    await asked(session, flown, "flown")


async def talks(session: Session) -> None:
    """Both example talks: every kind of poll while it is open, and its results."""
    for language in TALKS:
        talk = (ROOT / "examples" / f"talk.{language}.yaml").read_text(encoding="utf-8")
        for poll in session.order("polls/file", talk)["polls"]:
            await asked(session, poll, f"{language}-{poll['kind']}")


async def asked(session: Session, poll: dict[str, Any], state: str) -> None:
    """One poll on wall, phone and presenter's phone: open with answers, and revealed."""
    hall, album, kind = session.hall, session.album, poll["kind"]
    session.order(f"polls/{poll['id']}/open")
    if kind != "fact":
        await until_count(session.room, "answered", session.phones // (FEW_ASK if kind == "questions" else 3))
    for moment, orders in (("open", ()), ("revealed", ("lock", "reveal"))):
        for order in orders:
            # One against the clock may have been locked by it.
            if order != "lock" or present(session.room, f"polls/{poll['id']}")["state"] == "open":
                session.order(f"polls/{poll['id']}/{order}")
        if orders and kind in WRITTEN:
            waiting = present(session.room, f"polls/{poll['id']}/entries?status=pending")["entries"]
            if waiting:
                session.order(f"polls/{poll['id']}/entries/approve", {"ids": [one["id"] for one in waiting]})
        await session.settle(2)
        await session.iphones(f"{state}-{moment}")
        for seat in hall.stages:
            await album.take(seat, f"stage-{state}-{moment}", [PROJECTOR])
        await session.open_presenter(hall.presenters[0], "?section=polls")
        await album.take(hall.presenters[0], f"presenter-{state}-{moment}", [PHONE, LAPTOP])
    session.order(f"polls/{poll['id']}/reset")


async def inspected(session: Session) -> None:
    """A phone's shadow, on the phone and in the presenter's inspector; the wall in a slide; a replay."""
    hall, album = session.hall, session.album
    slot = await hall.iphones[0].page.locator("#slot").inner_text()
    for seat in hall.iphones:
        await seat.page.locator("#shadow-summary").tap()
        await expect(seat.page.locator("#shadow-reported li").first).to_be_visible(timeout=PATIENCE_MS)
        await album.take(seat, "iphone-shadow", [PHONE], whole=True)
        await seat.page.locator("#shadow-summary").tap()
    for seat in hall.presenters:
        await session.open_presenter(seat, f"?inspect={slot}")
        await album.take(seat, "inspector", [LAPTOP] if seat.language else SIZES, whole=True)
    [newest, *_] = present(session.room, "recordings")["recordings"]
    replay = session.order("replays", {"name": newest["name"], "speed": 10})["stage_url"]
    for address, state in ((f"/stage/{session.room.room}?embed", "embedded"), (replay, "replay")):
        for scheme in SCHEMES:
            stage = await sit_down(session.browser, {}, "", f"{session.room.url}{address}", scheme)
            await stage.page.wait_for_timeout(2 * SETTLED_MS)
            await album.take(stage, f"stage-{state}", [LAPTOP])
            await stage.page.context.close()


async def lost(session: Session) -> None:
    """What can be lost: a phone that is forgotten, taken out or without a network; the room itself."""
    hall, album, room = session.hall, session.album, session.room
    for menu in ("wrong", "forget"):
        for seat in hall.iphones:
            await seat.page.locator(f"#{menu}-summary").tap()
        await session.iphones(f"menu-{menu}", whole=True)
        if menu == "wrong":
            for seat in hall.iphones:
                await seat.page.locator("#wrong-summary").tap()
    await hall.iphones[0].page.locator("#forget-yes").tap()
    await hall.iphones[0].page.wait_for_timeout(SETTLED_MS)
    await album.take(hall.iphones[0], "iphone-forgotten", [PHONE])
    slot = await hall.android.page.locator("#slot").inner_text()
    session.order(f"phones/{slot}/desired", {"removed": True})
    await hall.android.page.wait_for_timeout(SETTLED_MS)
    await album.take(hall.android, "android-taken-out", [PHONE])
    for seat in hall.iphones[1:]:
        await seat.page.context.set_offline(True)
        await seat.page.evaluate("scrollTo(0, 0)")
        await expect(seat.page.locator("body")).not_to_have_attribute(
            "data-link", "connected", timeout=2 * PATIENCE_MS
        )
        await album.take(seat, "iphone-reconnecting", [PHONE])
        await seat.page.context.set_offline(False)
    await asyncio.to_thread(stop, room.process)
    await session.settle(4)
    for seat in hall.iphones[1:]:
        await album.take(seat, "iphone-presenter-away", [PHONE])
    for seat in hall.stages:
        await album.take(seat, "stage-room-closed", [PROJECTOR])
    for seat in hall.presenters:
        await album.take(seat, "presenter-room-closed", [LAPTOP])


PARTS: Final[dict[str, Callable[[Session], Awaitable[None]]]] = {
    "door": door,
    "coloured": coloured,
    "scenes": scenes,
    "voted": voted,
    "talks": talks,
    "inspected": inspected,
    "lost": lost,
}
"""In the order of a talk; the last one closes the room."""


async def empty_room(browser: Browser, album: Album) -> None:
    """Wall and presenter's page before the first phone has come."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_room(Path(folder), "auto", 0, arguments=("--public-url", PUBLIC_URL)) as room,
    ):
        for scheme in SCHEMES:
            for kind in ("stage", "presenter"):
                seat = await sit_down(browser, {}, "", str(room.session[f"{kind}_url"]), scheme)
                await seat.page.wait_for_timeout(SETTLED_MS)
                await album.take(seat, f"{kind}-empty")
                await seat.page.context.close()


async def run(phones: int, album: Album, parts: list[str]) -> None:
    """Open a room, photograph it, close it."""
    async with chromium() as browser:
        if "empty" in parts:
            await empty_room(browser, album)
        with (
            tempfile.TemporaryDirectory() as folder,
            running_room(Path(folder), "auto", phones, arguments=("--public-url", PUBLIC_URL)) as room,
        ):
            await until_count(room, "connected", phones)
            session = Session(browser, room, await open_hall(browser, room), phones, album)
            for name, photograph in PARTS.items():
                if name in parts:
                    await photograph(session)


def main() -> None:
    """Read the options and run."""
    every = ["empty", *PARTS]
    parser = argparse.ArgumentParser(description="Photograph every page of a real room.")
    parser.add_argument("--phones", type=int, default=200, help="simulated phones (200)")
    parser.add_argument(
        "--into", type=Path, default=ROOT / "build" / "screenshots", help="folder for all pictures"
    )
    parser.add_argument("--only", action="append", choices=every, help="only this part; may be repeated")
    parser.add_argument("--axe", action="store_true", help="let axe-core look at every picture's page too")
    arguments = parser.parse_args()
    arguments.into.mkdir(parents=True, exist_ok=True)
    axe = AXE.read_text(encoding="utf-8") if arguments.axe else ""
    album, started = Album(arguments.into, axe), time.monotonic()
    asyncio.run(run(arguments.phones, album, arguments.only or every))
    for name, picture in IN_THE_DOCUMENTS.items():
        if picture.removesuffix(".png") in album.taken:
            shutil.copyfile(arguments.into / picture, ROOT / "docs" / "images" / name)
    seconds = time.monotonic() - started
    print(f"{len(album.taken)} pictures are in {arguments.into} after {seconds:.0f} s")
    for barrier in album.barriers:
        print(barrier)
    sys.exit(bool(album.barriers))


if __name__ == "__main__":
    main()
