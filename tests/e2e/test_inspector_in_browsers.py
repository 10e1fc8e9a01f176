"""The device inspector as the speaker uses it: real pages, a real room, a phone that sleeps and wakes."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.browsers import (
    ANDROID,
    IPHONE,
    LAPTOP,
    Device,
    open_page,
    wait_for_ground,
)
from tests.support.rooms import RunningRoom, emptied, running_room

pytestmark = [pytest.mark.browser, pytest.mark.broker]

ORANGE, VIOLET = "#D55E00", "#7C3AED"

#: The smallest projector: what is there must be read from the last row.
SMALL_PROJECTOR = Device({"viewport": {"width": 1280, "height": 720}, "locale": "en-GB"})
LAST_ROW_PX = 28
"""A twenty-fifth of the height: the least that is read from the back of a hall."""

HIDE = """() => {
  Object.defineProperty(document, "visibilityState", { get: () => "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SHOW = """() => {
  delete document.visibilityState;
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRoom]:
    """A room on the bundled broker, the same for all tests here."""
    with running_room(tmp_path_factory.mktemp("inspected")) as room:
        yield room


@pytest.fixture
def room(running: RunningRoom) -> RunningRoom:
    """That room, empty."""
    return emptied(running)


async def joined(page: Page) -> str:
    """The phone's number, once it is connected."""
    await expect(page.locator("body")).to_have_attribute("data-link", "connected")
    await expect(page.locator("#slot")).not_to_be_empty()
    return await page.locator("#slot").inner_text()


async def inspector(browser: Browser, room: RunningRoom, device: Device = LAPTOP) -> Page:
    """The presenter's page, with the inspector open."""
    page = await open_page(browser, device, room.session["presenter_url"])
    await page.get_by_role("navigation").get_by_role("button", name="Device inspector").click()
    return page


async def look(page: Page, name: str) -> None:
    """Choose a device."""
    await page.get_by_label("Which device?").fill(name)
    await page.get_by_role("button", name="Look", exact=True).click()


def row(page: Page, name: str) -> Locator:
    """A property's row: its desired is cell 0, its reported cell 2."""
    return page.locator("tbody tr").filter(has=page.get_by_role("rowheader", name=name, exact=True))


async def at_step(page: Page, name: str) -> None:
    """The walk is at this step."""
    await expect(page.locator('[aria-current="step"]')).to_contain_text(name)


async def test_a_phone_that_left_is_coloured_and_comes_back(room: RunningRoom, browser: Browser) -> None:
    """The walk: the phone is away, desired and delta appear and stay; it returns, reports, the delta is
    gone."""
    phone = await open_page(browser, IPHONE, room.session["join_url"])
    slot = await joined(phone)
    page = await inspector(browser, room)
    await at_step(page, "A phone is chosen")
    await page.get_by_role("button", name="Choose a sleeping phone for me").click()
    await expect(page.get_by_role("heading", name=f"Phone {slot}")).to_be_visible()
    await at_step(page, "It is asleep")
    await expect(page.get_by_text(f"Lock phone {slot}")).to_be_visible()

    await phone.goto("about:blank")
    await at_step(page, "Desired is set")
    await expect(page.get_by_text("asleep: not connected")).to_be_visible()
    await page.get_by_role("button", name="Colour it").click()
    await at_step(page, "The delta waits")
    colour = row(page, "color")
    await expect(colour.get_by_role("cell").nth(0)).to_contain_text(ORANGE)
    await expect(colour.get_by_role("cell").nth(1)).to_contain_text("differs")
    await expect(colour.get_by_role("cell").nth(2)).not_to_contain_text(ORANGE)
    await expect(page.locator(".delta")).to_contain_text(f'color → "{ORANGE}"')
    await expect(page.get_by_text("somebody desires")).to_be_visible()
    await expect(page.get_by_text("delta: this still differs").first).to_be_visible()

    await phone.goto(room.session["join_url"])
    await wait_for_ground(phone, ORANGE)
    await expect(page.get_by_text("It woke, read its delta and reported.")).to_be_visible()
    await expect(colour.get_by_role("cell").nth(1)).to_contain_text("agrees")
    await expect(colour.get_by_role("cell").nth(2)).to_contain_text(ORANGE)
    await expect(page.locator(".delta")).to_contain_text("nothing: desired and reported agree")

    await page.get_by_role("button", name="Take the colour back").click()
    await expect(colour).to_be_hidden()
    await at_step(page, "It is asleep")


async def test_a_frozen_phone_is_chosen_and_wakes(room: RunningRoom, browser: Browser) -> None:
    """A phone in a pocket, connected and hidden, is chosen before one in the hand, and obeys on waking."""
    phone = await open_page(browser, IPHONE, room.session["join_url"])
    slot = await joined(phone)
    await joined(await open_page(browser, ANDROID, room.session["join_url"]))
    page = await inspector(browser, room)
    await look(page, slot)
    await at_step(page, "It is asleep")
    await phone.evaluate(HIDE)
    await at_step(page, "Desired is set")
    await expect(page.get_by_text("asleep: connected, but nobody looks")).to_be_visible()
    # As a system does with a page in a pocket: the connection stays, its script stands still.
    freezer = await phone.context.new_cdp_session(phone)
    await freezer.send("Debugger.enable")
    await freezer.send("Debugger.pause")
    await look(page, "4711")
    await expect(page.get_by_text("Nobody in this room has the number 4711.")).to_be_visible()
    await page.get_by_role("button", name="Choose a sleeping phone for me").click()
    await expect(page.get_by_role("heading", name=f"Phone {slot}")).to_be_visible()
    await page.get_by_role("button", name="Colour it").click()
    await at_step(page, "The delta waits")
    await expect(page.get_by_text("asleep: connected, but nobody looks")).to_be_visible()
    await freezer.send("Debugger.resume")
    await freezer.send("Debugger.disable")
    await phone.evaluate(SHOW)
    await wait_for_ground(phone, ORANGE)
    await expect(page.locator(".walk.at-done")).to_be_visible()


async def test_a_phone_that_is_awake_is_not_said_to_sleep(room: RunningRoom, browser: Browser) -> None:
    """Coloured while awake, it obeys at once, and the walk says so."""
    phone = await open_page(browser, IPHONE, room.session["join_url"])
    page = await inspector(browser, room)
    await look(page, await joined(phone))
    await at_step(page, "It is asleep")
    await page.get_by_role("button", name="Colour it").click()
    await wait_for_ground(phone, ORANGE)
    await expect(page.get_by_text("It was awake and obeyed at once.")).to_be_visible()
    await page.get_by_role("button", name="Once more").click()
    await page.get_by_role("button", name="Colour it").click()
    await wait_for_ground(phone, VIOLET)


async def test_the_editor_says_what_is_wrong_and_what_was_said(room: RunningRoom, browser: Browser) -> None:
    """A mistake has its line and column; what is sent is accepted with its version, or rejected in AWS's
    words."""
    phone = await open_page(browser, IPHONE, room.session["join_url"])
    slot = await joined(phone)
    page = await inspector(browser, room)
    await look(page, slot)
    editor = page.get_by_label("Desired, as JSON")
    send = page.get_by_role("button", name="Send", exact=True)
    await editor.fill('{\n  "color": "#FF0000"\n  "message": 1\n}')
    await expect(page.get_by_text("Line 3, column 3: a comma is missing.")).to_be_visible()
    await expect(send).to_be_disabled()
    await editor.fill('{"color": "#0E9F6E", "message": "Hello"}')
    await page.get_by_label("Only if the version is").check()
    await send.click()
    await expect(page.get_by_text("✓ Accepted: version")).to_be_visible()
    await wait_for_ground(phone, "#0E9F6E")
    await expect(phone.locator("#message")).to_have_text("Hello")
    await page.get_by_label("Only if the version is").check()
    await phone.goto("about:blank")
    await expect(page.get_by_text("asleep: not connected")).to_be_visible()
    await send.click()
    await expect(page.get_by_text("✗ Rejected: 409")).to_be_visible()


async def test_stage_size_is_read_from_the_last_row(room: RunningRoom, browser: Browser) -> None:
    """On the smallest projector the state that is talked about is large and all of it is on the screen;
    Escape leads back, and a reload looks at the same phone."""
    phone = await open_page(browser, IPHONE, room.session["join_url"])
    slot = await joined(phone)
    await phone.goto("about:blank")
    page = await inspector(browser, room, SMALL_PROJECTOR)
    await look(page, slot)
    await page.get_by_role("button", name="Colour it").click()
    await at_step(page, "The delta waits")
    await page.get_by_role("button", name="Stage size").click()
    for talked_about in (
        row(page, "color").locator("code").first,
        page.locator(".delta li"),
        page.get_by_role("heading", name=f"Phone {slot}"),
    ):
        size = await talked_about.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
        assert size >= LAST_ROW_PX
    for seen in (row(page, "color"), row(page, "visible"), page.locator(".walk .sentence")):
        box = await seen.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < box["y"] + box["height"] <= 720
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Which device?")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name=f"Phone {slot}")).to_be_visible()


async def test_a_phone_shows_its_own_shadow(room: RunningRoom, browser: Browser) -> None:
    """ "Your shadow" says what was reported and why, follows what the presenter desires, and has the JSON."""
    phone = await open_page(browser, IPHONE, room.session["join_url"])
    slot = await joined(phone)
    shadow = phone.locator("#shadow")
    await phone.get_by_text("Your shadow").tap()
    await expect(shadow).to_contain_text("Your browser says it is Safari on an iPhone, so os = iOS.")
    await expect(shadow).to_contain_text("visible = true, because this page is on your screen.")
    await expect(shadow).to_contain_text("Nothing. Your phone does what the room does.")
    page = await inspector(browser, room)
    await look(page, slot)
    await page.get_by_label("Desired, as JSON").fill(f'{{"color": "{VIOLET}"}}')
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(shadow).to_contain_text(f"Desired: color = {VIOLET}.")
    await expect(shadow).to_contain_text("Done: your phone reported the same")
    await phone.get_by_text("The same as JSON").tap()
    await expect(phone.locator("#shadow-json")).to_contain_text('"desired"')
