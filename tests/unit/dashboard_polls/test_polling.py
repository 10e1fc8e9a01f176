"""The polls of a room on a real database and the real shadow service, in one process."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from broker_bridge.client import ShadowId
from broker_bridge.wire.topics import Operation
from dashboard.database import RoomDatabase
from dashboard.rooms.poll import (
    Poll,
    PollState,
)
from dashboard.rooms.poll_errors import PollUnavailable, UnknownPoll, WrongState
from dashboard.rooms.poll_parsing import parse_draft
from tests.support.asked_polls import AskedPolls, Everybody
from tests.support.shadow_service import ShadowService, shadow_service

ROOM_THING = "room-DEMO-abcdefgh"
DRAFT = parse_draft({"kind": "single", "question": "Which?", "options": ["A", "B", "C"]})
NAMED = parse_draft({"kind": "single", "question": "Who?", "options": ["A", "B"], "anonymous": False})


@dataclass
class Room:
    """A room's polls, and the service that holds its shadows."""

    polling: AskedPolls
    service: ShadowService
    told: list[int]
    """One entry for each notification."""
    news: asyncio.Event
    """Set with each notification."""

    async def asked(self) -> dict[str, Any] | None:
        """What the room's shadow says is asked."""
        poll: dict[str, Any] | None = (await self.service.desired(ROOM_THING, "poll")).get("poll")
        return poll

    def tally(self, poll: Poll) -> dict[str, int]:
        tally: dict[str, int] = self.polling.describe(self.polling.get(poll.id))["tally"]
        return tally

    async def hears(self, thing: str, version: int) -> None:
        """Deliver a phone's current ballot, as the live room would on `update/documents`."""
        reply = await self.service.desk.request(ShadowId(thing, "ballot"), Operation.GET, b"", via_rest=True)
        document = orjson.loads(reply.payload)
        assert document["version"] == version
        self.polling.ballot_changed(thing, version, document["state"].get("reported"))

    async def votes(self, thing: str, poll: Poll, option: str | None) -> None:
        """A vote of a phone that is heard at once."""
        key = self.polling.get(poll.id).ballot_key
        await self.hears(thing, await self.service.vote(thing, key, option))


@asynccontextmanager
async def room_on(
    path: Path, service: ShadowService, is_member: Any = lambda _thing: True
) -> AsyncIterator[Room]:
    """A dashboard's polls from start to stop: enter it twice to restart."""
    database, told, news = RoomDatabase(path), [0], asyncio.Event()
    await database.open()

    def notify() -> None:
        told.append(1)
        news.set()

    clock = iter(range(1_000_000))
    polling = AskedPolls(
        "DEMO",
        ROOM_THING,
        database,
        service.client,
        service,
        notify,
        lambda: next(clock),
        Everybody(is_member),
        "the room's secret",
    )
    await polling.start()
    try:
        yield Room(polling, service, told, news)
    finally:
        await polling.stop()
        await database.close()


async def rebuild(room: Room) -> None:
    """What the live room does at start: read every ballot from the fleet."""
    async for found in room.service.search("shadow.reported.room:DEMO"):
        ballot = found.shadow.get("name", {}).get("ballot")
        if ballot is not None:
            room.polling.ballot_changed(found.thing, ballot["version"], ballot.get("reported"))


@pytest.fixture
async def service() -> AsyncIterator[ShadowService]:
    async with shadow_service() as running:
        yield running


@pytest.fixture
async def room(tmp_path: Path, service: ShadowService) -> AsyncIterator[Room]:
    async with room_on(tmp_path / "rooms.db", service) as running:
        yield running


async def test_the_rooms_shadow_tells_each_state_and_results_only_at_the_end(room: Room) -> None:
    """From draft to revealed, the shadow holds exactly the public message."""
    poll = await room.polling.create(DRAFT)
    assert room.polling.public_poll() is None
    assert await room.asked() is None
    await room.service.join("phone-1")
    asked: dict[str, Any] | None = None
    for change, state in (("open", "open"), ("lock", "locked"), ("reveal", "revealed")):
        await getattr(room.polling, change)(poll.id)
        asked = await room.asked()
        assert asked == room.polling.public_poll()
        assert asked is not None
        assert asked["state"] == state
        assert ("results" in asked) is (state == "revealed")
        if state == "open":
            await room.votes("phone-1", poll, "B")
    assert asked is not None
    assert asked["results"] == {"A": 0, "B": 1, "C": 0}
    await room.polling.reset(poll.id)
    assert await room.asked() is None


