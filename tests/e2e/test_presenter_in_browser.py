"""The presenter's page as a hand, a clicker and a bad network use it, and the ways into the room."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from tests.support.browsers import (
    ANDROID,
    IPHONE,
    LAPTOP,
    PATIENCE_MS,
    PROJECTOR,
    Device,
    open_context,
    open_page,
    wait_for_ground,
)
from tests.support.rooms import RunningRoom, running_room

pytestmark = [pytest.mark.browser, pytest.mark.broker]


SMALL_PHONE = Device(
    {"viewport": {"width": 360, "height": 640}, "locale": "en-GB", "is_mobile": True, "has_touch": True}
)
BLUE, LIME, BLACK = "#2563EB", "#A3E635", "#000000"
SMALLEST_TARGET_PX = 44
"""Of a button's height: a thumb in the dark."""

TOO_SMALL = """(least) => [...document.querySelectorAll("button, a, input, select, summary")]
  .filter((each) => each.getClientRects().length > 0 && each.type !== "checkbox")
  .filter((each) => each.getBoundingClientRect().height < least)
  .map((each) => each.outerHTML)"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRoom]:
    """A room on the bundled broker, the same for all tests here."""
    with running_room(tmp_path_factory.mktemp("presented"), "embedded") as running:
        yield running


async def test_a_talk_from_the_presenters_page(room: RunningRoom, browser: Browser) -> None:
    """Ask, show, poll and speak to one phone, with nothing but the presenter's page."""
    presenter = await open_page(browser, LAPTOP, room.session["presenter_url"])
    phone = await open_page(browser, IPHONE, room.session["join_url"])
    await expect(phone.locator("body")).to_have_attribute("data-link", "connected")

    await presenter.get_by_role("combobox", name="Ask the room").fill("which OS do the phones run?")
    await presenter.get_by_role("button", name="Ask", exact=True).click()
    await expect(presenter.get_by_text("runs iOS")).to_be_visible()
    await wait_for_ground(phone, "#2563EB")

    await presenter.get_by_role("button", name="Lime").click()
    await wait_for_ground(phone, "#A3E635")

    await presenter.get_by_role("textbox", name="Question").fill("Tabs or spaces?")
    await presenter.get_by_role("textbox", name="Option 1").fill("Tabs")
    await presenter.get_by_role("textbox", name="Option 2").fill("Spaces")
    await presenter.get_by_role("button", name="Ask now").click()
    await phone.locator("#options label", has_text="Spaces").tap()
    await expect(presenter.get_by_text("1 of 1 answered")).to_be_visible()
    await presenter.get_by_role("button", name="Lock").click()
    await presenter.get_by_role("button", name="Reveal").click()
    await expect(phone.locator("#ballot")).to_have_text("Results")

    slot = await phone.locator("#slot").inner_text()
    await presenter.get_by_role("spinbutton", name="Number").fill(slot)
    await presenter.get_by_role("textbox", name="Message", exact=True).fill("Stand up, please")
    await presenter.get_by_role("button", name="Send").click()
    await expect(phone.locator("#message")).to_have_text("Stand up, please")
    await wait_for_ground(phone, "#D55E00")
    await presenter.get_by_role("button", name="Take back").click()
    await wait_for_ground(phone, "#A3E635")


