"""The presenter's polls over HTTP, on a real database and the real shadow service."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from dashboard.api.polls import router_for
from dashboard.api.problems import Problem
from dashboard.database import RoomDatabase
from dashboard.polling import Polling
from tests.support.asked_polls import Everybody
from tests.support.shadow_service import ShadowService, shadow_service

SINGLE = {"kind": "single", "question": "Tabs or spaces?", "options": ["Tabs", "Spaces, of course"]}


def refuse_strangers(request: Request) -> None:
    """Stands where the presenter's token is checked."""
    if request.headers.get("authorization") != "Bearer let-me-in":
        raise Problem(401, "unauthorized", "Only the presenter may do this.")


@pytest.fixture
async def service() -> AsyncIterator[ShadowService]:
    async with shadow_service() as running:
        yield running


@pytest.fixture
async def polling(tmp_path: Path, service: ShadowService) -> AsyncIterator[Polling]:
    database = RoomDatabase(tmp_path / "rooms.db")
    await database.open()
    shadows = service.client, service
    room = Polling("DEMO", "room-DEMO-x", database, *shadows, lambda: None, lambda: 1, Everybody(), "key")
    await room.start()
    yield room
    await room.stop()
    await database.close()


@pytest.fixture
async def http(polling: Polling) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(router_for(polling, refuse_strangers))

    @app.exception_handler(Problem)
    async def problem(_request: Request, error: Problem) -> Response:
        return error.response()

    transport = httpx.ASGITransport(app)
    headers = {"Authorization": "Bearer let-me-in"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://room/api/rooms/DEMO", headers=headers
    ) as client:
        yield client


async def test_a_poll_from_creation_to_its_export(
    http: httpx.AsyncClient, polling: Polling, service: ShadowService
) -> None:
    """Create, open, vote, lock, reveal, export: every answer has the poll as it is now."""
    created = await http.post("/polls", json=SINGLE)
    assert created.status_code == 201
    poll: dict[str, Any] = created.json()
    assert poll["state"] == "draft"
    assert poll["tally"] == {"Tabs": 0, "Spaces, of course": 0}
    url = f"/polls/{poll['id']}"
    assert (await http.post(f"{url}/open")).json()["state"] == "open"
    for n in range(3):
        await service.join(f"phone-{n}")
        version = await service.vote(f"phone-{n}", poll["id"], "Spaces, of course")
        polling.ballot_changed(f"phone-{n}", version, {poll["id"]: {"choice": ["Spaces, of course"]}})
    live = (await http.get(url)).json()
    assert live["answered"] == 3
    assert live["tally"] == {"Tabs": 0, "Spaces, of course": 3}
    assert (await http.post(f"{url}/lock")).json()["state"] == "locked"
    assert (await http.post(f"{url}/reopen")).json()["state"] == "open"
    assert (await http.post(f"{url}/lock")).json()["answered"] == 3
    assert (await http.post(f"{url}/reveal")).json()["state"] == "revealed"
    assert [entry["id"] for entry in (await http.get("/polls")).json()["polls"]] == [poll["id"]]
    for path in ("/export.csv", "/polls/export.csv"):
        exported = await http.get(path)
        assert exported.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(exported.text)))
        assert {row["option"]: int(row["count"]) for row in rows} == {"Tabs": 0, "Spaces, of course": 3}
    assert (await http.get("/export.json")).json()["polls"][0]["answered"] == 3
    reset = (await http.post(f"{url}/reset")).json()
    assert (reset["id"], reset["state"], reset["answered"]) == (poll["id"], "draft", 0)
    assert reset["ballot_key"] != poll["ballot_key"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"kind":"ranking","question":"?","options":["a","b"]}', 400),
        (b'{"kind":"single","question":"?","options":["a"]}', 400),
        (b'"' + b"x" * 70_000 + b'"', 413),
    ],
)
async def test_bad_input_is_refused_with_one_sentence(
    http: httpx.AsyncClient, body: bytes, status: int
) -> None:
    """The answer is the problem's shape, and the list of polls stays empty."""
    refused = await http.post("/polls", content=body)
    assert refused.status_code == status
    assert set(refused.json()) == {"error", "message"}
    assert refused.json()["message"].endswith(".")
    assert (await http.get("/polls")).json() == {"polls": []}


async def test_wrong_moments_and_unknown_polls_have_their_status(http: httpx.AsyncClient) -> None:
    """409 for a state that does not allow it, 404 for what is not there, in every route."""
    poll = (await http.post("/polls", json={"kind": "yesno", "question": "?"})).json()
    assert poll["options"] == ["Yes", "No"]
    for change in ("lock", "reveal", "reopen", "reset"):
        wrong = await http.post(f"/polls/{poll['id']}/{change}")
        assert (wrong.status_code, wrong.json()["error"]) == (409, "wrong_state")
    for change in ("open", "lock", "reveal", "reopen", "reset"):
        unknown = await http.post(f"/polls/p-none/{change}")
        assert (unknown.status_code, unknown.json()["error"]) == (404, "unknown_poll")
    assert (await http.get("/polls/p-none")).status_code == 404


async def test_only_the_presenter_of_this_room_gets_in(http: httpx.AsyncClient) -> None:
    """No route answers a stranger, and none answers for another room."""
    for method, path in (
        ("GET", "/polls"), ("POST", "/polls"), ("GET", "/polls/p1"), ("POST", "/polls/p1/open"),
        ("GET", "/export.csv"), ("GET", "/export.json"), ("GET", "/polls/export.json"),
    ):  # fmt: skip
        assert (await http.request(method, path, headers={"Authorization": "x"})).status_code == 401
        other = f"http://room/api/rooms/OTHER{path}"
        assert (await http.request(method, other)).status_code == 404


async def test_a_fleet_that_is_away_is_503(http: httpx.AsyncClient, service: ShadowService) -> None:
    """The presenter reads what to do, and the poll is still open."""
    poll = (await http.post("/polls", json=SINGLE)).json()
    await http.post(f"/polls/{poll['id']}/open")
    service.reachable = False
    answer = await http.post(f"/polls/{poll['id']}/lock")
    assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
    assert (await http.get(f"/polls/{poll['id']}")).json()["state"] == "open"
