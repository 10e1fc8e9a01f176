"""Every page, dark and light, for people who do not see it well: axe-core and the accessibility tree."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browsers import IPHONE, LAPTOP, PROJECTOR, Device, open_context
from tests.support.rooms import RunningRoom, running_room

pytestmark = [pytest.mark.browser, pytest.mark.broker]

ROOT = Path(__file__).parents[2]
AXE = ROOT / "dashboard" / "web" / "node_modules" / "axe-core" / "axe.min.js"
INSTALL_WITHIN_S = 900
"""npm may fetch its packages over a slow network."""
PAGES = {"index": IPHONE, "join": IPHONE, "stage": PROJECTOR, "presenter": LAPTOP}

FIND = """async () => (await axe.run()).violations.map(
  (found) => `${found.id}: ${found.help}: ` + found.nodes.map((node) => node.html).join(" | "))"""


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's source, from the packages that the pages' lock file names."""
    install = [sys.executable, "scripts/front_end.py", "npm", "dashboard/web", "ls", "axe-core"]
    subprocess.run(install, cwd=ROOT, check=True, capture_output=True, timeout=INSTALL_WITHIN_S)
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRoom]:
    """A room with a few simulated phones."""
    with running_room(tmp_path_factory.mktemp("seen"), "embedded", 5) as running:
        yield running


def address(room: RunningRoom, name: str) -> str:
    """Where a page is."""
    return room.url if name == "index" else str(room.session[f"{name}_url"])


async def opened(browser: Browser, device: Device, url: str, scheme: str, *, still: bool = True) -> Page:
    """A page that is ready, in a colour scheme that both the system and the page's own switch ask for."""
    context = await open_context(browser, device)
    page = await context.new_page()
    await page.emulate_media(
        color_scheme="light" if scheme == "light" else "dark",
        reduced_motion="reduce" if still else "no-preference",
    )
    await page.add_init_script(f"localStorage.setItem('shadowroom.theme', '{scheme}')")
    await page.goto(url, wait_until="networkidle")
    return page


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing(
    room: RunningRoom, browser: Browser, axe: str, name: str, scheme: str
) -> None:
    """No page breaks a rule that axe-core can check."""
    page = await opened(browser, PAGES[name], address(room, name), scheme)
    if name == "stage":
        await expect(page.locator(".figures")).to_contain_text("joined")
    await page.evaluate(axe)

    assert await page.evaluate(FIND) == []


@pytest.mark.parametrize("view", ["groups", "numbers"])
async def test_axe_finds_nothing_on_the_other_views(
    room: RunningRoom, browser: Browser, axe: str, view: str
) -> None:
    """The stage's columns, its big numbers, its buttons and its full-screen code break no rule either."""
    page = await opened(browser, PROJECTOR, f"{address(room, 'stage')}#{view}", "light")
    await expect(page.locator(f".labels.{view}")).to_be_visible()
    await page.mouse.move(200, 200)
    await page.mouse.move(210, 200)
    await expect(page.locator(".controls")).to_have_css("opacity", "1")
    await page.evaluate(axe)

    assert await page.evaluate(FIND) == []
    await page.keyboard.press("q")
    await expect(page.locator(".invitation")).to_be_visible()
    assert await page.evaluate(FIND) == []


async def test_the_stage_is_read_aloud(room: RunningRoom, browser: Browser) -> None:
    """A screen reader finds the title, the counts apart, the wall and its table, and the way in."""
    page = await opened(browser, PROJECTOR, address(room, "stage"), "dark")

    await expect(page.get_by_role("main")).to_match_aria_snapshot(
        """
        - main:
          - heading "Room DEMO" [level=1]
          - paragraph: /5 connected/
          - 'img /The wall: one mark for each phone/'
          - complementary:
            - paragraph:
              - strong: "5"
              - text: connected
            - list:
              - listitem: /\\d+ joined/
              - listitem: 5 looking
              - listitem: 0 answered
            - img "Scan to join"
            - paragraph: Scan to join
            - paragraph: DEMO
            - status: Live
          - table "Connected phones"
          - navigation "View":
            - button "Room" [pressed]
            - button "Groups"
            - button "Numbers"
            - button "Big code"
            - button "Light or dark"
            - button "Full screen"
        """
    )


