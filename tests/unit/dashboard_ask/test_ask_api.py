"""Asking the room over HTTP: what it shows and what it says."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from dashboard.api.ask import router_for
from dashboard.api.problems import Problem
from dashboard.ask.asker import Asker
from tests.support.hall import Hall


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.fixture
async def http(hall: Hall) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(router_for("DEMO", Asker(hall, lambda: 0), hall, lambda: None))

    @app.exception_handler(Problem)
    async def problem(_request: Request, error: Problem) -> Response:
        return error.response()

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://room/api/rooms"
    ) as client:
        yield client


async def test_an_order_is_answered_with_all_that_a_page_shows(http: httpx.AsyncClient, hall: Hall) -> None:
    """Intent, sentence, language, slots, version, what was heard and whether it can be undone."""
    response = await http.post("/demo/ask", json={"text": "show the OS"})
    assert response.status_code == 200
    assert response.json() == {
        "intent": "break_down",
        "speech": "Of 187 phones, 62% run Android and 35% iOS; 5 others.",
        "language": "en",
        "slots": {"fact": "os"},
        "version": 1,
        "heard": "show the OS",
        "can_undo": True,
    }
    assert hall.commands == [{"by": "os"}]


async def test_a_recognisers_readings_are_all_tried(http: httpx.AsyncClient, hall: Hall) -> None:
    """The language of the page is tried first, and the log knows that it was spoken."""
    asked = {"text": "la holla", "alternatives": ["la ola"], "way": "voice", "language": "fr"}
    body = (await http.post("/DEMO/ask", json=asked)).json()
    assert (body["intent"], body["heard"], body["language"]) == ("wave", "la ola", "fr")
    assert [line.way for line in hall.lines] == ["voice"]
    assert (await http.get("/DEMO/ask/log")).json() == {"asked": [{"said": "la ola", "intent": "wave"}]}


async def test_what_one_can_say_is_listed(http: httpx.AsyncClient) -> None:
    """For completion, by language."""
    examples = (await http.get("/DEMO/ask")).json()["examples"]
    assert "make a wave" in examples["en"]
    assert "fais la ola" in examples["fr"]


async def test_what_is_not_understood_changes_nothing(http: httpx.AsyncClient, hall: Hall) -> None:
    """No scene, no caption; a sentence and three suggestions in the language that was closest."""
    body = (await http.post("/DEMO/ask", json={"text": "efface toutt"})).json()
    assert body["intent"] is None
    assert body["language"] == "fr"
    assert body["suggestions"][0] == "efface tout"
    assert len(body["suggestions"]) == 3
    assert hall.commands == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b'{"text":""}', b'{"text":"  "}', b'{"text":7}', b'{"text":"' + b"x" * 301 + b'"}'],
)
async def test_a_question_has_1_to_300_characters(http: httpx.AsyncClient, hall: Hall, body: bytes) -> None:
    """Everything else is refused with a sentence that says what to send."""
    response = await http.post("/DEMO/ask", content=body)
    assert response.status_code == 400
    assert response.json()["message"].endswith(".")
    assert hall.commands == []


async def test_another_room_is_not_here(http: httpx.AsyncClient) -> None:
    """404 for every other code."""
    assert (await http.post("/OTHER/ask", json={"text": "clear the room"})).status_code == 404