async def test_a_clicker_and_keys_lead_through_a_talk(room: RunningRoom, browser: Browser) -> None:
    """Keys colour, blank and bring back, close and reveal the question; not while one types, nor when off."""
    presenter = await open_page(browser, LAPTOP, room.session["presenter_url"])
    phone = await open_page(browser, IPHONE, room.session["join_url"])
    await expect(phone.locator("body")).to_have_attribute("data-link", "connected")
    await expect(presenter.get_by_role("status").filter(has_text="Live")).to_be_visible()

    await presenter.keyboard.press("1")
    await wait_for_ground(phone, BLUE)
    await presenter.keyboard.press(".")
    await wait_for_ground(phone, BLACK)
    await expect(presenter.get_by_role("button", name="Eyes up")).to_have_attribute("aria-pressed", "true")
    await presenter.keyboard.press("b")
    await wait_for_ground(phone, BLUE)
    await presenter.keyboard.press("PageDown")
    following = presenter.get_by_role("button", name="Shown: by exact system")
    await expect(following).to_be_visible()
    await presenter.keyboard.press("PageUp")
    await expect(presenter.get_by_role("button", name="Shown: by system", exact=True)).to_be_visible(
        timeout=PATIENCE_MS
    )

    question = presenter.get_by_role("textbox", name="Question")
    await question.press_sequentially("b.1 ?")
    await expect(question).to_have_value("b.1 ?")
    await presenter.get_by_role("combobox", name="Kind").select_option("yesno")
    await presenter.get_by_role("button", name="Ask now").click()
    step = presenter.get_by_role("button", name="Next:")
    await expect(step).to_have_text("Next: close voting")
    await presenter.keyboard.press("PageDown")
    await expect(step).to_have_text("Next: show results")
    await presenter.keyboard.press("PageDown")
    await expect(phone.locator("#ballot")).to_have_text("Results")

    await presenter.keyboard.press("?")
    keys = presenter.get_by_role("dialog", name="Keys and clicker")
    await keys.get_by_role("checkbox").uncheck()
    await presenter.keyboard.press("Escape")
    await presenter.keyboard.press("b")
    await presenter.reload()
    await expect(presenter.get_by_role("status").filter(has_text="Live")).to_be_visible()
    await presenter.keyboard.press("b")
    await presenter.get_by_role("button", name="Wave").click()
    await expect(presenter.get_by_role("button", name="Wave")).to_have_attribute("aria-pressed", "true")
    await expect(presenter.get_by_role("button", name="Eyes up")).to_have_attribute("aria-pressed", "false")


async def test_a_group_the_door_and_back(room: RunningRoom, browser: Browser) -> None:
    """A group gets a colour and undo takes it back; nobody new comes in; one is sent out and let in."""
    presenter = await open_page(browser, LAPTOP, room.session["presenter_url"])
    phone = await open_page(browser, IPHONE, room.session["join_url"])
    slot = await number_of(phone)
    who = presenter.get_by_role("table", name="Connected phones by system")
    await expect(who.get_by_role("row", name=re.compile("iOS"))).to_contain_text("100%")

    await presenter.get_by_role("button", name=re.compile("(Colour|Shown:) by system")).click()
    await wait_for_ground(phone, BLUE)
    await who.get_by_role("button", name="iOS").click()
    group = presenter.get_by_role("group", name="Colour of iOS")
    await group.get_by_role("button", name="Lime").click()
    await wait_for_ground(phone, LIME)
    await presenter.get_by_role("button", name="Undo").click()
    await wait_for_ground(phone, BLUE)
    await presenter.get_by_role("button", name="Clear").click()
    await presenter.keyboard.press("u")
    await wait_for_ground(phone, BLUE)

    await presenter.get_by_role("button", name="No new phones").click()
    await presenter.get_by_text("Phones that are in stay in").wait_for()
    stranger = await open_page(browser, ANDROID, room.session["join_url"])
    await expect(stranger.locator("#status")).to_have_text("Not admitted")
    await presenter.get_by_role("button", name="No new phones").click()
    await presenter.get_by_text("Whoever scans the code comes in.").wait_for()

    await presenter.get_by_role("spinbutton", name="Number").fill(slot)
    await presenter.get_by_role("button", name="Point out").click()
    await expect(presenter.get_by_text(f"Phone {slot} blinks")).to_be_visible()
    await presenter.get_by_role("button", name="Remove").click()
    await presenter.get_by_role("button", name="Really remove?").click()
    await expect(phone.locator("#hint")).to_contain_text("taken this phone out")
    await presenter.get_by_role("button", name=f"Let in again Phone {slot}").click()
    await expect(presenter.get_by_role("heading", name="Out of the room")).to_have_count(0)
    parts = presenter.get_by_role("row", name=re.compile("(Broker|Shadow service|Store) answers .* ms"))
    await expect(parts).to_have_count(3)


async def test_a_phone_is_the_remote(room: RunningRoom, browser: Browser) -> None:
    """On 360 pixels one section is seen at a time, nothing is cut off or small, and a reload stays there."""
    remote = await open_page(browser, SMALL_PHONE, room.session["presenter_url"])
    sections = remote.get_by_role("navigation", name="Sections")
    names = await sections.get_by_role("link").all_inner_texts()
    assert {"Room", "Colours", "Polls", "Ask", "Phones", "Health", "Recording"} <= set(names)
    for name in names:
        await sections.get_by_role("link", name=name).tap()
        await expect(remote.locator(".section").filter(visible=True)).to_have_count(1)
        assert await remote.evaluate("document.documentElement.scrollWidth") == 360
        assert await remote.evaluate(TOO_SMALL, SMALLEST_TARGET_PX) == []

    await sections.get_by_role("link", name="Colours").tap()
    await remote.reload()
    await remote.get_by_role("button", name="Lime").tap()
    await expect(remote.get_by_role("button", name="Lime")).to_have_attribute("aria-pressed", "true")
    await expect(sections.get_by_role("link", name="Colours")).to_have_attribute("aria-current", "true")


