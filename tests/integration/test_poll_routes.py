"""The presenter's poll routes over HTTP in one real room: clicker, order, instant polls, texts, groups."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from broker_bridge.client import ShadowId, ShadowRefused
from tests.support.dashboard_room import PRESENTER, ROOM, WAIT_S, DashboardRoom, dashboard_room

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

IPHONES, ANDROIDS, MACS = 9, 12, 2
"""Macs are too few to be shown; with one iPhone that has Chrome no browser is shown beside the systems."""


class Desk:
    """A presenter's requests, and an audience whose phones answer."""

    def __init__(self, room: DashboardRoom) -> None:
        self.room = room
        self.things: list[str] = []

    async def fill(self) -> None:
        """Let the audience in; each phone reports."""
        for family, browser, many in (
            ("iOS", "Safari", IPHONES - 1),
            ("iOS", "Chrome", 1),
            ("Android", "Chrome", ANDROIDS),
            ("macOS", "Safari", MACS),
        ):
            for _ in range(many):
                joined = await self.room.join(os=family, browser=browser)
                thing = joined["thing_name"]
                self.things.append(thing)
                report = {"room": ROOM, "os": family, "browser": browser}
                await self.room.shadows.update(ShadowId(thing), reported=report)

    async def asks(self, method: str, path: str = "", body: Any = None, status: int = 200) -> Any:
        """The body of the answer, whose status must be this."""
        url = f"/api/rooms/{ROOM}/polls{path}"
        answer = await self.room.http.request(method, url, json=body, headers=PRESENTER)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def made(self, **draft: Any) -> str:
        """The id of a new poll."""
        body = {"kind": "single", "question": "Tea?", "options": ["Yes", "No"], **draft}
        return str((await self.asks("POST", "", body, 201))["id"])

    async def vote(self, poll: str, *entries: dict[str, Any]) -> None:
        """The first phones answer so, and are counted."""
        for thing, entry in zip(self.things, entries, strict=False):
            await self.room.shadows.update(ShadowId(thing, "ballot"), reported={poll: entry})
        async with asyncio.timeout(WAIT_S):
            while (await self.asks("GET", f"/{poll}"))["answered"] < len(entries):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def texts(self, poll: str, many: int) -> dict[str, dict[str, Any]]:
        """What was written, by the original text, once so many are there: each is checked a moment after the
        answer was counted."""
        async with asyncio.timeout(WAIT_S):
            while True:
                entries = (await self.asks("GET", f"/{poll}/entries"))["entries"]
                if len(entries) >= many:
                    return {one["original"]: one for one in entries}
                await asyncio.sleep(0.01)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """One room with its audience for the whole file."""
    async with dashboard_room(tmp_path_factory.mktemp("room")) as room:
        desk = Desk(room)
        await desk.fill()
        yield desk


@pytest_asyncio.fixture(loop_scope="module")
async def desk(standing: Desk) -> AsyncIterator[Desk]:
    """The room without a poll."""
    yield standing
    for poll in (await standing.asks("GET"))["polls"]:
        if poll["state"] == "open":
            await standing.asks("POST", f"/{poll['id']}/lock")
    await standing.asks("DELETE", "", status=204)


async def test_a_clicker_goes_through_the_polls(desk: Desk) -> None:
    """Next opens, locks and reveals, one poll after the other; back and last show results again."""
    first, second = await desk.made(), await desk.made(question="Coffee?")
    steps = [await desk.asks("POST", "/next") for _ in range(6)]
    assert [(step["id"], step["state"]) for step in steps] == [
        (poll, state) for poll in (first, second) for state in ("open", "locked", "revealed")
    ]
    assert (await desk.asks("POST", "/next", status=409))["error"] == "wrong_state"
    assert (await desk.asks("POST", "/previous"))["id"] == first
    assert (await desk.asks("POST", "/previous", status=409))["message"].endswith(".")
    assert (await desk.asks("POST", "/last"))["id"] == second
    shown = [poll["id"] for poll in (await desk.asks("GET"))["polls"] if poll["shown"]]
    assert shown == [second]
    await desk.asks("POST", "/clear", status=204)
    assert not any(poll["shown"] for poll in (await desk.asks("GET"))["polls"])


