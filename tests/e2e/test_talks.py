"""A talk in each language, from the prepared file to the exported answers, with nothing but the pages."""

import csv
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e.test_accessibility import AXE, FIND
from tests.support.browsers import (
    ANDROID,
    IPHONE,
    LAPTOP,
    PROJECTOR,
    Device,
    open_context,
)
from tests.support.rooms import PLAIN, RunningRoom, running_room

pytestmark = [pytest.mark.browser, pytest.mark.broker]

EXAMPLES = Path(__file__).parents[2] / "examples"
KINDS = {
    "single",
    "multiple",
    "yesno",
    "rating",
    "estimate",
    "wordcloud",
    "text",
    "questions",
    "quiz",
    "fact",
}
"""Every kind that is prepared; A to D is asked without preparation."""
TAPPED = ("single", "yesno", "abcd", "quiz", "rating")
WRITTEN = ("text", "questions", "wordcloud")
WORDS = {
    "en": {
        "import": "Import a YAML file",
        "next": "Next",
        "approve": "Approve",
        "delete": "Delete all polls and answers",
        "sure": "Really delete everything?",
        "report": "Report",
        "results": "Results",
        "locale": "en-GB",
        "theme": "dark",
    },
    "fr": {
        "import": "Importer un fichier YAML",
        "next": "Suivant",
        "approve": "Approuver",
        "all": "Approuver les",
        "delete": "Supprimer tous les sondages et réponses",
        "sure": "Vraiment tout supprimer ?",
        "report": "Rapport",
        "results": "Résultats",
        "locale": "fr-FR",
        "theme": "light",
    },
}
SHOWN = {
    "rating": ".columns .fill",
    "estimate": ".columns .fill",
    "wordcloud": ".cloud text",
    "text": ".texts li",
    "questions": ".texts li",
}
"""What the stage draws of a revealed poll; bars for every other kind."""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRoom]:
    """A room with a few simulated phones."""
    with running_room(tmp_path_factory.mktemp("talks"), "embedded", 6) as running:
        yield running


class Hall:
    """The presenter's laptop, the projector and two phones, in one language."""

    def __init__(self, language: str, presenter: Page, stage: Page, phones: list[Page]) -> None:
        self.words = WORDS[language]
        self.presenter = presenter
        self.stage = stage
        self.phones = phones

    def button(self, name: str) -> Any:
        """A button of the presenter's polls."""
        return self.presenter.locator(".polls").get_by_role("button", name=self.words[name], exact=True)

    async def next(self, question: str, state: str) -> None:
        """Press "next" unless the poll is there already: one against the clock locks by itself."""
        running = self.presenter.locator(".running article")
        if state != "open" and re.search(state, await running.get_attribute("class") or ""):
            return
        await self.button("next").click()
        await expect(running).to_have_class(re.compile(state))
        await expect(running).to_contain_text(question)


async def accessible(page: Page) -> None:
    """The page breaks no rule that axe-core can check."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    assert await page.evaluate(FIND) == []


async def hall(browser: Browser, room: RunningRoom, language: str) -> Hall:
    """Everybody in the room."""

    async def page(device: Device, url: str) -> Page:
        spoken = Device({**device.context, "locale": WORDS[language]["locale"]}, device.script)
        context: BrowserContext = await open_context(browser, spoken)
        opened = await context.new_page()
        # One talk is seen on dark ground, one on light; at rest, since what fades in has no contrast yet.
        await opened.add_init_script(
            f"localStorage.setItem('shadowroom.theme', '{WORDS[language]['theme']}')"
        )
        await opened.emulate_media(reduced_motion="reduce")
        await opened.goto(url)
        return opened

    phones = [await page(device, room.session["join_url"]) for device in (IPHONE, ANDROID)]
    for phone in phones:
        await expect(phone.locator("body")).to_have_attribute("data-link", "connected")
    stage = await page(PROJECTOR, room.session["stage_url"])
    return Hall(language, await page(LAPTOP, room.session["presenter_url"]), stage, phones)


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_talk_from_the_file_to_the_report(
    room: RunningRoom, browser: Browser, tmp_path: Path, language: str
) -> None:
    """The talk's file is read, every poll is asked, answered, closed and revealed, and all is exported."""
    start_afresh(room)
    talk = await hall(browser, room, language)
    await talk.presenter.get_by_label(talk.words["import"]).set_input_files(
        EXAMPLES / f"talk.{language}.yaml"
    )
    await expect(talk.presenter.locator(".programme li")).not_to_have_count(0)
    polls = asked(room)

    for poll in polls:
        await ask(talk, poll)
    await talk.presenter.locator(".clicker button").first.click()
    await expect(talk.phones[0].locator("#options label.option")).to_have_count(4)

    await export(talk, polls, tmp_path)
    await talk.button("delete").click()
    await talk.button("sure").click()
    await expect(talk.presenter.locator(".programme li")).to_have_count(0)
    await expect(talk.phones[0].locator("#poll")).to_be_hidden()


