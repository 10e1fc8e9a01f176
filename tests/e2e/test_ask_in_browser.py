"""The presenter speaks and writes to the room; the audience reads on the stage what was understood."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browsers import LAPTOP, PATIENCE_MS, PROJECTOR, open_page
from tests.support.rooms import RunningRoom, running_room

pytestmark = [pytest.mark.browser, pytest.mark.broker]

PHONES = 12

RECOGNISER = """
// A recogniser whose microphone is `window.say(readings)`.
window.SpeechRecognition = class {
  start() { window.ear = this; }
  stop() { this.onend(); }
};
window.say = (...readings) => {
  const result = Object.assign(readings.map((transcript) => ({ transcript })), { isFinal: true });
  window.ear.onresult({ results: [result] });
};
window.spoken = [];
speechSynthesis.speak = (utterance) => window.spoken.push([utterance.lang, utterance.text]);
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRoom]:
    """A room with simulated phones."""
    folder = tmp_path_factory.mktemp("asked")
    with running_room(folder, "embedded", arguments=("--phones", str(PHONES))) as running:
        yield running


async def test_the_presenter_speaks_and_the_stage_shows_what_was_understood(
    room: RunningRoom, browser: Browser
) -> None:
    """Push to talk, caption, intent, undo and voice; then in writing with completion and near misses."""
    stage = await open_page(browser, PROJECTOR, room.session["stage_url"])
    await expect(stage.locator("body")).to_contain_text(str(PHONES))
    presenter = await open_page(browser, LAPTOP, "about:blank")
    await presenter.context.add_init_script(RECOGNISER)
    await presenter.goto(room.session["presenter_url"])
    ask = presenter.locator(".ask")
    await ask.get_by_label("Say answers aloud").check()

    await hold_and_say(presenter, "turn all phones read", "turn all phones red")
    turned = f"All {PHONES} phones turn red."
    await expect(ask.get_by_role("status")).to_have_text(turned)
    await expect(ask).to_contain_text("Heard: “turn all phones read”")
    await expect(ask).to_contain_text("Understood: one colour for all")
    await expect(stage.get_by_text(turned)).to_be_visible()
    # The answer is written first and spoken then.
    async with asyncio.timeout(PATIENCE_MS / 1_000):
        while ["en-US", turned] not in await presenter.evaluate("() => window.spoken"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    await ask.get_by_role("button", name="Undo that").click()
    await expect(ask.get_by_role("status")).to_contain_text("Undone")
    await expect(stage.get_by_text("Undone: the room shows")).to_be_visible()

    field = ask.get_by_role("combobox", name="Ask the room")
    assert await presenter.locator("#sayable option[value='make a wave']").count() == 1
    await field.fill("montre-moi sur quel sistème tournent tous les téléphones de la salle")
    await field.press("Enter")
    await expect(ask.get_by_role("status")).to_contain_text("Vouliez-vous dire")
    await ask.get_by_role("button", name="montre moi sur quel système").first.click()
    answer = f"Sur {PHONES} téléphones"
    await expect(stage.get_by_text(answer)).to_be_visible()
    await expect(ask).to_contain_text("Understood: the room by system")


async def hold_and_say(page: Page, *readings: str) -> None:
    """Hold the button, say something that the recogniser reads in several ways, let go."""
    button = page.get_by_role("button", name="Hold to talk")
    await button.hover()
    await page.mouse.down()
    await expect(page.get_by_role("button", name="Listening")).to_be_visible()
    await page.evaluate("(readings) => window.say(...readings)", list(readings))
    await page.mouse.up()
    await expect(button).to_be_visible()


def test_every_question_is_in_the_rooms_log(room: RunningRoom, tmp_path: Path) -> None:
    """Also one that comes by HTTP; and an Echo that is not ours is not even heard."""
    with httpx.Client(base_url=room.url, trust_env=False) as http:
        asked = http.post(f"/api/rooms/{room.room}/ask", json={"text": "undo"}, headers=room.presenter)
        lines = http.get(f"/api/rooms/{room.room}/ask/log", headers=room.presenter).json()["asked"]
        assert http.post("/alexa", content=b"{}").status_code == 404
    assert asked.status_code == 200
    assert [line["intent"] for line in lines][:1] == ["undo"]
    assert {"voice", "text"} >= {line["way"] for line in lines}