async def test_a_phone_that_is_pointed_at_is_found_and_said(
    room: RunningRoom, browser: Browser, axe: str
) -> None:
    """A ring and the number stand at its mark until the moment is over; in every view, also in a slide."""
    page = await opened(browser, PROJECTOR, f"{address(room, 'stage')}?embed", "dark")
    await expect(page.locator(".key")).to_contain_text("connected")
    url = f"{room.url}/api/rooms/{room.room}/phones/1/highlight"
    answer = await asyncio.to_thread(httpx.post, url, headers=room.presenter, timeout=15, trust_env=False)
    answer.raise_for_status()

    number = page.get_by_role("status").get_by_text("Phone 1", exact=True)
    await expect(number).to_be_visible()
    await expect(page.locator(".controls")).to_be_hidden()
    await page.evaluate(axe)
    assert await page.evaluate(FIND) == []
    await expect(page.locator(".pointed")).to_have_count(0)


async def test_the_phone_is_read_aloud(room: RunningRoom, browser: Browser) -> None:
    """A screen reader hears that the phone is connected, what it is and its number."""
    page = await opened(browser, IPHONE, address(room, "join"), "dark")
    await expect(page.locator("body")).to_have_attribute("data-link", "connected")

    await expect(page.locator("body")).to_match_aria_snapshot(
        """
        - banner:
          - status: /Connected.*/
          - heading "DEMO" [level=1]
        - main:
          - paragraph: iOS
          - paragraph:
            - text: You are
            - strong: /\\d+/
        """
    )


async def test_the_presenter_is_read_aloud(room: RunningRoom, browser: Browser, axe: str) -> None:
    """A screen reader finds the counts, what is at hand and the sections; the list of keys breaks no rule."""
    page = await opened(browser, LAPTOP, address(room, "presenter"), "dark")

    await expect(page.get_by_role("banner")).to_match_aria_snapshot(
        """
        - banner:
          - heading "DEMO" [level=1]
          - status: Live
          - term: joined
          - definition: /\\d+/
          - term: connected
          - definition: "5"
          - term: looking
          - definition: "5"
          - term: answered
          - definition: "0"
          - group "At hand":
            - button "Eyes up"
            - button "Undo"
            - button /Next:/
          - navigation "Sections":
            - link "Room"
            - link "Colours"
            - link "Polls"
            - link "Ask"
            - link "Phones"
            - link "Health"
            - link "Recording"
            - button "Device inspector"
        """
    )
    await expect(page.get_by_role("table", name="Connected phones by system")).to_be_visible()
    await expect(page.get_by_role("region", name="Health")).to_be_visible()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys and clicker")).to_be_visible()
    await page.evaluate(axe)
    assert await page.evaluate(FIND) == []


async def test_views_are_chosen_by_key_and_by_button(room: RunningRoom, browser: Browser) -> None:
    """1, 2 and 3 and the buttons choose the view; a reload comes back to it, idle buttons are not seen."""
    page = await opened(browser, PROJECTOR, address(room, "stage"), "dark", still=False)
    await page.keyboard.press("2")
    await expect(page.locator(".labels.groups")).to_be_visible()
    await expect(page.locator(".controls")).to_have_css("opacity", "0")
    await page.mouse.move(300, 300)
    await page.mouse.move(310, 300)
    await page.get_by_role("button", name="Numbers").click()
    await expect(page.locator(".labels.numbers")).to_be_visible()

    await page.reload()
    await expect(page.locator(".labels.numbers")).to_be_visible()
    await page.keyboard.press("1")
    await expect(page.locator(".labels")).to_have_count(0)
