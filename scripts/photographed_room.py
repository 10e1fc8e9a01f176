"""The pages of a room to photograph: who has which page open, and where the pictures go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from playwright.async_api import Browser, Page, expect

from tests.e2e.test_accessibility import FIND
from tests.support.browsers import ANDROID, IPHONE, PATIENCE_MS, Device, open_page
from tests.support.rooms import RunningRoom, wait_until

PHONE, LAPTOP, PROJECTOR = "phone", "laptop", "projector"
SIZES: Final = {PHONE: (390, 844), LAPTOP: (1280, 720), PROJECTOR: (1920, 1080)}
SCHEMES: Final = ("dark", "light")
DRAWN_MS: Final = 400
"""For a page to be drawn in another size."""

REMEMBERED_SCHEME: Final = """
localStorage.setItem("shadowroom.theme", "{0}");
localStorage.setItem("shadowroom.presenter-theme", "{0}");
"""


@dataclass
class Album:
    """Where the pictures go, and what axe-core finds on the pages when it is asked to look."""

    folder: Path
    axe: str = ""
    """axe-core's source; empty: it is not asked."""
    taken: list[str] = field(default_factory=list)
    barriers: list[str] = field(default_factory=list)
    """`picture: what is wrong`."""

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
            if self.axe:
                await seat.page.evaluate(self.axe)
                self.barriers += [f"{name}: {found}" for found in await seat.page.evaluate(FIND)]


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


def present(room: RunningRoom, path: str, body: dict[str, Any] | str | None = None) -> dict[str, Any]:
    """One request of the presenter: what it answers, or nothing. A file goes as text, no body is a GET."""
    url = f"{room.url}/api/rooms/{room.room}/{path}"
    content = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body)
    answer = httpx.request(
        "GET" if body is None else "POST",
        url,
        content=content,
        headers=room.presenter,
        timeout=15,
        trust_env=False,
    )
    answer.raise_for_status()
    told: dict[str, Any] = answer.json() if answer.content else {}
    return told


async def until_count(room: RunningRoom, count: str, least: int) -> None:
    """Until the room's public count (`connected`, `answered`) has come to that."""

    def look() -> bool:
        now = httpx.get(f"{room.url}/api/rooms/{room.room}", timeout=15, trust_env=False).json()
        return bool(now[count] >= least)

    await asyncio.to_thread(wait_until, look, f"{least} phones are {count}")