async def test_two_presenters_see_the_same(room: RunningRoom, browser: Browser) -> None:
    """What one does, the other sees, and either may undo what the other showed."""
    laptop = await open_page(browser, LAPTOP, room.session["presenter_url"])
    phone = await open_page(browser, SMALL_PHONE, f"{with_section(room, 'colours')}")
    await laptop.get_by_role("button", name="Orange").click()
    for page in (laptop, phone):
        await expect(page.get_by_role("button", name="Orange")).to_have_attribute("aria-pressed", "true")
    await phone.get_by_role("button", name="Eyes up").tap()
    eyes = laptop.get_by_role("button", name="Eyes up")
    await expect(eyes).to_have_attribute("aria-pressed", "true")
    await eyes.click()
    await expect(phone.get_by_role("button", name="Orange")).to_have_attribute("aria-pressed", "true")


class Wire:
    """The line of a page's feed: it can die as one does when its network goes, without a word."""

    def __init__(self) -> None:
        self.dead = False
        self.hellos: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        """The first frame of each connection."""

    async def watch(self, page: Page) -> None:
        """Stand before this page."""
        await page.route_web_socket(re.compile("/feed$"), self._meet)

    def _meet(self, route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        born_dead, first = self.dead, True

        def up(frame: str | bytes) -> None:
            if not self.dead:
                self.hellos.append(orjson.loads(frame))
                server.send(frame)

        def down(frame: str | bytes) -> None:
            nonlocal first, born_dead
            if self.dead or born_dead:
                born_dead = True
                return
            if first:
                self.answers.append(orjson.loads(frame))
                first = False
            route.send(frame)

        route.on_message(up)
        server.on_message(down)
        route.on_close(lambda _code, _reason: asyncio.ensure_future(server.close()))


async def test_another_network_and_the_page_goes_on(room: RunningRoom, browser: Browser) -> None:
    """The old line died and looks open; told of another network, the page opens one and gets what it
    missed.
    """
    wire = Wire()
    page = await (await open_context(browser, LAPTOP)).new_page()
    await wire.watch(page)
    await page.clock.install()
    await page.goto(room.session["presenter_url"])
    live = page.get_by_role("status").filter(has_text="Live")
    await expect(live).to_be_visible()
    other = await open_page(browser, LAPTOP, room.session["presenter_url"])

    wire.dead = True
    await other.get_by_role("button", name="Rose").click()
    await expect(other.get_by_role("button", name="Rose")).to_have_attribute("aria-pressed", "true")
    await page.clock.fast_forward(3_000)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.clock.fast_forward(6_000)
    await expect(page.get_by_role("status").filter(has_text="Reconnecting")).to_be_visible(
        timeout=PATIENCE_MS
    )
    wire.dead = False
    await page.clock.fast_forward(12_000)
    await expect(live).to_be_visible()
    await expect(page.get_by_role("button", name="Rose")).to_have_attribute("aria-pressed", "true")
    assert wire.answers[0]["type"] == "snapshot"
    assert wire.hellos[-1]["cursor"] >= wire.answers[0]["cursor"]
    assert wire.answers[-1]["type"] == "changes"


async def test_the_presenters_page_needs_the_token(room: RunningRoom, browser: Browser) -> None:
    """Without the token, or with a wrong one, the page says so and presents nothing, until it is given."""
    address = room.session["presenter_url"].partition("#")[0]
    without = await open_page(browser, LAPTOP, address)
    wrong = await open_page(browser, LAPTOP, f"{address}#token=wrong")

    await expect(without.get_by_text("which ends in #token=")).to_be_visible()
    await expect(wrong.get_by_text("token is not valid")).to_be_visible()
    for page in (without, wrong):
        await expect(page.get_by_role("button", name="Lock")).to_have_count(0)
        await page.get_by_label("The link, or its token").fill(room.session["presenter_url"])
        await page.get_by_role("button", name="Open", exact=True).click()
        await expect(page.get_by_role("region", name="Who is in the room")).to_be_visible()
        assert "token" not in page.url


async def test_a_code_is_typed_instead_of_scanned(room: RunningRoom, browser: Browser) -> None:
    """Who types the address and the code, in small letters, is in the room, after a wrong code too."""
    page = await open_page(browser, ANDROID, room.url)
    await page.locator("#code").fill("nowhere")
    await page.get_by_role("button", name="Join").tap()
    await page.get_by_role("link", name="Type another code").tap()
    await page.locator("#code").fill("demo")
    await page.get_by_role("button", name="Join").tap()

    await expect(page.locator("body")).to_have_attribute("data-link", "connected")


async def test_two_tabs_of_one_phone_are_one_phone(room: RunningRoom, browser: Browser) -> None:
    """The second tab takes the room over, and the first says so instead of fighting for it."""
    context = await open_context(browser, ANDROID)
    first, second = await context.new_page(), await context.new_page()
    await first.goto(room.session["join_url"])
    slot = await number_of(first)
    await second.goto(room.session["join_url"])

    assert await number_of(second) == slot
    await expect(first.locator("body")).to_have_attribute("data-link", "parked")


async def test_pages_run_without_an_error(room: RunningRoom, browser: Browser) -> None:
    """No page breaks its own content security policy, asks for what is not there, or throws."""
    wrong: list[str] = []
    for device, url in (
        (ANDROID, room.url),
        (ANDROID, room.session["join_url"]),
        (PROJECTOR, room.session["stage_url"]),
        (LAPTOP, room.session["presenter_url"]),
    ):
        page = await (await open_context(browser, device)).new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("requestfailed", lambda request: wrong.append(f"{request.url}: {request.failure}"))
        page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 400 else None)
        await page.goto(url, wait_until="networkidle")

    assert not wrong


