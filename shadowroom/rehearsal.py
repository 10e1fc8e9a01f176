"""`shadowroom rehearse`: a whole talk from start to report, in a room of its own, without a hand."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
from rich.console import Console

from broker_bridge.client import ClientError, DataPlane, ShadowRefused
from shadowroom.complaint import Complaint
from shadowroom.talk_file import read_talk
from shadowroom.throwaway_room import READY_WITHIN_S, throwaway_room

ANSWERED_WITHIN_S: Final = 40.0
"""Seconds for one poll: simulated people think for twelve at most, and some change their mind after that."""
QUIET_S: Final = 3.0
"""Without a new answer for so long, and most have answered: the poll is locked."""
LOOK_S: Final = 0.25
"""Seconds between two looks."""
REQUEST_S: Final = 30.0
READERS: Final = 16
"""Shadows that are read at a time."""
WRITTEN: Final = ("wordcloud", "text", "questions")


@dataclass(frozen=True, slots=True)
class RehearsalOptions:
    """What `shadowroom rehearse` was asked for."""

    file: Path
    phones: int
    broker: str
    out: Path
    """The folder for export and report."""


class Counted(NamedTuple):
    """What became of one poll."""

    answered: int
    exact: bool
    """The room's count is what the phones' shadows say."""


def rehearse(options: RehearsalOptions, console: Console) -> None:
    """Play the talk. Raises `Complaint` when it cannot be played, or when a count is not exact."""
    polls = played(options, console)
    console.print(f"Report: {options.out / 'report.html'}", highlight=False)
    if not all(poll.exact for poll in polls):
        raise Complaint("A count was not what the phones' shadows say: please report it with these files.")
    console.print("Every count is exactly what the phones' shadows say.")


def played(options: RehearsalOptions, console: Console) -> list[Counted]:
    """Play the talk, and say what became of each poll. Raises `Complaint` when it cannot be played."""
    read_talk(options.file)
    talk = options.file.read_bytes()
    with throwaway_room(options.broker, options.phones) as (session, _):
        console.print(f"A room with {options.phones} phones at {session['stage_url']}", highlight=False)
        return asyncio.run(_Rehearsal(session, options, console).play(talk))


class _Rehearsal:
    """One talk in one room."""

    def __init__(self, session: Mapping[str, Any], options: RehearsalOptions, console: Console) -> None:
        self._session = session
        self._options = options
        self._console = console
        self._room = f"{session['url']}/api/rooms/{session['room']}"
        headers = {"Authorization": f"Bearer {session['presenter_token']}"}
        self._http = httpx.AsyncClient(headers=headers, timeout=REQUEST_S, trust_env=False)

    async def play(self, talk: bytes) -> list[Counted]:
        """Every poll of the file in order."""
        aws = self._session["aws"]
        keys = aws["region"], aws["access_key_id"], aws["secret_access_key"]
        try:
            async with self._http, DataPlane(aws["endpoint_url"], *keys) as fleet:
                await self._everybody_is_here()
                polls = (await self._ask("POST", "/polls/file", content=talk))["polls"]
                counted = [await self._one(poll, fleet) for poll in polls]
                await self._keep()
        except (httpx.HTTPError, ClientError, TimeoutError) as error:
            raise Complaint(f"The rehearsal was broken off: {error or type(error).__name__}.") from error
        return counted

    async def _everybody_is_here(self) -> None:
        async with asyncio.timeout(READY_WITHIN_S):
            while (await self._ask("GET", ""))["connected"] < self._options.phones:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(LOOK_S)

    async def _one(self, poll: Mapping[str, Any], fleet: DataPlane) -> Counted:
        """Open, moderate, wait, lock, compare, reveal."""
        path = f"/polls/{poll['id']}"
        await self._ask("POST", f"{path}/open")
        await self._until_quiet(path, poll["kind"])
        locked = await self._ask("GET", path)
        if locked["state"] == "open":
            locked = await self._ask("POST", f"{path}/lock")
        said = await self._in_shadows(fleet, locked)
        revealed = await self._ask("POST", f"{path}/reveal")
        exact = revealed["answered"] == said.pop("", 0) and all(
            revealed["tally"].get(label, 0) == count for label, count in said.items()
        )
        verdict = "exact" if exact else "NOT EXACT"
        line = f"{poll['kind']:<10} {poll['question']}: {revealed['answered']} answered, {verdict}"
        self._console.print(line, highlight=False, markup=False)
        return Counted(revealed["answered"], exact)

    async def _until_quiet(self, path: str, kind: str) -> None:
        """Until nobody answers any more, or the poll closed by its timer."""
        deadline = time.monotonic() + ANSWERED_WITHIN_S
        known, since = -1, time.monotonic()
        while time.monotonic() < deadline and time.monotonic() - since < QUIET_S:
            await asyncio.sleep(LOOK_S)
            if kind in WRITTEN:
                await self._approve(path)
            seen = await self._ask("GET", path)
            if seen["state"] != "open":
                return
            if seen["answered"] != known:
                known, since = seen["answered"], time.monotonic()

    async def _approve(self, path: str) -> None:
        """As a presenter would: everything that nobody takes offence at."""
        waiting = (await self._ask("GET", f"{path}/entries?status=pending"))["entries"]
        for entry in waiting:
            act = "dismiss" if entry["flagged"] else "approve"
            await self._ask("POST", f"{path}/entries/{entry['id']}/{act}")

    async def _in_shadows(self, fleet: DataPlane, poll: Mapping[str, Any]) -> Counter[str]:
        """What the shadows say: how many answered under `""`, and by label where there are labels."""
        query = f"shadow.reported.room:{self._session['room']}"
        gate = asyncio.Semaphore(READERS)

        async def entry(thing: str) -> Any:
            async with gate:
                try:
                    shadow = await fleet.get_shadow(thing, "ballot")
                except ShadowRefused:
                    return None  # this phone never answered anything
            return shadow["state"].get("reported", {}).get(poll["ballot_key"])

        found = [document async for document in fleet.search(query)]
        if poll["kind"] == "fact":
            facts = [str(one.shadow["reported"][poll["fact"]]) for one in found]
            return Counter(["" for _ in facts]) + Counter(facts)
        entries = [one for one in await asyncio.gather(*(entry(one.thing) for one in found)) if one]
        said = Counter({"": len(entries)})
        for one in entries:
            said.update(one.get("choice", ()))
            if poll["kind"] == "rating":
                said[str(one["number"])] += 1
        return said

    async def _keep(self) -> None:
        self._options.out.mkdir(parents=True, exist_ok=True)
        for name in ("export.csv", "export.json", "report.html"):
            answer = await self._http.get(f"{self._room}/{name}")
            answer.raise_for_status()
            (self._options.out / name).write_bytes(answer.content)

    async def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = await self._http.request(method, f"{self._room}{path}", **more)
        if not answer.is_success:
            said = answer.json().get("message", answer.text)
            raise Complaint(f"The rehearsal was broken off: {said}")
        body: dict[str, Any] = answer.json()
        return body