async def test_no_result_of_one_poll_stays_in_the_next_ones_message(room: Room) -> None:
    """A shadow merges its updates, but a question never shows another one's options or results."""
    first = await room.polling.create(DRAFT)
    second = await room.polling.create(
        parse_draft({"kind": "single", "question": "Two?", "options": ["X", "Y"]})
    )
    for poll in (first, second):
        await room.polling.open(poll.id)
        await room.polling.lock(poll.id)
    await room.polling.reveal(first.id)
    assert await room.asked() == room.polling.public_poll()
    await room.polling.reveal(second.id)
    asked = await room.asked()
    assert asked is not None
    assert asked["results"] == {"X": 0, "Y": 0}
    await room.polling.reset(second.id)
    assert await room.asked() is None


async def test_a_mind_changed_and_withdrawn_counts_as_last_said(room: Room) -> None:
    """One phone has one vote, whatever it said before, until it takes it back."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    for option, tally in (
        ("A", {"A": 1, "B": 0, "C": 0}),
        ("B", {"A": 0, "B": 1, "C": 0}),
        ("Z", {"A": 0, "B": 0, "C": 0}),
        ("C", {"A": 0, "B": 0, "C": 1}),
        (None, {"A": 0, "B": 0, "C": 0}),
    ):
        await room.votes("phone-1", poll, option)
        assert room.tally(poll) == tally
        assert room.polling.answered() == sum(tally.values())


async def test_an_older_delivery_changes_nothing(room: Room) -> None:
    """A late or repeated message of an older version is no vote."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    for version, option in ((2, "B"), (1, "A"), (2, "B"), (1, "A")):
        room.polling.ballot_changed("phone-1", version, {poll.ballot_key: {"choice": [option]}})
    assert room.tally(poll) == {"A": 0, "B": 1, "C": 0}


async def test_locking_counts_ballots_whose_message_was_lost(room: Room) -> None:
    """What the live room never heard is read from the fleet before the count is frozen."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    for n in range(250):
        await room.service.join(f"phone-{n:03}")
        version = await room.service.vote(f"phone-{n:03}", poll.ballot_key, "ABC"[n % 3])
        if n % 2:
            await room.hears(f"phone-{n:03}", version)
    assert room.polling.answered() == 125
    await room.polling.lock(poll.id)
    assert room.tally(poll) == {"A": 84, "B": 83, "C": 83}


async def test_a_vote_after_the_lock_never_counts(room: Room) -> None:
    """Neither live, nor revealed, nor exported, while the poll stays locked."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    await room.service.join("phone-1")
    await room.service.join("phone-2")
    await room.votes("phone-1", poll, "A")
    await room.polling.lock(poll.id)
    await room.votes("phone-1", poll, "B")
    await room.votes("phone-2", poll, "B")
    assert room.tally(poll) == {"A": 1, "B": 0, "C": 0}
    await room.polling.reveal(poll.id)
    public = room.polling.public_poll()
    assert public is not None
    assert public["results"] == {"A": 1, "B": 0, "C": 0}


