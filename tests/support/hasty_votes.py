"""A hall that answers within a second while phones drop off and the dashboard dies: was every vote counted?

The crowd is the simulator's: real phones through the room's tunnel. What is true is read from each phone's
shadow through the bridge's REST, and counted here, by nothing of the dashboard's.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from broker_bridge.client import DataPlane, ShadowRefused
from device_sim.crowd.crowd import Crowd
from device_sim.phone.answers import Entry
from device_sim.phone.behaviour import THINK_MAX_SECONDS
from device_sim.phone.phone import Phone
from device_sim.phone.state import State
from tests.support.rooms import PLAIN, RunningRoom, wait_until
from tests.support.seated_crowd import seated_crowd

OPTIONS: Final = ["Mosquitto", "NATS", "Neither, thank you"]
DROPPING: Final = 20
"""Every twentieth phone, 5 %, drops off in the middle and does not come back."""
TWICE: Final = 7
"""Every seventh phone says each of its answers twice."""
KILLED_AFTER_S: Final = 0.4
QUIET_S: Final = 2.0
"""Without a new answer for so long, everybody has answered: nobody thinks longer than a second."""
WITHIN_S: Final = 120.0


class HastyCrowd(Crowd):
    """Everybody has answered, and changed their mind, a second after the question came."""

    def later(self, seconds: float, call: Callable[..., object], *arguments: object) -> None:
        is_vote = getattr(call, "__name__", "") == "_vote"
        super().later(seconds / THINK_MAX_SECONDS / 2 if is_vote else seconds, call, *arguments)

    def voted(self, phone: Phone, question: str, entry: Entry, *, again: bool) -> None:
        super().voted(phone, question, entry, again=again)
        if phone.index % TWICE == 0 and phone.state is State.HERE:
            phone._send(phone._ballot_message(question, entry))

    @property
    def is_safe(self) -> bool:
        """True when everybody who is still here is connected and knows its answers safe."""
        return all(
            phone.state is State.GONE or (phone.state is State.HERE and not phone._unacknowledged)
            for phone in self.phones
        )


@dataclass
class Outcome:
    """What a run came to."""

    counted: dict[str, int]
    """The dashboard's frozen tally."""
    live: dict[str, int]
    """Its tally just before the lock."""
    in_shadows: dict[str, int]
    """What the phones' shadows say."""
    votes: int
    changed: int
    dropped: int
    seconds: dict[str, float] = field(default_factory=dict)


async def hasty_votes(room: RunningRoom, phones: int) -> Outcome:
    """Fill the room, ask, kill the dashboard in the middle, lock, and read the truth."""
    aws = room.session["aws"]
    keys = aws["region"], aws["access_key_id"], aws["secret_access_key"]
    base = f"{room.url}/api/rooms/{room.room}/"
    async with (
        httpx.AsyncClient(base_url=base, headers=room.presenter, timeout=60, trust_env=False) as http,
        DataPlane(aws["endpoint_url"], *keys) as fleet,
        seated_crowd(room, phones, HastyCrowd) as seated,
    ):
        return await _asked(room, seated.crowd, http, fleet)


async def _asked(room: RunningRoom, crowd: HastyCrowd, http: httpx.AsyncClient, fleet: DataPlane) -> Outcome:
    async with asyncio.timeout(WITHIN_S):
        await crowd.arrive()
        await crowd.everyone_came.wait()
    poll = await _do(http, "POST", "polls", json={"question": "Which?", "options": OPTIONS})
    start = time.perf_counter()
    await _do(http, "POST", f"polls/{poll['id']}/open")
    await asyncio.sleep(KILLED_AFTER_S)
    gone = [phone for phone in crowd.phones if phone.index % DROPPING == 0]
    for phone in gone:
        phone.leave()
    await asyncio.to_thread(kill_dashboard, room)
    await asyncio.to_thread(wait_for_dashboard, room)
    back = time.perf_counter()
    await _quiet(crowd)
    settled = time.perf_counter()
    live = (await _do(http, "GET", f"polls/{poll['id']}"))["tally"]
    counted = (await _do(http, "POST", f"polls/{poll['id']}/lock"))["tally"]
    return Outcome(
        counted=counted,
        live=live,
        in_shadows=await _in_shadows(crowd, fleet, poll["ballot_key"]),
        votes=crowd.votes_cast,
        changed=crowd.votes_changed,
        dropped=len(gone),
        seconds={"dashboard back": back - start, "everybody answered": settled - start},
    )


async def _quiet(crowd: HastyCrowd) -> None:
    """Return when everybody is back and nobody answers any more."""
    async with asyncio.timeout(WITHIN_S):
        answers, since = -1, time.perf_counter()
        while time.perf_counter() - since < QUIET_S:
            await asyncio.sleep(0.05)
            said = crowd.votes_cast + crowd.votes_changed
            if said != answers or not crowd.is_safe:
                answers, since = said, time.perf_counter()


async def _in_shadows(crowd: Crowd, fleet: DataPlane, key: str) -> dict[str, int]:
    gate = asyncio.Semaphore(16)

    async def choice(thing: str) -> str | None:
        async with gate:
            try:
                shadow = await fleet.get_shadow(thing, "ballot")
            except ShadowRefused as error:
                if error.code == 404:
                    return None
                raise
        entry = shadow["state"].get("reported", {}).get(key)
        return None if entry is None else str(entry["choice"][0])

    said = Counter(await asyncio.gather(*(choice(phone.thing) for phone in crowd.phones)))
    return {option: said[option] for option in OPTIONS}


async def _do(http: httpx.AsyncClient, method: str, path: str, **more: Any) -> dict[str, Any]:
    answer = await http.request(method, path, **more)
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body


def kill_dashboard(room: RunningRoom) -> None:
    """kill -9, and return when it is dead."""
    pid = wait_until(lambda: room.part_pid("dashboard"), "the dashboard runs")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: room.part_pid("dashboard") != pid, "the dashboard is dead")


def wait_for_dashboard(room: RunningRoom) -> None:
    """Return when the room is ready again."""

    def ready() -> bool:
        try:
            return httpx.get(f"{room.url}/readyz", timeout=5, **PLAIN).status_code == 200
        except httpx.HTTPError:
            return False

    wait_until(ready, "the dashboard is back")