async def test_the_checklist_and_a_replay(room: RunningRoom, browser: Browser) -> None:
    """The page says what to look at before the doors open, and plays the recording on a stage of its own."""
    presenter = await open_page(browser, LAPTOP, room.session["presenter_url"])
    checks = presenter.get_by_role("region", name="Before the doors open").get_by_role("listitem")
    await expect(checks.filter(has_text="Port")).to_contain_text(re.compile("The room listens on"))
    await expect(checks.filter(has_text="Broker")).to_contain_text("answers")

    recordings = presenter.get_by_role("region", name="Recordings")
    async with presenter.expect_popup() as opened:
        await recordings.get_by_role("button", name=re.compile("Play 10")).first.click()
    stage = await opened.value
    await expect(stage).to_have_url(re.compile(r"/stage/DEMO\?replay="))
    await expect(stage.locator(".figures")).to_contain_text("joined")
    await expect(recordings.get_by_role("link", name=re.compile("Open the replay"))).to_be_visible()


async def test_start_fresh_is_asked_twice(room: RunningRoom, browser: Browser) -> None:
    """It is said what is archived; "no" leaves all as it is, "yes" gives an empty room where the phone is
    again.
    """
    presenter = await open_page(browser, LAPTOP, room.session["presenter_url"])
    phone = await open_page(browser, IPHONE, room.session["join_url"])
    before = int(await number_of(phone))
    assert before > 1, "the tests before this one were phones 1, 2, …"

    await presenter.get_by_role("button", name="Start fresh…").click()
    await expect(presenter.get_by_text("the polls with every answer, and the recording")).to_be_visible()
    await expect(presenter.get_by_role("button", name="Keep this room")).to_be_focused()
    await presenter.keyboard.press("Enter")
    await presenter.get_by_role("button", name="Start fresh…").click()
    await presenter.get_by_role("button", name="Archive and start fresh").click()
    await expect(presenter.get_by_text("An empty room. The old one is in")).to_be_visible()
    await expect(phone.locator("#slot")).to_have_text("1")
    await expect(presenter.get_by_label("Phones in the room")).to_contain_text(
        re.compile("joined1.*connected1")
    )


async def number_of(page: Page) -> str:
    """The phone's number, once it is connected."""
    await expect(page.locator("body")).to_have_attribute("data-link", "connected")
    await expect(page.locator("#slot")).not_to_be_empty()
    return await page.locator("#slot").inner_text()


def with_section(room: RunningRoom, section: str) -> str:
    """The presenter's address, in a section of the page."""
    address, _, fragment = room.session["presenter_url"].partition("#")
    return f"{address}?section={section}#{fragment}"