async def test_a_vote_while_the_fleet_is_read_counts_once_or_not_at_all(room: Room) -> None:
    """A ballot that changes between two pages of the reconciliation is one vote, and the sum is right."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    for n in range(6):
        await room.service.join(f"phone-{n}")
        await room.votes(f"phone-{n}", poll, "A")
    room.service.page_size = 3

    def late_vote() -> None:
        for thing in ("phone-0", "phone-5"):
            payload = orjson.dumps({"state": {"reported": {poll.ballot_key: {"choice": ["B"]}}}})
            room.service.desk.submit(ShadowId(thing, "ballot"), Operation.UPDATE, payload, lambda _: None)

    room.service.during_search.append(late_vote)
    await room.polling.lock(poll.id)
    tally = room.tally(poll)
    assert sum(tally.values()) == 6
    assert tally == {"A": 5, "B": 1, "C": 0}  # phone-0's page had been read, phone-5's not


@pytest.mark.parametrize("draft", [DRAFT, NAMED], ids=["anonymous", "named"])
async def test_the_locked_count_is_the_same_after_a_restart(
    tmp_path: Path, service: ShadowService, draft: Any
) -> None:
    """Late votes are in the shadows when the room is rebuilt, and still do not count."""
    async with room_on(tmp_path / "rooms.db", service) as room:
        poll = await room.polling.create(draft)
        await room.polling.open(poll.id)
        for n in range(5):
            await service.join(f"phone-{n}")
        for n in range(3):
            await room.votes(f"phone-{n}", poll, "A")
        await room.polling.lock(poll.id)
        await service.vote("phone-4", poll.ballot_key, "B")
        before = room.polling.describe(room.polling.get(poll.id))
        exported = room.polling.export_csv()
    async with room_on(tmp_path / "rooms.db", service) as room:
        await rebuild(room)
        assert room.polling.describe(room.polling.get(poll.id)) == before
        assert room.polling.export_csv() == exported
        assert room.tally(poll)["A"] == 3
        revealed = await room.polling.reveal(poll.id)
        assert revealed.state is PollState.REVEALED
    async with room_on(tmp_path / "rooms.db", service) as room:
        public = room.polling.public_poll()
        assert public is not None
        assert public["results"]["A"] == 3


async def test_an_open_poll_is_counted_again_from_the_shadows_after_a_restart(
    tmp_path: Path, service: ShadowService
) -> None:
    """While a poll is open the database holds no ballot: all come back from the phones' shadows."""
    async with room_on(tmp_path / "rooms.db", service) as room:
        poll = await room.polling.create(DRAFT)
        await room.polling.open(poll.id)
        for n in range(5):
            await service.join(f"phone-{n}")
            await room.votes(f"phone-{n}", poll, "C")
    async with room_on(tmp_path / "rooms.db", service) as room:
        assert room.polling.answered() == 0
        await rebuild(room)
        assert room.polling.answered() == 5
        await room.polling.lock(poll.id)
        assert room.tally(poll) == {"A": 0, "B": 0, "C": 5}


async def test_reopening_counts_everybody_again_and_later_votes_too(room: Room) -> None:
    """After a lock and a reopening the count is of the ballots as they are now."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    await room.service.join("phone-1")
    await room.service.join("phone-2")
    await room.votes("phone-1", poll, "A")
    await room.polling.lock(poll.id)
    await room.votes("phone-1", poll, "B")
    await room.polling.reopen(poll.id)
    assert room.tally(poll) == {"A": 0, "B": 1, "C": 0}
    await room.votes("phone-2", poll, "C")
    await room.polling.lock(poll.id)
    assert room.tally(poll) == {"A": 0, "B": 1, "C": 1}


@pytest.mark.parametrize("restart", [False, True])
async def test_ballots_of_an_earlier_round_never_count_again(
    tmp_path: Path, service: ShadowService, restart: bool
) -> None:
    """After a reset old facts stay in the shadows, are even written again beside others, and are no votes."""
    async with room_on(tmp_path / "rooms.db", service) as room:
        poll = await room.polling.create(DRAFT)
        await room.polling.open(poll.id)
        for n in range(3):
            await service.join(f"phone-{n}")
            await room.votes(f"phone-{n}", poll, "A")
        await room.polling.lock(poll.id)
        await room.polling.reset(poll.id)
        await room.polling.open(poll.id)
        assert room.polling.answered() == 0
        if not restart:
            await room.hears("phone-0", await service.vote("phone-0", poll.ballot_key, "B"))
            await room.votes("phone-1", poll, "C")
            await room.polling.lock(poll.id)
            assert room.tally(poll) == {"A": 0, "B": 0, "C": 1}
    async with room_on(tmp_path / "rooms.db", service) as room:
        await rebuild(room)
        assert room.polling.answered() == (0 if restart else 1)


async def test_the_poll_is_found_by_its_id_and_by_every_ballot_key(room: Room) -> None:
    """What phones and the feed call a poll after a reset leads to the same poll in the API."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    again = await room.polling.reset(poll.id)
    assert again.ballot_key != poll.ballot_key
    assert room.polling.get(again.ballot_key) == room.polling.get(poll.id) == again
    for unknown in ("p0", f"{poll.id}x", f"{poll.id}-", f"{poll.id}-x", ""):
        with pytest.raises(UnknownPoll):
            room.polling.get(unknown)


