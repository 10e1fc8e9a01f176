"""A phone's MQTT over plain requests, for networks that let no websocket through.

A line is what a websocket would be: `POST /mqtt/poll` opens it with the CONNECT, `POST /mqtt/poll/{line}`
carries packets up, `GET /mqtt/poll/{line}` waits for packets down. The tunnel itself serves it and sees no
difference, so that credential, permissions, will and presence are the same. A request that fails is a lost
connection: nothing is ever sent twice, and the phone connects anew.
"""

import asyncio
import secrets
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from dashboard.api.problems import Problem

HOLD_S: Final = 20.0
"""Seconds a request waits for something to say: under the 30 s after which common proxies give up."""
IDLE_S: Final = 8.0
"""Seconds without a waiting request until the phone counts as gone: a round trip and a stall."""
OPEN_S: Final = 5.0
"""Seconds for the broker's first answer, as long as the phone waits for a connection."""
ROOM_S: Final = 5.0
"""Seconds a request waits for room in the queue up."""
UP_MAX: Final = 8
"""Requests of a phone that wait for the broker; more waits in the phone."""
BODY_MAX: Final = 64 * 1_024
"""Bytes of one request: a phone's whole report is under 1 KB."""
DOWN_MAX: Final = 64 * 1_024
"""Bytes that wait for the phone's next request; then the broker is held up."""
LINES_MAX: Final = 4_000
"""Open lines, authenticated or not: the tunnel ends those that do not prove who they are within 10 s."""

_log = structlog.get_logger(__name__)


class Line:
    """One phone's connection: the two ends of a websocket, between requests and the tunnel."""

    def __init__(self) -> None:
        self.over = False
        """The tunnel ended, or the phone went: what is still in `take` is the last."""
        self.waited_for = False
        self._up: asyncio.Queue[dict[str, Any]] = asyncio.Queue(UP_MAX)
        self._down = bytearray()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._idle: asyncio.TimerHandle | None = None
        self._up.put_nowait({"type": "websocket.connect"})

    async def receive(self) -> dict[str, Any]:
        """For the tunnel: the next message of the phone."""
        return await self._up.get()

    async def send(self, message: dict[str, Any]) -> None:
        """For the tunnel: a message to the phone, held up while too much waits. OSError when it went."""
        if message["type"] == "websocket.close":
            self.end()
        if message["type"] != "websocket.send":
            return
        while len(self._down) > DOWN_MAX and not self.over:
            self._room.clear()
            await self._room.wait()
        if self.over:
            raise OSError("the phone went")
        self._down += message["bytes"]
        self._news.set()

    async def say(self, data: bytes) -> None:
        """For the phone: bytes up. TimeoutError when the tunnel takes nothing."""
        async with asyncio.timeout(ROOM_S):
            await self._up.put({"type": "websocket.receive", "bytes": data})

    async def wait(self, seconds: float) -> None:
        """Return when there is something to take, when it is over, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    @property
    def has_words(self) -> bool:
        """Something waits for the phone."""
        return bool(self._down)

    def take(self) -> bytes:
        """What waits for the phone."""
        data = bytes(self._down)
        self._down.clear()
        self._room.set()
        if not self.over:
            self._news.clear()
        return data

    def expect(self, seconds: float) -> None:
        """The phone counts as gone unless a request of it comes within `seconds`."""
        self.hold()
        self._idle = asyncio.get_running_loop().call_later(seconds, self.hang_up)

    def hold(self) -> None:
        """A request of the phone is here: it is not gone."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def hang_up(self) -> None:
        """The phone went: to the tunnel it is a websocket that broke."""
        self.end()
        if self._up.full():
            self._up.get_nowait()
        self._up.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def end(self) -> None:
        """Nothing more comes down. Idempotent."""
        self.hold()
        self.over = True
        self._news.set()
        self._room.set()


class LongPoll:
    """All lines, and their routes. `close` at the end."""

    def __init__(self, tunnels: ASGIApp) -> None:
        self._tunnels = tunnels
        self._lines: dict[str, Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        """The routes to add to the application."""
        return [
            Route("/mqtt/poll", self._open, methods=["POST"]),
            Route("/mqtt/poll/{line}", self._up, methods=["POST"]),
            Route("/mqtt/poll/{line}", self._down, methods=["GET"]),
        ]

    async def close(self) -> None:
        """End all lines; the broker publishes the wills."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _open(self, request: Request) -> Response:
        data = await _body(request)
        if len(self._lines) >= LINES_MAX:
            raise Problem(503, "too_many_lines", "The room is busy: try again shortly.")
        key, line = secrets.token_urlsafe(16), Line()
        await line.say(data)
        self._lines[key] = line
        task = asyncio.create_task(self._serve(key, line, request.scope.get("client")), name="long poll")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        line.expect(OPEN_S + IDLE_S)
        await line.wait(OPEN_S)
        if not line.over:
            line.expect(IDLE_S)
        return _bytes(line.take(), 201, {"location": f"/mqtt/poll/{key}"})

    async def _serve(self, key: str, line: Line, client: Any) -> None:
        scope = {"type": "websocket", "path": "/mqtt", "subprotocols": ["mqtt"], "client": client}
        try:
            await self._tunnels(scope, line.receive, line.send)  # type: ignore[arg-type]
        except Exception:  # noqa: BLE001 - a task of its own: who else would say it?
            _log.exception("a line of the long poll failed")
        finally:
            line.end()
            # Its last words (why it was refused) may still be fetched.
            asyncio.get_running_loop().call_later(IDLE_S, self._lines.pop, key, None)

    async def _up(self, request: Request) -> Response:
        line = self._line(request)
        data = await _body(request)
        try:
            await line.say(data)
        except TimeoutError:
            line.hang_up()
            raise Problem(503, "stalled", "The broker takes nothing: connect again.") from None
        return Response(status_code=204)

    async def _down(self, request: Request) -> Response:
        line = self._line(request)
        if line.waited_for:
            raise Problem(409, "already_waiting", "Another request waits on this line.")
        line.waited_for = True
        line.hold()
        waiting = asyncio.create_task(line.wait(HOLD_S), name="long poll waits")
        leaving = asyncio.create_task(_gone(request), name="long poll phone")
        try:
            await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            line.waited_for = False
            waiting.cancel()
            leaving.cancel()
            await asyncio.gather(waiting, leaving, return_exceptions=True)
        if leaving.done() and not leaving.cancelled():
            line.hang_up()
        elif not line.over:
            line.expect(IDLE_S)
        return _bytes(line.take(), 200, {})

    def _line(self, request: Request) -> Line:
        line = self._lines.get(request.path_params["line"])
        # What was said last is still to be had; then it is over.
        if line is None or (line.over and not line.has_words):
            raise Problem(410, "line_over", "This connection is over: connect again.")
        return line


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > BODY_MAX:
            raise Problem(413, "too_large", f"The request is longer than {BODY_MAX // 1024} KB.")
    return bytes(data)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _bytes(data: bytes, status: int, headers: dict[str, str]) -> Response:
    return Response(
        data, status, {"cache-control": "no-store", **headers}, media_type="application/octet-stream"
    )