async def test_while_a_poll_is_open_nothing_else_is_shown(desk: Desk) -> None:
    """Last and clear are refused, and so is another question."""
    await desk.made()
    await desk.asks("POST", "/next")
    for path in ("/last", "/clear", "/instant"):
        refused = await desk.asks("POST", path, {} if path == "/instant" else None, 409)
        assert refused["error"] == "wrong_state"
    assert [poll["state"] for poll in (await desk.asks("GET"))["polls"]] == ["open"]


async def test_polls_are_put_in_order(desk: Desk) -> None:
    """Those that are named come first; the clicker follows; what cannot be is said."""
    one, two, three = [await desk.made(question=question) for question in ("1?", "2?", "3?")]
    ordered = await desk.asks("POST", "/order", {"ids": [three, one]})
    assert [poll["id"] for poll in ordered["polls"]] == [three, one, two]
    assert [poll["id"] for poll in (await desk.asks("GET"))["polls"]] == [three, one, two]
    assert (await desk.asks("POST", "/next"))["id"] == three
    await desk.asks("POST", "/order", {"ids": [one, one]}, 400)
    await desk.asks("POST", "/order", {"ids": "all"}, 400)
    await desk.asks("POST", "/order", {"ids": ["p-none"]}, 404)


async def test_an_instant_poll_is_open_at_once(desk: Desk) -> None:
    """Two letters to six, with or without words; phones can answer it."""
    poll = await desk.asks("POST", "/instant", {"letters": 3, "question": "Which slide?"}, 201)
    assert (poll["state"], poll["options"], poll["question"]) == ("open", ["A", "B", "C"], "Which slide?")
    await desk.vote(poll["id"], {"choice": ["B"]})
    assert (await desk.asks("GET", f"/{poll['id']}"))["tally"] == {"A": 0, "B": 1, "C": 0}
    await desk.asks("POST", f"/{poll['id']}/lock")
    assert (await desk.asks("POST", "/instant", {}, 201))["options"] == ["A", "B", "C", "D"]
    await desk.asks("POST", "/instant", {"letters": 7}, 400)
    await desk.asks("POST", "/instant", [], 400)


async def test_texts_are_moderated(desk: Desk) -> None:
    """Nothing is public before it is approved; edit, pin, dismiss, ban and undo, each as it says."""
    poll = await desk.made(kind="text", question="What?", options=None)
    await desk.asks("POST", f"/{poll}/open")
    await desk.vote(poll, {"text": "herons"}, {"text": "otters"}, {"text": "newts"}, {"text": "herons"})
    entries = await desk.texts(poll, 3)
    assert {text: (one["status"], one["votes"]) for text, one in entries.items()} == {
        "herons": ("pending", 2),
        "otters": ("pending", 1),
        "newts": ("pending", 1),
    }

    async def decide(text: str, act: str, body: Any = None) -> dict[str, Any]:
        answer = await desk.asks("POST", f"/{poll}/entries/{entries[text]['id']}/{act}", body)
        decided: dict[str, Any] = {one["original"]: one for one in answer["entries"]}
        return decided

    assert (await decide("herons", "approve"))["herons"]["status"] == "approved"
    edited = (await decide("otters", "edit", {"text": "two otters"}))["otters"]
    assert (edited["text"], edited["status"]) == ("two otters", "approved")
    assert next(iter(await decide("otters", "pin"))) == "otters"
    assert not (await decide("otters", "unpin"))["otters"]["pinned"]
    assert (await decide("herons", "dismiss"))["herons"]["status"] == "dismissed"
    assert "newts" not in await decide("newts", "ban")
    listed = (await desk.asks("GET", f"/{poll}/entries?status=dismissed"))["entries"]
    assert [one["original"] for one in listed] == ["herons"]
    undone = await desk.asks("POST", f"/{poll}/entries/undo")
    assert {one["original"] for one in undone["entries"]} == {"herons", "otters", "newts"}
    for _ in range(5):
        assert (await desk.asks("POST", f"/{poll}/entries/undo"))["entries"]
    assert (await desk.asks("GET", f"/{poll}/entries"))["can_undo"] is False
    await desk.asks("POST", f"/{poll}/entries/undo", status=409)
    await desk.asks("POST", f"/{poll}/entries/no-such-text/approve", status=404)
    await desk.asks("POST", f"/{poll}/entries/{entries['newts']['id']}/edit", {"text": ""}, 400)
    await desk.asks("GET", f"/{poll}/entries?status=lost", status=400)


