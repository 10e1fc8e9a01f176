"""A room as its audience sees it: real pages, real brokers, all parts as `shadowroom up` runs them."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browsers import (
    ANDROID,
    IPHONE,
    PROJECTOR,
    open_page,
    wait_for_ground,
)
from tests.support.rooms import PLAIN, RunningRoom, descendants, running_room, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.broker]

IOS_BLUE, ANDROID_LIME = "#2563EB", "#A3E635"

#: The sentence of the talk.
QUESTION = "show me on which OS runs all the smartphones in the room"


@pytest.fixture(params=["embedded", "mosquitto"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningRoom]:
    """A room on each broker."""
    with running_room(tmp_path, request.param) as running:
        yield running


async def test_a_talk_from_the_first_scan_to_the_last_vote(room: RunningRoom, browser: Browser) -> None:
    """Two phones join, light up in their systems' colours, vote, and come back to the same after all that
    goes wrong.
    """
    stage = await open_page(browser, PROJECTOR, room.session["stage_url"])
    iphone = await open_page(browser, IPHONE, room.session["join_url"])
    android = await open_page(browser, ANDROID, room.session["join_url"])
    slots = [await joined(page) for page in (iphone, android)]

    assert len(set(slots)) == 2
    await expect(legend(stage, "iOS")).to_contain_text("1")
    await expect(legend(stage, "Android")).to_contain_text("1")

    answer = present(room, "ask", {"text": QUESTION})

    assert answer["intent"] is not None
    assert answer["speech"] == "Of 2 phones, Android and iOS are level with 1 each."
    await wait_for_ground(iphone, IOS_BLUE)
    await wait_for_ground(android, ANDROID_LIME)
    await expect(stage.get_by_text("2 of 2 show the scene")).to_be_visible()

    poll = open_poll(room, "Where do your services run?", ["Cloud", "Here"])
    await vote(iphone, "Cloud")
    await vote(android, "Cloud")
    await vote(android, "Here")
    tallied(room, poll, {"Cloud": 1, "Here": 1})

    await android.reload()

    assert await joined(android) == slots[1]
    await wait_for_ground(android, ANDROID_LIME)
    await expect(option(android, "Here")).to_be_checked()

    kill_broker(room)
    await expect(iphone.locator("body")).not_to_have_attribute("data-link", "connected")
    present(room, "scene", {"color": "#FF8800"}, patient=True)
    for page, slot, choice in ((iphone, slots[0], "Cloud"), (android, slots[1], "Here")):
        assert await joined(page) == slot
        await wait_for_ground(page, "#FF8800")
        await expect(option(page, choice)).to_be_checked()
    present(room, "ask", {"text": QUESTION})
    await wait_for_ground(iphone, IOS_BLUE)
    await wait_for_ground(android, ANDROID_LIME)

    await vote(iphone, "Here")
    tallied(room, poll, {"Here": 2})
    present(room, f"polls/{poll}/lock", {})
    await expect(option(iphone, "Cloud")).to_be_disabled()
    present(room, f"polls/{poll}/reveal", {})
    for page in (iphone, android):
        await expect(page.locator("#options")).to_contain_text("100")
    await expect(stage.locator(".poll")).to_contain_text("100")


async def joined(page: Page) -> int:
    """The phone's number, once it is connected."""
    await expect(page.locator("body")).to_have_attribute("data-link", "connected")
    await expect(page.locator("#slot")).to_have_text(re.compile(r"^\d+$"))
    return int(await page.locator("#slot").inner_text())


def legend(stage: Page, name: str) -> Any:
    """The row of a system in the stage's table, the same for those who see it and those who hear it."""
    return stage.get_by_role("row", name=name)


def option(page: Page, text: str) -> Any:
    """An answer on a phone."""
    return page.get_by_role("radio", name=text)


async def vote(page: Page, text: str) -> None:
    """Tap an answer, and see that it was counted."""
    await page.locator("#options label", has_text=text).tap()
    await expect(option(page, text)).to_be_checked()
    await expect(page.locator("#ballot")).to_have_text("Counted")


def present(room: RunningRoom, path: str, body: dict[str, Any], *, patient: bool = False) -> dict[str, Any]:
    """One request of the presenter; `patient` repeats it while the room is not ready."""

    def request() -> httpx.Response | None:
        url = f"{room.url}/api/rooms/{room.room}/{path}"
        answer = httpx.post(url, json=body, headers=room.presenter, timeout=15, **PLAIN)
        return None if patient and answer.status_code >= 500 else answer

    answer = wait_until(request, f"an answer to {path}")

    assert answer.is_success, answer.text
    told: dict[str, Any] = answer.json()
    return told


def open_poll(room: RunningRoom, question: str, options: list[str]) -> str:
    """Ask the room; the poll's id."""
    poll = present(room, "polls", {"kind": "single", "question": question, "options": options})
    present(room, f"polls/{poll['id']}/open", {})
    return str(poll["id"])


def tallied(room: RunningRoom, poll: str, expected: dict[str, int]) -> None:
    """The tally becomes exactly this."""
    url = f"{room.url}/api/rooms/{room.room}/polls/{poll}"

    def look() -> bool:
        tally = httpx.get(url, headers=room.presenter, timeout=15, **PLAIN).json()["tally"]
        return {name: count for name, count in tally.items() if count} == expected

    wait_until(look, f"the tally is {expected}", within_s=15)


def room_now(room: RunningRoom) -> dict[str, Any]:
    """What the room says in public."""
    now: dict[str, Any] = httpx.get(f"{room.url}/api/rooms/{room.room}", timeout=15, **PLAIN).json()
    return now


def kill_broker(room: RunningRoom) -> None:
    """SIGKILL to the broker program itself; its supervisor starts it anew."""
    part = room.part_pid("broker")
    assert part is not None
    programs = [pid for pid, words in descendants(part) if words[0].endswith(("nats-server", "mosquitto"))]
    assert programs
    for pid in programs:
        os.kill(pid, signal.SIGKILL)
