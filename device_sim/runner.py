"""One run from start to end: join, follow or recolour, vote, judge, go home, report."""

import asyncio
import contextlib
import gc
import math
import signal
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import orjson
import structlog
from rich.console import Console

from device_sim import progress
from device_sim.crowd.crowd import DOORS, Crowd
from device_sim.crowd.trouble import Trouble
from device_sim.dashboard_api import DashboardApi
from device_sim.errors import SimError
from device_sim.options import SimOptions
from device_sim.presenter import Presenter
from device_sim.report.document import Seen, report_of
from device_sim.report.measure import Latencies
from device_sim.stage import Stage

__all__ = ["SimError", "SimOptions", "run", "run_blocking"]

log = structlog.get_logger(__name__)

LAG_PROBE_SECONDS = 0.01
"""How often the event loop is asked how late it is."""
FEED_SECONDS = 2.0
"""For so long the run waits for the wall's first snapshot; without it no wall is measured."""
CONVERGE_SECONDS = 12.0
"""After the end of the load, the time in which everyone must be here, right and acknowledged: who was without
a network for long tries again every 10 s at most."""
FULL_COLLECTION_EVERY = 1_000_000
"""Collections of the middle generation between two full ones: in effect never in a run of hours."""
HOME_SECONDS = 5.0
"""The least time for goodbyes; a supervisor that stops the crowd waits a little longer than this."""
HOME_PHONES_PER_SECOND = 400.0
"""Larger crowds get more time to go: a dashboard on two cores forgets more phones per second than this."""
UNHURRIED = 6
"""So many times as long a crowd takes that went by itself: nobody waits to kill it."""


async def run(options: SimOptions, stop: asyncio.Event | None = None) -> dict[str, Any]:
    """Run a crowd and return its report (also written to `options.report`).

    Ends after `options.duration` seconds, or on SIGTERM, SIGINT or `stop`; then all phones leave. Raises
    `SimError` with a sentence for a person when the run cannot start.
    """
    options.check()
    stop = stop or asyncio.Event()
    api = DashboardApi(options.url, options.room, options.presenter_token, options.code, DOORS + 8)
    async with api:
        await api.check()
        with _stopped_by_signals(stop), _no_full_collections():
            report = await _Run(options, api, stop).play()
    if options.report is not None:
        await asyncio.to_thread(_write, options.report, report)
    if not options.quiet:
        Console(stderr=True).print(progress.summary(report))
    return report