async def test_answers_by_system_and_of_some_phones(desk: Desk) -> None:
    """Groups under five stay hidden, those that would tell about one beside the systems too; a named poll
    shows all."""
    answers = [{"choice": ["Yes" if n % 3 else "No"]} for n in range(IPHONES + ANDROIDS + MACS)]
    secret = await desk.made()
    await desk.asks("POST", f"/{secret}/open")
    await desk.vote(secret, *answers)
    await desk.asks("POST", f"/{secret}/lock")
    by_os = await desk.asks("GET", f"/{secret}?by=os")
    assert [(group["value"], group["answered"]) for group in by_os["groups"]] == [("Android", ANDROIDS)]
    assert by_os["hidden"] == IPHONES + MACS
    assert by_os["groups"][0]["tally"] == {"Yes": 8, "No": 4}
    assert (await desk.asks("GET", f"/{secret}?by=browser"))["groups"] == []
    among = await desk.asks("GET", f"/{secret}?where=os:Android&where={secret}:Yes")
    assert (among["answered"], among["tally"], among["hidden"]) == (8, {"Yes": 8, "No": 0}, 0)
    for where in ("os:macOS", "browser:Chrome", "os:Android&where=browser:Chrome"):
        few = await desk.asks("GET", f"/{secret}?where={where}")
        assert "tally" not in few
        assert few["hidden"] == len(answers)
    known = await desk.made(anonymous=False)
    await desk.asks("POST", f"/{known}/open")
    await desk.vote(known, *answers)
    groups = (await desk.asks("GET", f"/{known}?by=os"))["groups"]
    assert {group["value"]: group["answered"] for group in groups}["macOS"] == MACS
    one = await desk.asks("GET", f"/{known}?where=os:iOS&where=browser:Chrome")
    assert (one["answered"], one["tally"]) == (1, {"Yes": 1, "No": 0})
    await desk.asks("GET", f"/{known}?by=os&where=os:iOS", status=400)
    await desk.asks("GET", f"/{known}?by=p-none", status=404)


async def test_everything_is_deleted(desk: Desk) -> None:
    """Polls, answers and the ballots in the phones' shadows; phones and their reports stay."""
    poll = await desk.made()
    await desk.asks("POST", f"/{poll}/open")
    await desk.vote(poll, {"choice": ["Yes"]}, {"choice": ["No"]})
    await desk.asks("POST", f"/{poll}/lock")
    await desk.asks("DELETE", "", status=204)
    assert await desk.asks("GET") == {"polls": []}
    await desk.asks("GET", f"/{poll}", status=404)
    shadows = desk.room.shadows
    for thing in desk.things[:2]:
        with pytest.raises(ShadowRefused):
            await shadows.get(ShadowId(thing, "ballot"))
    assert (await shadows.get(ShadowId(desk.things[0])))["state"]["reported"]["room"] == ROOM
    assert (await desk.room.state())["answered"] == 0


async def test_only_the_presenter_has_these_routes(desk: Desk) -> None:
    """Each asks for the token."""
    base = f"/api/rooms/{ROOM}/polls"
    for method, path in (
        *(("POST", f"/{name}") for name in ("next", "previous", "last", "clear", "instant", "order", "file")),
        *(("POST", f"/p1/entries/e1/{act}") for act in ("approve", "dismiss", "edit", "pin", "unpin", "ban")),
        *(("POST", "/p1/entries/undo"), ("GET", "/p1/entries"), ("GET", "/p1?by=os"), ("DELETE", "")),
    ):
        assert (await desk.room.http.request(method, base + path)).status_code == 401