async def test_a_second_poll_waits_until_the_first_is_locked(room: Room) -> None:
    """Opening beside an open poll is refused, and changes nothing."""
    first, second = await room.polling.create(DRAFT), await room.polling.create(NAMED)
    await room.polling.open(first.id)
    with pytest.raises(WrongState, match="Another poll is open"):
        await room.polling.open(second.id)
    assert room.polling.get(second.id).state is PollState.DRAFT
    await room.polling.lock(first.id)
    await room.polling.open(second.id)
    await room.polling.reveal(first.id)
    public = room.polling.public_poll()
    assert public is not None
    assert public["id"] == second.id, "the open question stays on the phones"


async def test_presses_at_the_same_moment_take_effect_once(room: Room) -> None:
    """Of many opens, locks and resets at once, each transition happens once and the rest are refused."""
    poll = await room.polling.create(DRAFT)
    for change in ("open", "lock", "reveal", "reset"):
        results = await asyncio.gather(
            *(getattr(room.polling, change)(poll.id) for _ in range(5)), return_exceptions=True
        )
        assert sum(isinstance(result, Poll) for result in results) == 1
        assert sum(isinstance(result, WrongState) for result in results) == 4
    assert room.polling.get(poll.id).round == 2


async def test_two_polls_opened_at_the_same_moment_are_never_both_open(room: Room) -> None:
    """One wins."""
    polls = [await room.polling.create(DRAFT) for _ in range(4)]
    await asyncio.gather(*(room.polling.open(poll.id) for poll in polls), return_exceptions=True)
    assert [poll.state for poll in room.polling.list()].count(PollState.OPEN) == 1


async def test_votes_while_locking_are_either_in_the_count_or_after_it(room: Room) -> None:
    """2,000 votes around the lock: the frozen count is what it was at one moment, and stays so."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    things = [f"phone-{n:04}" for n in range(400)]
    for thing in things:
        await room.service.join(thing)

    async def vote_often() -> None:
        for option in "ABCAB":
            for thing in things:
                version = await room.service.vote(thing, poll.ballot_key, option)
                room.polling.ballot_changed(thing, version, {poll.ballot_key: {"choice": [option]}})

    voting = asyncio.create_task(vote_often())
    while room.polling.answered() < 200:
        room.news.clear()
        await asyncio.wait_for(room.news.wait(), 30)
    await room.polling.lock(poll.id)
    frozen = room.tally(poll)
    await voting
    assert room.tally(poll) == frozen
    assert 200 <= sum(frozen.values()) <= len(things)
    stored = await room.polling.kept()
    kept = Counter(label for answer in stored.frozen[poll.id].values() for label in answer.labels)
    assert {option: kept[option] for option in frozen} == frozen


async def test_a_lock_without_the_fleet_leaves_the_poll_open_and_says_so(room: Room) -> None:
    """When the ballots cannot be read, nothing is frozen and the room is told that voting goes on."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    await room.votes("phone-1", poll, "A")
    room.service.reachable = False
    with pytest.raises(PollUnavailable, match="the poll is still open"):
        await room.polling.lock(poll.id)
    assert room.polling.get(poll.id).state is PollState.OPEN

    async def open_again() -> bool:
        asked = await room.asked()
        return asked is not None and asked["state"] == "open"

    await room.service.until(open_again)
    room.service.reachable = True
    await room.votes("phone-2", poll, "B")
    await room.polling.lock(poll.id)
    assert room.tally(poll) == {"A": 1, "B": 1, "C": 0}