def run_blocking(options: SimOptions) -> dict[str, Any]:
    """`run` on an event loop of its own: uvloop where there is one."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(run(options))
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(run(options))


class _Run:
    """The parts of one run and their order in time."""

    def __init__(self, options: SimOptions, api: DashboardApi, stop: asyncio.Event) -> None:
        self._options = options
        self._stop = stop
        self._crowd = Crowd(options, api)
        self._stage = Stage(self._crowd, api)
        self._presenter = Presenter(self._crowd, self._stage, api) if options.presenter_token else None
        self._trouble = Trouble(options.scenario, self._crowd, self._stage.rounds, options.seed)
        self._lag = Latencies()

    async def play(self) -> dict[str, Any]:
        async with asyncio.TaskGroup() as tasks:
            parts = [tasks.create_task(part, name=name) for name, part in self._background()]
            try:
                report = await self._measure(tasks)
            finally:
                home = max(HOME_SECONDS, self._options.phones / HOME_PHONES_PER_SECOND)
                home *= 1 if self._stop.is_set() else UNHURRIED
                forgotten_not = await self._crowd.go_home(home, keep=self._options.keep)
                self._trouble.close()
                for part in parts:
                    part.cancel()
        return {**report, "not_forgotten": forgotten_not}

    def _background(self) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        for number in range(DOORS):
            yield f"door-{number}", self._crowd.attend_door()
        yield "keep-alive", self._crowd.keep_alive()
        yield "stage", self._stage.watch()
        yield "lag", self._probe_lag()
        console = Console(stderr=True)
        if not self._options.quiet and console.is_terminal:
            yield "progress", progress.show(self._crowd, self._stage, console)

    async def _measure(self, tasks: asyncio.TaskGroup) -> dict[str, Any]:
        options, crowd = self._options, self._crowd
        await self._unless_stopped(self._stage.ready.wait(), FEED_SECONDS)
        cpu, start = time.process_time(), time.perf_counter()
        acts = [tasks.create_task(act, name=name) for name, act in self._acts(start)]
        try:
            await self._unless_stopped(crowd.everyone_came.wait(), options.duration or None)
            await self._hold(start + options.duration)
            used = (time.process_time() - cpu) / (time.perf_counter() - start)
            await self._converge()
            seen = Seen(crowd, self._stage, self._presenter, self._trouble)
            return report_of(options, seen, self._lag, used)
        finally:
            for act in acts:
                act.cancel()

    def _acts(self, start: float) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """What goes on from the start by its own times."""
        scenario, seconds = self._options.scenario, self._options.duration or math.inf
        yield "arrivals", self._crowd.arrive()
        yield "trouble", self._trouble.play(start, seconds)
        if scenario.scenes and self._presenter is None:
            log.warning("the scenario's scenes are left out", reason="this run is not the room's presenter")
        elif scenario.scenes and self._presenter is not None:
            yield "timetable", self._presenter.follow(scenario.scenes, start)

    async def _hold(self, end: float) -> None:
        """Stay in the room until the end, or for ever; recolour it when we may."""
        if self._options.resident:
            await self._stop.wait()
            return
        if self._presenter is not None and not self._options.scenario.scenes:
            await self._unless_stopped(self._presenter.recolour(end), None)
        await self._unless_stopped(asyncio.sleep(max(end - time.perf_counter(), 0.0)), None)
        if self._presenter is not None:
            await self._presenter.restore()

    async def _converge(self) -> None:
        """Give what is under way its time, and stop waiting as soon as nothing is."""
        crowd, stage = self._crowd, self._stage
        deadline = time.perf_counter() + CONVERGE_SECONDS
        while time.perf_counter() < deadline and not self._stop.is_set():
            waiting = crowd.recolours.outstanding + stage.rounds.outstanding + crowd.wrong + crowd.lost
            if not waiting and not self._trouble.unsettled and not (stage.ready.is_set() and stage.wrong):
                break
            await asyncio.sleep(0.05)
        crowd.recolours.close()
        stage.rounds.close()

    async def _unless_stopped(self, what: Coroutine[Any, Any, object], seconds: float | None) -> None:
        """Wait for `what`, for the stop, or for so many seconds, whichever comes first."""
        first = asyncio.ensure_future(what)
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((first, stopped), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if first.done():
                first.result()
        finally:
            first.cancel()
            stopped.cancel()
            await asyncio.gather(first, stopped, return_exceptions=True)

    async def _probe_lag(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(LAG_PROBE_SECONDS)
            late = time.perf_counter() - before - LAG_PROBE_SECONDS
            self._lag.record(late, every=LAG_PROBE_SECONDS)


@contextlib.contextmanager
def _no_full_collections() -> Iterator[None]:
    """Keep the garbage collector to what is young: a full pass over 10,000 phones stalls them all."""
    thresholds = gc.get_threshold()
    gc.set_threshold(thresholds[0], thresholds[1], FULL_COLLECTION_EVERY)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


@contextlib.contextmanager
def _stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop` while the context is open; elsewhere than in the main thread, nothing."""
    loop, caught = asyncio.get_running_loop(), []
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)
            loop.add_signal_handler(number, stop.set)
            caught.append((number, before))
    except (NotImplementedError, RuntimeError, ValueError):
        pass
    try:
        yield
    finally:
        for number, before in caught:
            loop.remove_signal_handler(number)
            signal.signal(number, before)


def _write(path: Path, report: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise SimError(f"The report cannot be written to {path}: {error.strerror}.") from error
