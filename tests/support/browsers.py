"""Chromium as the phones, the projector and the presenter's laptop of a room."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

#: Nothing that Chromium would ask the internet of its own accord.
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

#: Milliseconds for anything a page should show; far more than it takes, on a machine that is busy.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

#: What Chromium says of itself in spite of the user agent, put right before a page's first script.
IPHONE_SCRIPT = """
Object.defineProperty(Navigator.prototype, "platform", { get: () => "iPhone" });
Object.defineProperty(Navigator.prototype, "standalone", { get: () => false });
delete Navigator.prototype.userAgentData;
"""
ANDROID_SCRIPT = """
Object.defineProperty(Navigator.prototype, "platform", { get: () => "Linux armv81" });
"""


@dataclass(frozen=True, slots=True)
class Device:
    """One kind of machine, as a page sees it."""

    context: dict[str, Any]
    script: str = ""


IPHONE = Device(
    {
        "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
        "viewport": {"width": 393, "height": 659},
        "device_scale_factor": 3,
        "is_mobile": True,
        "has_touch": True,
        "locale": "en-GB",
    },
    IPHONE_SCRIPT,
)
ANDROID = Device(
    {
        "user_agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/142.0.0.0 Mobile Safari/537.36",
        "viewport": {"width": 412, "height": 839},
        "device_scale_factor": 2.625,
        "is_mobile": True,
        "has_touch": True,
        "locale": "en-GB",
    },
    ANDROID_SCRIPT,
)
PROJECTOR = Device({"viewport": {"width": 1920, "height": 1080}, "locale": "en-GB"})
LAPTOP = Device({"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"})


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium, without a window."""
    async with async_playwright() as playwright:
        program = shutil.which("chromium") or "/usr/bin/chromium"
        browser = await playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


async def open_context(browser: Browser, device: Device) -> BrowserContext:
    """A machine of that kind, with nothing stored; closed with the browser, or at the end of the test."""
    context = await browser.new_context(**device.context)
    context.set_default_timeout(PATIENCE_MS)
    if device.script:
        await context.add_init_script(device.script)
    return context


async def open_page(browser: Browser, device: Device, url: str) -> Page:
    """A page on a machine of its own. What goes wrong in it is printed, for the report of a failed test."""
    context = await open_context(browser, device)
    page = await context.new_page()
    page.on("pageerror", lambda error: print(f"error in {url}: {error}"))
    page.on("console", lambda said: print(f"{said.type} in {url}: {said.text}"))
    await page.goto(url)
    return page


@contextlib.asynccontextmanager
async def hurried(page: Page) -> AsyncIterator[None]:
    """Inside, a second of the page passes in a twentieth of one, so that its patience ends soon; what the
    network brings still comes in between. The page's clock was installed before its address was opened.
    """
    over = asyncio.Event()

    async def hurry() -> None:
        while not over.is_set():
            await page.clock.run_for(1_000)
            await asyncio.sleep(0.05)

    hurrying = asyncio.create_task(hurry(), name="hurry a page")
    try:
        yield
    finally:
        over.set()
        await hurrying


async def wait_for_ground(page: Page, colour: str) -> None:
    """Wait until the phone's screen is filled with `colour` (#RRGGBB)."""
    red, green, blue = (int(colour[index : index + 2], 16) for index in (1, 3, 5))
    screen = page.locator("html")
    await expect(screen).to_have_css("background-color", f"rgb({red}, {green}, {blue})")
