"""All phones of a run: brings them in, back after a loss, and home at the end. No task is one phone's."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable
from random import Random

import structlog
from picows import WSError

from device_sim.crowd.kept_tokens import KeptTokens
from device_sim.dashboard_api import DashboardApi, Declined, NoAnswer
from device_sim.options import SimOptions
from device_sim.phone.answers import Entry, labels_of
from device_sim.phone.backoff import retry_delay
from device_sim.phone.behaviour import persona
from device_sim.phone.link import connect
from device_sim.phone.phone import Phone
from device_sim.phone.state import EXPECTED_HERE, Event, State
from device_sim.phone.surroundings import Surroundings
from device_sim.report.judge import LATE_SECONDS
from device_sim.report.measure import Latencies, Rounds

DOORS = 48
"""Phones that are let in at the same time: keeps a dashboard on two cores busy, and its answers quick."""
DOOR_SECONDS = 30.0
"""For a join and a handshake together, each with a time-out of its own: no phone keeps a door for ever."""
HANDSHAKE_SECONDS = 15.0
"""From the websocket's opening to the report's acknowledgement; a phone that takes longer starts again."""
SWEEP_SECONDS = 0.25
SWEEP_SLICES = 20
"""Each phone is looked at every 5 s, a twentieth of them at a time, so that no sweep blocks the loop."""
_STUCK = frozenset((State.CONNECTING, State.SUBSCRIBING, State.SETTLING))

log = structlog.get_logger(__name__)


class Crowd:
    """The phones, what they saw, and how they voted. It is the `Watcher` of each of them."""

    def __init__(self, options: SimOptions, api: DashboardApi) -> None:
        self._options = options
        self._api = api
        self._rng = Random(f"{options.seed}:backoff")  # noqa: S311, a crowd and no secret
        self._queue: asyncio.Queue[Phone] = asyncio.Queue()
        """Phones that are due to connect; bounded by the number of phones, each is in it at most once."""
        scenario = options.scenario
        self.surroundings = Surroundings(options.room, options.seed, scenario.votes, scenario.duplicate_share)
        self.phones = [
            Phone(index, persona(options.seed, index), self.surroundings, self)
            for index in range(options.phones)
        ]
        self._tokens = KeptTokens(options.tokens)
        for phone in self.phones:
            phone.token = self._tokens.known.get(phone.index, "")
        self.slots: dict[int, Phone] = {}
        self.join_times = Latencies()
        self.recolours = Rounds()
        self.without_network: set[int] = set()
        """Phones that reach nothing now, by index."""
        self.joined = self.refused = self.reconnects = self.sends = self.late_sends = 0
        self.last_refusal: str | None = None
        self.votes_cast = self.votes_changed = 0
        self.ballots: dict[str, dict[int, Entry]] = {}
        """The last answer of each phone to each question."""
        self.started = self.last_joined = 0.0
        self.everyone_came = asyncio.Event()
        """Set when each phone was here once, or was refused."""

    # Coming

    async def arrive(self) -> None:
        """Let the phones come at their times; ends when the last one is at the door.

        Phones of a larger crowd that was killed are forgotten before.
        """
        await self._have_forgotten([index for index in self._tokens.known if index >= len(self.phones)])
        schedule = self._options.arrivals()
        self.started = time.perf_counter()
        for phone, after in zip(self.phones, schedule, strict=True):
            phone.due = self.started + after
            if (early := phone.due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            phone.step(Event.ARRIVE)
            self.sent(phone.due)
            self._queue.put_nowait(phone)

    async def attend_door(self) -> None:
        """Connect one phone after another, for ever; `DOORS` of these run at once."""
        while True:
            phone = await self._queue.get()
            if phone.state is State.AWAY:
                phone.step(Event.RETRY if phone.password else Event.REJOIN)
            try:
                async with asyncio.timeout(DOOR_SECONDS):
                    await self._let_in(phone)
            except (NoAnswer, WSError, OSError, TimeoutError) as error:
                log.debug("no_connection", thing=phone.thing, room=self._options.room, error=str(error))
            except asyncio.CancelledError:
                # A room that dies in the middle of a handshake may cancel what we wait for, and not us.
                if (task := asyncio.current_task()) is None or task.cancelling():
                    raise
            if phone.state in (State.JOINING, State.CONNECTING) and not phone.has_line:
                phone.failed()

    async def _let_in(self, phone: Phone) -> None:
        if phone.index in self.without_network:
            raise NoAnswer("no network")
        if phone.state is State.JOINING:
            await self._admit(phone)
        if phone.state is State.CONNECTING:
            if self._options.direct is not None and not await self._api.hears_broker():
                raise NoAnswer("the room does not hear its broker")
            phone.heard = time.perf_counter()
            await connect(phone, self._options.direct)

    async def _admit(self, phone: Phone) -> None:
        try:
            answer, tunnel = await self._api.join(phone)
        except Declined as refusal:
            self._decline(phone, str(refusal))
            return
        if phone.state is not State.JOINING:  # The crowd went home meanwhile.
            await self._api.leave(answer["token"])
            return
        if self.slots.get(phone.slot) is phone:
            del self.slots[phone.slot]  # It may come back to another one.
        phone.admitted(answer, tunnel)
        self.slots[phone.slot] = phone
        self._tokens.keep(phone.index, phone.token)

    def _decline(self, phone: Phone, reason: str) -> None:
        self.last_refusal = reason
        self.refused += 1
        if phone.state is State.JOINING:
            phone.step(Event.REFUSED)
        self._check_everyone()

    def _check_everyone(self) -> None:
        if self.joined + self.refused >= len(self.phones):
            self.everyone_came.set()

    # What phones tell

    def later(self, seconds: float, call: Callable[..., object], *arguments: object) -> None:
        """Call back after so many seconds."""
        asyncio.get_running_loop().call_later(seconds, call, *arguments)

    def sent(self, intended: float) -> None:
        """Count a send, and whether we were late with it.

        A phone that waits for a free door was not sent late: then the room is slower than its audience, and
        that shows in the times, which count from `due`.
        """
        self.sends += 1
        self.late_sends += time.perf_counter() - intended > LATE_SECONDS

    def settled(self, phone: Phone) -> None:
        """A phone is in the room: for the first time, or again."""
        phone.attempt, phone.offline_since = 0, None
        if phone.joined:
            self.reconnects += 1
            return
        phone.joined = True
        self.joined += 1
        self.last_joined = time.perf_counter()
        self.join_times.record(self.last_joined - phone.due)
        self._check_everyone()

    def shown(self, phone: Phone, version: int) -> None:
        """A phone shows a scene."""
        self.recolours.seen(version, phone.index, time.perf_counter())

    def voted(self, phone: Phone, question: str, entry: Entry, *, again: bool) -> None:
        """A phone voted, or changed its mind."""
        self.votes_cast += not again
        self.votes_changed += again
        self.ballots.setdefault(question, {})[phone.index] = entry

    def dropped(self, phone: Phone) -> None:
        """A phone lost its connection: it tries again with full jitter."""
        self._api.doubt()
        now = time.perf_counter()
        phone.offline_since = phone.offline_since or now
        delay = retry_delay(phone.attempt, now - phone.offline_since, self._rng.random())
        phone.attempt += 1
        self.later(delay, self.come_back, phone)

    def come_back(self, phone: Phone) -> None:
        """Have a phone connect now, if it has no connection and is not asleep."""
        if phone.state is State.AWAY and phone.visible:
            self._queue.put_nowait(phone)

    async def keep_alive(self) -> None:
        """Ping for idle phones and start stuck ones again, for ever."""
        turn = 0
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.perf_counter()
            for phone in self.phones[turn::SWEEP_SLICES]:
                if phone.state in _STUCK and now - phone.heard > HANDSHAKE_SECONDS:
                    phone.hang_up()
                else:
                    phone.ping_if_idle(now)
            turn = (turn + 1) % SWEEP_SLICES

    # How it stands

    @property
    def here(self) -> list[Phone]:
        """The phones that are in the room now."""
        return [phone for phone in self.phones if phone.state is State.HERE]

    @property
    def following(self) -> list[Phone]:
        """Those of them to whom a message gets through."""
        return [phone for phone in self.here if phone.index not in self.without_network]

    @property
    def wrong(self) -> int:
        """Phones in the room that show another colour than the latest scene gives them."""
        return sum(phone.is_wrong for phone in self.here)

    @property
    def lost(self) -> int:
        """Phones that should be here and are not, or that wait for an acknowledgement; none that sleep."""
        return sum(
            phone.state in EXPECTED_HERE
            and not phone.is_asleep
            and (phone.state is not State.HERE or phone.owes > 0)
            for phone in self.phones
        )

    @property
    def tallies(self) -> dict[str, dict[str, int]]:
        """What the crowd's ballots must add up to, by question."""
        return {
            question: dict(Counter(label for entry in entries.values() for label in labels_of(entry)))
            for question, entries in self.ballots.items()
        }

    # Going

    async def go_home(self, seconds: float, *, keep: bool) -> int:
        """Say goodbye for all phones within so many seconds, and have them forgotten unless `keep`.

        Returns how many could not be forgotten.
        """
        for phone in self.phones:
            if phone.state is not State.GONE:
                phone.leave()
        deadline = time.perf_counter() + seconds
        if not keep:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + seconds):
                    await self._have_forgotten([*self._tokens.known])
        await self._hang_up(deadline)
        self._tokens.close()
        return 0 if keep else len(self._tokens.known)

    async def _have_forgotten(self, indices: Iterable[int]) -> None:
        waiting = iter(indices)
        await asyncio.gather(*(self._forget(waiting) for _ in range(DOORS)))

    async def _forget(self, waiting: Iterable[int]) -> None:
        for index in waiting:
            if await self._api.leave(self._tokens.known[index]):
                self._tokens.drop(index)

    async def _hang_up(self, deadline: float) -> None:
        """Wait until the other side closed the connections, and close what it did not."""
        # Polled: an event would be one more thing that each phone tells, for the last second of a run.
        while any(phone.has_line for phone in self.phones) and time.perf_counter() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        for phone in self.phones:
            phone.hang_up()
