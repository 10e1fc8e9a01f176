"""Asking the room over HTTP: what it shows and what it says."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from dashboard.api.ask import router_for
from dashboard.api.problems import Problem


class Hall:
    """A room of 187 phones that remembers what it was told to show."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []
        self.caption: str | None = "something old"

    async def show(self, command: dict[str, Any]) -> int:
        self.shown.append(command)
        return len(self.shown)

    def count_by(self, fact: str) -> dict[str, int]:
        return {"os": {"Android": 116, "iOS": 66, "Windows": 5}}.get(fact, {})

    def connected(self) -> int:
        return 187

    def set_caption(self, caption: str | None) -> None:
        self.caption = caption


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.fixture
async def http(hall: Hall) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(router_for("DEMO", hall, lambda: None))

    @app.exception_handler(Problem)
    async def problem(_request: Request, error: Problem) -> Response:
        return error.response()

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://room/api/rooms"
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("text", "command", "answer", "caption"),
    [
        (
            "show me on which OS runs all the smartphones in the room",
            {"by": "os"},
            {
                "intent": "break_down",
                "speech": "Of 187 phones, 62 % run Android and 35 % iOS; 5 others.",
                "language": "en",
                "slots": {"fact": "os"},
                "version": 1,
            },
            "Of 187 phones, 62 % run Android and 35 % iOS; 5 others.",
        ),
        (
            "mets tous les téléphones en rouge",
            {"color": "#FF0000"},
            {
                "intent": "colour_all",
                "speech": "Les 187 téléphones passent en rouge.",
                "language": "fr",
                "slots": {"color": "#FF0000"},
                "version": 1,
            },
            None,
        ),
        (
            "clear the room",
            {},
            {
                "intent": "clear",
                "speech": "The room is clear: 187 phones are dark.",
                "language": "en",
                "slots": {},
                "version": 1,
            },
            None,
        ),
        (
            "combien d'iPhone dans la salle ?",
            None,
            {
                "intent": "count",
                "speech": "66 téléphones sur 187 sont sous iOS.",
                "language": "fr",
                "slots": {"os": "iOS"},
            },
            "66 téléphones sur 187 sont sous iOS.",
        ),
    ],
)
async def test_an_order_is_done_and_answered(
    http: httpx.AsyncClient,
    hall: Hall,
    text: str,
    command: dict[str, Any] | None,
    answer: dict[str, Any],
    caption: str | None,
) -> None:
    """The scene, the sentence and the line on the wall for each intent."""
    response = await http.post("/DEMO/ask", json={"text": text})
    assert response.status_code == 200
    assert response.json() == answer
    assert hall.shown == ([] if command is None else [command])
    assert hall.caption == caption


async def test_what_is_not_understood_changes_nothing(http: httpx.AsyncClient, hall: Hall) -> None:
    """No scene, no caption; a sentence and three suggestions in the language that was closest."""
    body = (await http.post("/DEMO/ask", json={"text": "efface toutt"})).json()
    assert body["intent"] is None
    assert body["language"] == "fr"
    assert body["suggestions"][0] == "efface tout"
    assert len(body["suggestions"]) == 3
    assert body["speech"].startswith("Je n'ai pas compris. Essayez « efface tout »")
    assert hall.shown == []
    assert hall.caption == "something old"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b'{"text":""}', b'{"text":"  "}', b'{"text":7}', b'{"text":"' + b"x" * 301 + b'"}'],
)
async def test_a_question_has_1_to_300_characters(http: httpx.AsyncClient, hall: Hall, body: bytes) -> None:
    """Everything else is refused with a sentence that says what to send."""
    response = await http.post("/DEMO/ask", content=body)
    assert response.status_code == 400
    assert response.json()["message"].endswith(".")
    assert hall.shown == []


async def test_another_room_is_not_here(http: httpx.AsyncClient) -> None:
    """404 for every other code."""
    assert (await http.post("/OTHER/ask", json={"text": "clear the room"})).status_code == 404
