"""What the presenter does to one phone, and to the whole room, as the phone's page shows it."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.test_room_in_browsers import joined, present, room_now
from tests.support.browsers import IPHONE, open_context, wait_for_ground
from tests.support.rooms import running_room, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.broker]

RED, GREEN = "#DC2626", "#16A34A"
CROWD = 4


async def test_a_phone_follows_its_presenter_into_a_fresh_room(tmp_path: Path, browser: Browser) -> None:
    """Coloured by a fact, pointed out, removed and let in again, then all come into the empty room alone."""
    with running_room(tmp_path, arguments=("--phones", str(CROWD))) as room:
        wait_until(lambda: room_now(room)["connected"] == CROWD, "the crowd is here", within_s=60)
        page = await (await open_context(browser, IPHONE)).new_page()
        await page.goto(room.session["join_url"])
        slot = await joined(page)
        body = page.locator("body")

        present(room, "scene", {"by": "browser", "palette": {"Safari": RED}})
        await wait_for_ground(page, RED)
        present(room, f"phones/{slot}/highlight", {})
        await expect(body).to_have_class(re.compile("pointed"))
        await expect(body).not_to_have_class(re.compile("pointed"))

        present(room, f"phones/{slot}/desired", {"removed": True})
        await expect(body).to_have_attribute("data-link", "refused")
        present(room, f"phones/{slot}/desired", {"removed": None})
        await page.locator("#act").click()
        assert await joined(page) == slot
        await wait_for_ground(page, RED)

        present(room, f"phones/{slot}/desired", {"message": "Hello"})
        await expect(page.locator("#message")).to_have_text("Hello")
        present(room, "fresh", {})
        await expect(page.locator("#message")).to_be_hidden()
        wait_until(
            lambda: room_now(room)["connected"] == room_now(room)["joined"] == CROWD + 1,
            "everybody is in the fresh room",
            within_s=60,
        )
        assert int(await joined(page)) <= CROWD + 1
        present(room, "scene", {"color": GREEN})
        await wait_for_ground(page, GREEN)