async def test_a_disk_that_says_no_leaves_the_poll_as_it_was(tmp_path: Path, service: ShadowService) -> None:
    """A lock that cannot be saved is no lock: not in memory, not on disk, not for the phones."""
    path = tmp_path / "rooms.db"
    async with room_on(path, service) as room:
        poll = await room.polling.create(DRAFT)
        await room.polling.open(poll.id)
        await room.service.join("phone-1")
        await room.votes("phone-1", poll, "A")
        with sqlite3.connect(path) as other:
            other.execute(
                "CREATE TRIGGER no BEFORE INSERT ON poll_answers BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        other.close()
        with pytest.raises(PollUnavailable, match="could not be saved"):
            await room.polling.lock(poll.id)
        assert room.polling.get(poll.id).state is PollState.OPEN
    async with room_on(path, service) as room:
        assert room.polling.get(poll.id).state is PollState.OPEN

        async def open_again() -> bool:
            asked = await room.asked()
            return asked is not None and asked["state"] == "open"

        await room.service.until(open_again)


async def test_a_crash_between_database_and_shadow_heals_at_start(
    tmp_path: Path, service: ShadowService
) -> None:
    """Whatever the room's shadow says at start, it soon says what the database says."""
    async with room_on(tmp_path / "rooms.db", service) as room:
        poll = await room.polling.create(DRAFT)
        await room.polling.open(poll.id)
        await room.polling.lock(poll.id)
        right = room.polling.public_poll()
    wrong = {"poll": {"id": "p-old", "state": "revealed", "results": {"Old": 7}, "note": {"deep": 1}}}
    await service.desk.request(
        ShadowId(ROOM_THING, "poll"), Operation.UPDATE, orjson.dumps({"state": {"desired": wrong}})
    )
    async with room_on(tmp_path / "rooms.db", service) as room:

        async def healed() -> bool:
            return await room.asked() == right

        await room.service.until(healed)


async def test_somebody_elses_poll_is_replaced_by_ours(room: Room) -> None:
    """Whoever writes or deletes the room's shadow between two of our steps, it then holds only ours."""
    poll = await room.polling.create(DRAFT)
    shadow = ShadowId(ROOM_THING, "poll")
    others = {"poll": {"id": "x", "results": {"Old": 7}}, "note": 1}
    for change, operation in (
        ("open", Operation.UPDATE),
        ("lock", Operation.UPDATE),
        ("reveal", Operation.DELETE),
        ("reset", Operation.UPDATE),
    ):
        await getattr(room.polling, change)(poll.id)
        public = room.polling.public_poll()
        assert await room.service.desired(ROOM_THING, "poll") == ({} if public is None else {"poll": public})
        payload = orjson.dumps({"state": {"desired": others}}) if operation is Operation.UPDATE else b""
        await room.service.desk.request(shadow, operation, payload)


async def test_a_broker_that_is_away_is_told_when_it_returns(room: Room) -> None:
    """An open that the room could not be told of is saved, says so, and is told as soon as it can be."""
    poll = await room.polling.create(DRAFT)
    room.service.broker.stop()
    with pytest.raises(PollUnavailable, match="could not be told"):
        await room.polling.open(poll.id)
    assert room.polling.get(poll.id).state is PollState.OPEN
    assert await room.asked() is None
    room.service.broker.start()

    async def told() -> bool:
        return await room.asked() == room.polling.public_poll()

    await room.service.until(told)


async def test_a_phone_that_left_does_not_count_in_an_open_poll(room: Room) -> None:
    """Its vote goes with it, late messages do not bring it back, and a frozen count stays."""
    poll, named = await room.polling.create(DRAFT), await room.polling.create(NAMED)
    await room.polling.open(poll.id)
    for thing in ("phone-1", "phone-2"):
        await room.votes(thing, poll, "A")
    await room.polling.lock(poll.id)
    await room.polling.open(named.id)
    for thing in ("phone-1", "phone-2"):
        await room.votes(thing, named, "B")
    room.polling.phone_left("phone-1")
    room.polling.ballot_changed("phone-1", 99, {named.ballot_key: {"choice": ["B"]}})
    assert room.tally(named) == {"A": 0, "B": 1}
    assert room.tally(poll) == {"A": 2, "B": 0, "C": 0}


async def test_a_phone_taken_out_has_no_vote_until_it_is_let_in_again(room: Room) -> None:
    """Removal is reversible, and so is its effect on an open poll."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    await room.votes("phone-1", poll, "A")
    for removed, count in ((True, 0), (True, 0), (False, 1)):
        room.polling.phone_removed("phone-1", removed)
        assert room.polling.answered() == count


async def test_things_that_are_no_phones_of_the_room_have_no_vote(
    tmp_path: Path, service: ShadowService
) -> None:
    """A thing that merely says it is in the room is not counted when the fleet is read."""
    async with room_on(tmp_path / "rooms.db", service, lambda thing: thing == "phone-1") as room:
        poll = await room.polling.create(DRAFT)
        await room.polling.open(poll.id)
        for thing in ("phone-1", "stranger"):
            await service.join(thing)
            await service.vote(thing, poll.ballot_key, "A")
        await room.polling.lock(poll.id)
        assert room.tally(poll) == {"A": 1, "B": 0, "C": 0}


async def test_the_database_and_the_export_of_an_anonymous_poll_name_no_phone(
    tmp_path: Path, room: Room
) -> None:
    """Nothing but counts leaves the process: not to disk, not to a file, not to a screen."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    await room.service.join("phone-1")
    await room.votes("phone-1", poll, "A")
    seen = [room.polling.export_csv(), orjson.dumps(room.polling.export_json()).decode()]
    await room.polling.lock(poll.id)
    await room.polling.reveal(poll.id)
    seen += [room.polling.export_csv(), orjson.dumps(room.polling.export_json()).decode()]
    seen += [str(room.polling.public_poll()), str(room.polling.presenter_poll())]
    assert not any("phone-1" in text for text in seen)
    with sqlite3.connect(tmp_path / "rooms.db") as database:
        assert "phone-1" not in "\n".join(database.iterdump())
    database.close()


async def test_the_export_of_a_named_poll_has_a_row_for_each_phone(room: Room) -> None:
    """Rows by phone, a row for an option that nobody chose, and a sum that is the tally."""
    poll = await room.polling.create(NAMED)
    await room.polling.open(poll.id)
    for n in range(3):
        await room.service.join(f"phone-{n}")
        await room.votes(f"phone-{n}", poll, "A")
    for _ in ("open", "locked"):
        lines = room.polling.export_csv().splitlines()
        assert lines[0] == "poll,kind,question,state,anonymous,round,option,count,thing,status"
        assert [line.split(",")[6:9] for line in lines[1:]] == [
            ["A", "1", "phone-0"],
            ["A", "1", "phone-1"],
            ["A", "1", "phone-2"],
            ["B", "0", ""],
        ]
        ballots = room.polling.export_json()["polls"][0]["ballots"]
        assert ballots == [{"thing": f"phone-{n}", "labels": ["A"]} for n in range(3)]
        if room.polling.get(poll.id).state is PollState.OPEN:
            await room.polling.lock(poll.id)


async def test_the_feed_is_told_of_every_change_and_of_nothing_else(room: Room) -> None:
    """A vote in an open poll is news once; a repeated message is none."""
    poll = await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    before = len(room.told)
    for _ in range(3):
        room.polling.ballot_changed("phone-1", 1, {poll.ballot_key: {"choice": ["A"]}})
    assert len(room.told) == before + 1
    presenter = room.polling.presenter_poll()
    assert presenter is not None
    assert presenter["tally"] == {"A": 1, "B": 0, "C": 0}
    assert presenter["answered"] == 1
    assert presenter["poll_id"] == poll.id


async def test_polls_that_are_too_old_are_deleted_with_their_ballots(room: Room) -> None:
    """Retention: what was asked before then is gone, on disk and in the phones' shadows; drafts stay."""
    draft, poll = await room.polling.create(DRAFT), await room.polling.create(DRAFT)
    await room.polling.open(poll.id)
    await room.service.join("phone-1")
    await room.votes("phone-1", poll, "A")
    assert await room.polling.program.expire(0) == 0, "it is open"
    await room.polling.lock(poll.id)
    assert await room.polling.program.expire(1) == 0, "it is not old enough"
    assert await room.polling.program.expire(0) == 1
    assert [one.id for one in room.polling.list()] == [draft.id]
    assert await room.service.desired("phone-1", "ballot") == {}
    assert (await room.polling.kept()).frozen == {}
