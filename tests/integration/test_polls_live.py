"""Polls in a whole room: votes over MQTT from many phones, through crash and restart, counted exactly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from broker_bridge.client import DataPlane
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Message
from tests.support.hasty_votes import hasty_votes, kill_dashboard, wait_for_dashboard
from tests.support.rooms import RunningRoom, running_room

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

PHONES = 300
JOINING = 50
"""Joins at a time, as many connections of a browser crowd as one client may open here."""
OPTIONS = ["Mosquitto", "NATS", "Neither, thank you"]
HEARD_WITHIN_S = 30


class Hall:
    """A running room with phones that vote over the operator's connection."""

    def __init__(self, room: RunningRoom, mqtt: PahoTransport, http: httpx.AsyncClient) -> None:
        self.room, self.mqtt, self.http = room, mqtt, http
        self.things: list[str] = []

    async def fill(self, phones: int) -> None:
        """Join and report, as phones do."""
        gate = asyncio.Semaphore(JOINING)

        async def join() -> str:
            async with gate:
                answer = await self.http.post(f"{self.base}/join", json={"os": "iOS"})
                assert answer.status_code == 201, answer.text
                return str(answer.json()["thing_name"])

        self.things = list(await asyncio.gather(*(join() for _ in range(phones))))
        report = {"room": self.room.room, "os": "iOS"}
        await asyncio.gather(*(self.update(f"{thing}/shadow", report) for thing in self.things))
        await self.stored(phones)

    async def stored(self, phones: int) -> None:
        """Return when the fleet has that many phones of the room."""
        aws = self.room.session["aws"]
        keys = aws["region"], aws["access_key_id"], aws["secret_access_key"]
        async with DataPlane(aws["endpoint_url"], *keys) as fleet, asyncio.timeout(HEARD_WITHIN_S):
            query = f"shadow.reported.room:{self.room.room}"
            while True:
                buckets = await fleet.buckets(query, "shadow.reported.os")
                if sum(bucket.count for bucket in buckets) == phones:
                    return
                await asyncio.sleep(0.05)

    async def update(self, shadow: str, reported: Any) -> None:
        """One shadow update at QoS 1."""
        payload = orjson.dumps({"state": {"reported": reported}})
        await self.mqtt.publish(f"$aws/things/{shadow}/update", payload, qos=1)

    async def vote(self, thing: str, key: str, option: str) -> None:
        await self.update(f"{thing}/shadow/name/ballot", {key: {"choice": [option]}})

    async def do(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """A presenter's request that must succeed."""
        answer = await self.http.request(method, f"{self.base}{path}", headers=self.room.presenter, **more)
        assert answer.is_success, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def open_poll(self) -> str:
        poll = await self.do(
            "POST", "/polls", json={"kind": "single", "question": "Which?", "options": OPTIONS}
        )
        await self.do("POST", f"/polls/{poll['id']}/open")
        return str(poll["id"])

    async def counted(self, poll: str, votes: int) -> dict[str, int]:
        """The tally once that many phones have answered."""
        async with asyncio.timeout(HEARD_WITHIN_S):
            while True:
                seen = await self.do("GET", f"/polls/{poll}")
                if seen["answered"] == votes:
                    return dict(seen["tally"])
                assert seen["answered"] < votes, "a vote was counted twice"
                await asyncio.sleep(0.05)

    @property
    def base(self) -> str:
        return f"{self.room.url}/api/rooms/{self.room.room}"


@asynccontextmanager
async def hall_in(room: RunningRoom, phones: int) -> AsyncIterator[Hall]:
    mqtt = PahoTransport(room.operator)
    await mqtt.connect()
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        hall = Hall(room, mqtt, http)
        try:
            await hall.fill(phones)
            yield hall
        finally:
            await mqtt.close()


@pytest.mark.parametrize("broker", ["embedded", "mosquitto"])
def test_300_phones_that_answer_within_a_second_are_counted_to_the_vote(tmp_path: Path, broker: str) -> None:
    """Some twice, some changing, 5 % dropping off, the dashboard dying: the tally is what the shadows say."""
    with running_room(tmp_path, broker) as room:
        outcome = asyncio.run(hasty_votes(room, PHONES))
    assert outcome.counted == outcome.live == outcome.in_shadows
    assert sum(outcome.counted.values()) > PHONES * 0.7
    assert outcome.changed > 0


def test_a_dashboard_killed_in_the_middle_of_a_vote_counts_as_if_nothing_had_been(tmp_path: Path) -> None:
    """Votes cast while it was dead count, old rounds and late votes do not, and a locked count survives."""

    async def votes(room: RunningRoom) -> None:
        async with hall_in(room, 100) as hall:
            poll = await hall.open_poll()
            await asyncio.gather(*(hall.vote(thing, poll, OPTIONS[0]) for thing in hall.things[:60]))
            await hall.counted(poll, 60)
            await asyncio.to_thread(kill_dashboard, room)
            await asyncio.gather(*(hall.vote(thing, poll, OPTIONS[1]) for thing in hall.things[50:]))
            await asyncio.to_thread(wait_for_dashboard, room)
            tally = await hall.counted(poll, 100)
            assert tally == {OPTIONS[0]: 50, OPTIONS[1]: 50, OPTIONS[2]: 0}
            locked = await hall.do("POST", f"/polls/{poll}/lock")
            await asyncio.gather(*(hall.vote(thing, poll, OPTIONS[2]) for thing in hall.things))
            await asyncio.to_thread(kill_dashboard, room)
            await asyncio.to_thread(wait_for_dashboard, room)
            assert await hall.do("GET", f"/polls/{poll}") == locked
            await hall.do("POST", f"/polls/{poll}/reset")
            await hall.do("POST", f"/polls/{poll}/open")
            again = await hall.do("GET", f"/polls/{poll}")
            assert again["answered"] == 0
            await hall.vote(hall.things[0], again["ballot_key"], OPTIONS[1])
            assert await hall.counted(poll, 1) == {OPTIONS[0]: 0, OPTIONS[1]: 1, OPTIONS[2]: 0}

    with running_room(tmp_path) as room:
        asyncio.run(votes(room))


def test_phones_see_the_question_and_results_only_after_the_reveal(tmp_path: Path) -> None:
    """The retained topic follows every state, and holds no count before the end."""

    async def watch(room: RunningRoom) -> None:
        async with hall_in(room, 3) as hall:
            seen: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

            def arrived(message: Message) -> None:
                seen.put_nowait(orjson.loads(message.payload)["poll"])

            await hall.mqtt.subscribe([f"room/{room.room}/poll"], arrived, qos=1)

            async def state(wanted: str | None) -> dict[str, Any]:
                while True:
                    poll = await asyncio.wait_for(seen.get(), HEARD_WITHIN_S)
                    if (poll and poll["state"]) == wanted:
                        return poll or {}

            poll = await hall.open_poll()
            assert (await state("open"))["options"] == OPTIONS
            for thing in hall.things:
                await hall.vote(thing, poll, OPTIONS[1])
            await hall.counted(poll, 3)
            await hall.do("POST", f"/polls/{poll}/lock")
            assert "results" not in await state("locked")
            await hall.do("POST", f"/polls/{poll}/reveal")
            assert (await state("revealed"))["results"] == {OPTIONS[0]: 0, OPTIONS[1]: 3, OPTIONS[2]: 0}
            await hall.do("POST", f"/polls/{poll}/reset")
            await state(None)

    with running_room(tmp_path) as room:
        asyncio.run(watch(room))
