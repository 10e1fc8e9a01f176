"""The presenter's page as a hand uses it, and the ways into the room."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browsers import (
    ANDROID,
    IPHONE,
    LAPTOP,
    PATIENCE_MS,
    PROJECTOR,
    chromium,
    open_context,
    open_page,
    wait_for_ground,
)
from tests.support.rooms import RunningRoom, running_room

pytestmark = [pytest.mark.browser, pytest.mark.broker]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[RunningRoom]:
    """A room on the bundled broker."""
    with running_room(tmp_path, "embedded") as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with chromium() as running:
        yield running


async def test_a_talk_from_the_presenters_page(room: RunningRoom, browser: Browser) -> None:
    """Ask, show, poll and speak to one phone, with nothing but the presenter's page."""
    presenter = await open_page(browser, LAPTOP, room.session["presenter_url"])
    phone = await open_page(browser, IPHONE, room.session["join_url"])
    await expect(phone.locator("body")).to_have_attribute("data-link", "connected", timeout=PATIENCE_MS)

    await presenter.get_by_role("textbox", name="Ask the room").fill("which OS do the phones run?")
    await presenter.get_by_role("button", name="Ask", exact=True).click()
    await expect(presenter.get_by_text("runs iOS")).to_be_visible(timeout=PATIENCE_MS)
    await wait_for_ground(phone, "#2563EB")

    await presenter.get_by_role("button", name="Lime").click()
    await wait_for_ground(phone, "#A3E635")

    await presenter.get_by_role("textbox", name="Question").fill("Tabs or spaces?")
    await presenter.get_by_role("textbox", name="Option 1").fill("Tabs")
    await presenter.get_by_role("textbox", name="Option 2").fill("Spaces")
    await presenter.get_by_role("button", name="Ask now").click()
    await phone.locator("#options label", has_text="Spaces").tap()
    await expect(presenter.get_by_text("1 of 1 answered")).to_be_visible(timeout=PATIENCE_MS)
    await presenter.get_by_role("button", name="Lock").click()
    await presenter.get_by_role("button", name="Reveal").click()
    await expect(phone.locator("#ballot")).to_have_text("Results", timeout=PATIENCE_MS)

    slot = await phone.locator("#slot").inner_text()
    await presenter.get_by_role("spinbutton", name="Number").fill(slot)
    await presenter.get_by_role("textbox", name="Message").fill("Stand up, please")
    await presenter.get_by_role("button", name="Send").click()
    await expect(phone.locator("#message")).to_have_text("Stand up, please", timeout=PATIENCE_MS)
    await wait_for_ground(phone, "#D55E00")
    await presenter.get_by_role("button", name="Take back").click()
    await wait_for_ground(phone, "#A3E635")


async def test_the_presenters_page_needs_the_token(room: RunningRoom, browser: Browser) -> None:
    """Without the token, or with a wrong one, the page says so and presents nothing."""
    address = room.session["presenter_url"].partition("#")[0]
    without = await open_page(browser, LAPTOP, address)
    wrong = await open_page(browser, LAPTOP, f"{address}#token=wrong")

    await expect(without.get_by_text("it ends in #token=")).to_be_visible(timeout=PATIENCE_MS)
    await expect(wrong.get_by_text("token is not valid")).to_be_visible(timeout=PATIENCE_MS)
    for page in (without, wrong):
        await expect(page.get_by_role("button", name="Lock")).to_have_count(0)


async def test_a_code_is_typed_instead_of_scanned(room: RunningRoom, browser: Browser) -> None:
    """Who types the address and the code, in small letters, is in the room."""
    page = await open_page(browser, ANDROID, room.url)
    await page.locator("#code").fill("demo")
    await page.get_by_role("button", name="Join").tap()

    await expect(page.locator("body")).to_have_attribute("data-link", "connected", timeout=PATIENCE_MS)


async def test_two_tabs_of_one_phone_are_one_phone(room: RunningRoom, browser: Browser) -> None:
    """The second tab takes the room over, and the first says so instead of fighting for it."""
    context = await open_context(browser, ANDROID)
    first, second = await context.new_page(), await context.new_page()
    await first.goto(room.session["join_url"])
    slot = await number_of(first)
    await second.goto(room.session["join_url"])

    assert await number_of(second) == slot
    await expect(first.locator("body")).to_have_attribute("data-link", "parked", timeout=PATIENCE_MS)


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


async def number_of(page: Page) -> str:
    """The phone's number, once it is connected."""
    await expect(page.locator("body")).to_have_attribute("data-link", "connected", timeout=PATIENCE_MS)
    await expect(page.locator("#slot")).not_to_be_empty(timeout=PATIENCE_MS)
    return await page.locator("#slot").inner_text()
