"""Whatever happens to a phone, its network or the room: it returns to the right colour without a touch."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from tests.e2e.test_room_in_browsers import joined, kill_broker, open_poll, present, room_now, tallied, vote
from tests.support.browsers import (
    ANDROID,
    IPHONE,
    Device,
    hurried,
    open_context,
    open_page,
    wait_for_ground,
)
from tests.support.rooms import RunningRoom, emptied, running_room, wait_until
from tests.support.slow_network import Weather, slow_network

pytestmark = [pytest.mark.browser, pytest.mark.broker]

RED, GREEN, BLUE = "#DC2626", "#16A34A", "#2563EB"
SLOW = Weather(bytes_per_second=50_000, one_way_s=0.2, stall_s=3.0)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRoom]:
    """A room on the bundled broker, the same for all tests here."""
    with running_room(tmp_path_factory.mktemp("kept")) as room:
        yield room


@pytest.fixture
def room(running: RunningRoom) -> RunningRoom:
    """That room, empty."""
    return emptied(running)


class Proxy:
    """What stands between a page and its websockets: it lets them through, or none."""

    def __init__(self) -> None:
        self.lets_through = False
        self.opened = 0

    async def watch(self, page: Page) -> None:
        """Stand before this page."""
        await page.route_web_socket(re.compile("/mqtt$"), self._meet)

    async def _meet(self, route: WebSocketRoute) -> None:
        if self.lets_through:
            self.opened += 1
            route.connect_to_server()
        else:
            await route.close(code=1011, reason="no websockets here")


async def test_without_websockets_a_phone_is_in_the_room_all_the_same(
    room: RunningRoom, browser: Browser
) -> None:
    """It is coloured, votes and is counted by plain requests, and returns to the websocket when one opens."""
    proxy = Proxy()
    page = await (await open_context(browser, IPHONE)).new_page()
    await proxy.watch(page)
    present(room, "scene", {"color": RED})
    await page.goto(room.session["join_url"])

    slot = await joined(page)
    await wait_for_ground(page, RED)
    poll = open_poll(room, "Where do your services run?", ["Cloud", "Here"])
    await vote(page, "Here")
    tallied(room, poll, {"Here": 1})
    assert room_now(room)["connected"] == 1

    await page.reload()
    assert await joined(page) == slot
    await wait_for_ground(page, RED)

    proxy.lets_through = True
    async with asyncio.timeout(60):
        while proxy.opened < 2:  # noqa: ASYNC110 - one to look, one to stay
            await asyncio.sleep(0.1)
    present(room, "scene", {"color": GREEN})
    await wait_for_ground(page, GREEN)
    assert await joined(page) == slot
    assert room_now(room)["connected"] == 1


async def test_two_minutes_hidden_and_no_network_and_a_reload(room: RunningRoom, browser: Browser) -> None:
    """Each time the scene has changed meanwhile, and the phone shows it when it is back."""
    page = await with_clock(browser, ANDROID, room.session["join_url"])
    slot = await joined(page)
    present(room, "scene", {"color": RED})
    await wait_for_ground(page, RED)

    await visibility(page, "hidden")
    wait_until(lambda: room_now(room)["visible"] == 0, "the room sees that it is hidden", within_s=20)
    await page.context.set_offline(True)
    present(room, "scene", {"color": GREEN})
    await page.clock.fast_forward("02:00")
    await page.context.set_offline(False)
    await visibility(page, "visible")
    assert await joined(page) == slot
    await wait_for_ground(page, GREEN)

    await page.context.set_offline(True)
    async with hurried(page):
        await expect(page.locator("body")).not_to_have_attribute("data-link", "connected", timeout=60_000)
    present(room, "scene", {"color": BLUE})
    await page.context.set_offline(False)
    assert await joined(page) == slot
    await wait_for_ground(page, BLUE)

    await page.reload()
    assert await joined(page) == slot
    await wait_for_ground(page, BLUE)


async def test_an_answer_without_a_network_that_comes_too_late(room: RunningRoom, browser: Browser) -> None:
    """It is kept on the phone, which says so; it does not count, and the phone says that too."""
    page = await with_clock(browser, ANDROID, room.session["join_url"])
    await joined(page)
    question = "Where do your services run?"
    poll = open_poll(room, question, ["Cloud", "Here"])
    await vote(page, "Cloud")

    await page.context.set_offline(True)
    await page.locator("#options label", has_text="Here").tap()
    async with hurried(page):
        await expect(page.locator("#ballot")).to_contain_text("kept on this phone", timeout=60_000)
    present(room, f"polls/{poll}/lock", {})
    present(room, f"polls/{poll}/reveal", {})
    open_poll(room, "And next year?", ["Cloud", "Here"])
    await page.context.set_offline(False)

    await expect(page.locator("#missed")).to_contain_text(question)
    await expect(page.locator("#question")).to_have_text("And next year?")
    tallied(room, poll, {"Cloud": 1})


async def test_a_broker_and_a_server_that_are_restarted(tmp_path: Path, browser: Browser) -> None:
    """While the room is gone the phone says so, in words of its own; when it is there again, the open page is
    the same phone, by itself, and shows the scene that the room kept, and the next one.
    """
    with running_room(tmp_path) as first:
        page = await with_clock(browser, IPHONE, first.session["join_url"])
        slot = await joined(page)
        kill_broker(first)
        await expect(page.locator("body")).not_to_have_attribute("data-link", "connected")
        present(first, "scene", {"color": RED}, patient=True)
        assert await joined(page) == slot
        await wait_for_ground(page, RED)
        port = httpx.URL(first.url).port
    async with hurried(page):
        await expect(page.locator("#status")).to_have_text("Presenter away", timeout=60_000)
    await expect(page.locator("#hint")).to_contain_text("Your place is kept")
    with running_room(tmp_path, port=port) as second:
        assert await joined(page) == slot
        await wait_for_ground(page, RED)
        wait_until(lambda: room_now(second)["connected"] == 1, "the phone is connected")
        assert room_now(second)["joined"] == 1
        present(second, "scene", {"color": GREEN})
        await wait_for_ground(page, GREEN)


async def test_a_slow_network(room: RunningRoom, browser: Browser) -> None:
    """Over 400 kbit/s, 400 ms and stalls of 3 s a phone gets its colour, and the next one, by itself.

    How long that takes is measured by `benchmarks/scan_to_colour.py`.
    """
    present(room, "scene", {"color": RED})
    async with slow_network(int(room.url.rpartition(":")[2]), SLOW) as port:
        url = f"http://127.0.0.1:{port}/j/{room.room}"
        page = await (await open_context(browser, ANDROID)).new_page()
        await page.goto(url, wait_until="commit")
        await wait_for_ground(page, RED)
        await joined(page)
        present(room, "scene", {"color": GREEN})
        await wait_for_ground(page, GREEN)
        wait_until(lambda: room_now(room)["connected"] == 1, "the phone is connected")


async def test_forget_me_and_taken_out(room: RunningRoom, browser: Browser) -> None:
    """A phone that goes leaves nothing behind and may come again as a new one; one taken out is told so."""
    page = await open_page(browser, IPHONE, f"{room.url}/")
    await page.get_by_role("textbox").fill(room.room.lower())
    await page.get_by_role("button", name="Join").tap()
    slot = await joined(page)
    await page.locator("#forget-summary").tap()
    await page.locator("#forget-yes").tap()

    await expect(page.locator("#status")).to_have_text("Forgotten")
    await expect(page).to_have_url(re.compile(r"/j/\w+$"))
    assert await page.evaluate("Object.keys(localStorage).length") == 0
    assert await page.context.cookies() == []
    assert room_now(room)["joined"] == 0

    await page.locator("#act").tap()
    slot = await joined(page)
    assert room_now(room)["joined"] == 1
    present(room, f"phones/{slot}/desired", {"removed": True})
    await expect(page.locator("#hint")).to_contain_text("taken this phone out")


async def test_another_language_and_a_sign_in_window(room: RunningRoom, browser: Browser) -> None:
    """The language is switched by one tap and kept, the phone stays who it is; a Wi-Fi's window says what
    to do, and is not in the room unless its person insists.
    """
    page = await open_page(browser, IPHONE, room.session["join_url"])
    slot = await joined(page)
    await page.get_by_role("button", name="Français").tap()
    await expect(page.locator("#status")).to_have_text("Connecté")
    assert await joined(page) == slot
    await page.goto(room.session["join_url"])
    await expect(page.locator("#status")).to_have_text("Connecté")
    await expect(page.locator("html")).to_have_attribute("lang", "fr")

    agent = "CaptiveNetworkSupport-390.60.1 wispr"
    window = Device({**IPHONE.context, "user_agent": agent}, IPHONE.script)
    before = room_now(room)["joined"]
    captive = await open_page(browser, window, room.session["join_url"])
    await expect(captive.locator("#hint")).to_contain_text("Open Safari or Chrome")
    await expect(captive.locator("#hint")).to_contain_text(f"/j/{room.room}")
    await expect(captive.locator("#status")).to_have_text("Not in the room")
    assert room_now(room)["joined"] == before
    await captive.locator("#act").tap()
    await joined(captive)
    assert room_now(room)["joined"] == before + 1


async def test_a_screen_without_wake_lock_stays_on(room: RunningRoom, browser: Browser) -> None:
    """Where there is no wake lock, the first tap starts the silent video, inline, and nothing before does."""
    without = Device(IPHONE.context, f"{IPHONE.script}\ndelete Navigator.prototype.wakeLock;")
    page = await open_page(browser, without, room.session["join_url"])
    await joined(page)
    await expect(page.locator("video")).to_have_count(0)

    await page.locator("#word").tap()

    video = page.locator("video")
    await expect(video).to_have_js_property("paused", False)
    await expect(video).not_to_have_js_property("currentTime", 0)
    await expect(video).to_have_js_property("muted", True)
    await expect(video).to_have_js_property("loop", True)


async def with_clock(browser: Browser, device: Device, url: str) -> Page:
    """A page whose time a test can let pass."""
    page = await (await open_context(browser, device)).new_page()
    await page.clock.install()
    await page.goto(url)
    return page


async def visibility(page: Page, state: str) -> None:
    """Hide or show the page as a phone's lock button does."""
    await page.evaluate(
        """(state) => {
          Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )
