"""Replays a recording: the stage's page, with the recorded feed in place of a room's."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

import orjson
from fastapi import FastAPI, Response, WebSocket

from dashboard.api import pages
from dashboard.api.assets import Assets
from dashboard.api.problems import json_response
from dashboard.feed.endpoint import close, first_frame, until_first, until_gone
from dashboard.feed.messages import HELLO
from dashboard.feed.recording import Moment

NORMAL: Final = 1000
"""Close code: everything was said."""
NO_CODE: Final = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
"""Nobody can join a recorded room."""


class Replay:
    """Plays `moments`, of which the first is a snapshot, to every page that opens; `speed` times as fast."""

    def __init__(self, moments: Sequence[Moment], speed: float) -> None:
        self._moments = moments
        self._speed = speed
        self.room = str(moments[0].frame["room"])
        self.over = asyncio.Event()
        """Set when a page has seen all of it."""

    def app(self) -> FastAPI:
        """The application that serves page and feed."""
        app = FastAPI(title="Shadowroom replay", docs_url=None, redoc_url=None, openapi_url=None)

        @app.get("/api/rooms/{room}")
        async def room(room: str) -> Response:
            return json_response({"room": room, "join_url": "", "replay": True})

        @app.get("/api/rooms/{room}/qr.svg")
        async def qr_svg(room: str) -> Response:  # noqa: ARG001 - there is one room
            return Response(NO_CODE, media_type="image/svg+xml")

        @app.websocket("/api/rooms/{room}/feed")
        async def feed(websocket: WebSocket, room: str) -> None:  # noqa: ARG001
            await self.serve(websocket)

        app.include_router(pages.router_for())
        app.mount("/assets", Assets(pages.STATIC / "assets"))
        return app

    async def serve(self, websocket: WebSocket) -> None:
        """Play to one page, from the beginning to the end or until it goes."""
        await websocket.accept()
        if await first_frame(websocket, HELLO, 'the first frame is {"type":"hello","role":"stage"}') is None:
            return
        played = asyncio.Event()
        await until_first("replay", self._play(websocket, played), until_gone(websocket))
        if played.is_set():
            await close(websocket, NORMAL, "the recording is over")
            self.over.set()

    async def _play(self, websocket: WebSocket, played: asyncio.Event) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        for due, moment in schedule(self._moments, self._speed):
            await asyncio.sleep(max(0.0, began + due - clock()))
            # The page's clock follows the recorded one, so that a wave runs as it ran.
            await websocket.send_text(orjson.dumps({**moment.frame, "now": moment.at}).decode())
        played.set()


def schedule(moments: Sequence[Moment], speed: float) -> Iterator[tuple[float, Moment]]:
    """Each moment with the seconds from the beginning at which to tell it. The time between two runs of a
    room is left out, and a clock that was set back costs none."""
    due, before = 0.0, moments[0].at
    for moment in moments:
        if not moment.begins:
            due += max(0, moment.at - before) / 1_000 / speed
        before = moment.at
        yield due, moment