def test_the_talks_have_every_kind() -> None:
    """Together the two talks ask a question of every kind."""
    texts = [(EXAMPLES / f"talk.{language}.yaml").read_text(encoding="utf-8") for language in WORDS]

    assert {kind for text in texts for kind in re.findall(r"kind:\s*(\w+)", text)} >= KINDS


def start_afresh(room: RunningRoom) -> None:
    """Nothing is left of a talk before."""
    url = f"{room.url}/api/rooms/{room.room}/polls"
    httpx.delete(url, headers=room.presenter, **PLAIN).raise_for_status()


def asked(room: RunningRoom) -> list[dict[str, Any]]:
    """The polls in their order."""
    answer = httpx.get(f"{room.url}/api/rooms/{room.room}/polls", headers=room.presenter, **PLAIN)
    polls: list[dict[str, Any]] = answer.json()["polls"]
    return polls


async def ask(talk: Hall, poll: dict[str, Any]) -> None:
    """One poll from its draft to its result, on every page."""
    kind, question = poll["kind"], poll["question"]
    await talk.next(question, "open")
    await expect(talk.stage.locator("h1")).to_have_text(question)
    for number, phone in enumerate(talk.phones):
        await expect(phone.locator("#question")).to_have_text(question)
        if kind != "fact":
            await answer(phone, kind, number)
            await expect(phone.locator("#ballot")).to_have_class("counted")
    if kind in WRITTEN:
        await accessible(talk.presenter)
        await accessible(talk.phones[0])
    if kind in WRITTEN and poll.get("moderation") != "after":
        await approve(talk)
    await talk.next(question, "locked|revealed")
    await expect(talk.stage.locator(".poll .result")).to_have_count(0)
    await talk.next(question, "revealed")
    for phone in talk.phones:
        await expect(phone.locator("#ballot")).to_have_text(talk.words["results"])
    flown = not poll["anonymous"] and kind in (*TAPPED, "estimate")
    shown = ".labels.groups li" if flown else f".poll.revealed {SHOWN.get(kind, '.option .result')}"
    await expect(talk.stage.locator(shown)).not_to_have_count(0)
    if kind == "wordcloud":
        said = await talk.stage.locator(".cloud li").count()
        await expect(talk.stage.locator(".cloud text")).to_have_count(said)
    for page in (talk.stage, talk.phones[0]):
        await accessible(page)


async def answer(phone: Page, kind: str, number: int) -> None:
    """What a person does with this kind of question; the two phones answer differently."""
    if kind in TAPPED:
        await phone.locator("#options label.option").nth(number).tap()
    elif kind == "multiple":
        for option in (number, number + 1):
            await phone.locator("#options label.option").nth(option).tap()
    else:
        field = {"estimate": "input[type=number]", "wordcloud": "input[type=text]"}.get(kind, "textarea")
        said = str(40 + number) if kind == "estimate" else ("Herons", "Otters")[number]
        await phone.locator(f"#controls {field}").first.fill(said)
        await phone.locator("#controls .send").tap()


async def approve(talk: Hall) -> None:
    """Until both phones' texts are let through: in one talk one by one, in the other all at once."""
    waiting = talk.presenter.locator(".queue li")
    await expect(waiting.filter(has_text=re.compile("herons|otters", re.IGNORECASE))).to_have_count(2)
    if "all" in talk.words:
        everything = talk.presenter.locator(".queue").get_by_role(
            "button", name=re.compile(talk.words["all"])
        )
        await everything.click()
        # Simulated phones may write on: what comes after the click waits.
        await expect(waiting.filter(has_text=re.compile("herons|otters", re.IGNORECASE))).to_have_count(0)
        return
    for text in ("herons", "otters"):
        row = waiting.filter(has_text=re.compile(text, re.IGNORECASE))
        await row.get_by_role("button", name=talk.words["approve"], exact=True).click()
        await expect(row).to_have_count(0)


async def export(talk: Hall, polls: list[dict[str, Any]], folder: Path) -> None:
    """The files have every question, and no address ever had the token in it."""
    files: dict[str, str] = {}
    for name, label in (("csv", "CSV"), ("json", "JSON"), ("report", talk.words["report"])):
        async with talk.presenter.expect_download() as download:
            await talk.presenter.locator(".files").get_by_role("button", name=label, exact=True).click()
        saved = folder / name
        await (await download.value).save_as(saved)
        files[name] = saved.read_text(encoding="utf-8")
    questions = {poll["question"] for poll in polls}
    cells = {cell for row in csv.reader(files["csv"].splitlines()) for cell in row}
    assert questions <= cells
    assert questions <= {poll["question"] for poll in json.loads(files["json"])["polls"]}
    report = html.unescape(files["report"])
    assert all(question in report for question in questions)
