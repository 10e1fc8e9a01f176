"""Asking a real room: its scenes, phones, polls and log, as text and HTTP know them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.dashboard_room import PRESENTER, ROOM, DashboardRoom, dashboard_room, tunnel_phone

pytestmark = pytest.mark.broker


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DashboardRoom]:
    """A room on Mosquitto."""
    async with dashboard_room(tmp_path) as ready:
        yield ready


async def ask(room: DashboardRoom, text: str) -> dict[str, Any]:
    answer = await room.http.post(f"/api/rooms/{ROOM}/ask", json={"text": text}, headers=PRESENTER)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_talk_without_a_hand(room: DashboardRoom) -> None:
    """Groups, one phone, a poll from open to its answers by group, undo, and all of it in the log."""
    draft = {"kind": "yesno", "question": "Tabs?", "anonymous": False}
    made = await room.http.post(f"/api/rooms/{ROOM}/polls", json=draft, headers=PRESENTER)
    assert made.status_code == 201, made.text
    async with tunnel_phone(room, await room.join(os="Android", lang="fr-FR")) as phone:
        await phone.arrive()
        await phone.report(room=ROOM, os="Android", language="fr-FR", seat_row="A", visible=True)
        await room.until(lambda state: state["connected"] == 1 and state["visible"] == 1)
        told = [
            (await ask(room, text))["speech"]
            for text in (
                *("turn the Android phones green", "mets les francophones en bleu", "annule", "make a wave"),
                *("where is phone 1", "où est le téléphone 9", "show the phones by seat row"),
                *("open the poll", "read the question", "reveal the result"),
            )
        ]
        assert told == [
            "The one phone that runs Android turns green.",
            "Le seul téléphone qui parle français passe en bleu.",
            "Annulé : la salle montre ce qu'elle montrait avant.",
            "A wave runs through the room.",
            "Phone 1, Android, is blinking.",
            "Il n'y a pas de téléphone 9 ici.",
            "The only phone here says A.",
            "The question is: Tabs?",
            "Tabs? The answers are Yes and No. Nobody has answered yet.",
            "The poll is still open: close it first.",
        ]
        await phone.report("ballot", **{made.json()["id"]: {"choice": ["Yes"]}})
        await room.until(lambda state: state["answered"] == 1)
        told = [
            (await ask(room, text))["speech"]
            for text in (
                *("who has not voted yet", "close the vote", "reveal the result", "read out the result"),
                *("Android users who said yes", "qui a dit non", "show the answers by system"),
                *("undo", "undo", "undo", "lock the second poll"),
            )
        ]
    assert told == [
        "The only phone here has answered.",
        "The vote is closed with one answer.",
        "Tabs? The only answer here is Yes.",
        "Tabs? The only answer here is Yes.",
        "Android: one of 1 said Yes.",
        "Personne sur 1 n'a dit No.",
        "Android: Yes with 100%.",
        "Undone: the result is hidden again.",
        "Undone: the vote is open again.",
        "Undone: the vote is closed again.",
        "No poll is open, so none can be closed.",
    ]
    log = (await room.http.get(f"/api/rooms/{ROOM}/ask/log", headers=PRESENTER)).json()["asked"]
    assert [line["intent"] for line in log[:4]] == ["poll_lock", "undo", "undo", "undo"]
    assert log[-1]["slots"] == {"group": "os=Android", "color": "#00B140"}
    assert len(log) == 21
