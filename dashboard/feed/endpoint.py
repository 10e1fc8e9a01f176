"""The feed's websocket: a hello, a snapshot, then changes until one side closes."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

import structlog
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from dashboard.auth.tokens import Tokens
from dashboard.feed.hub import Hub
from dashboard.feed.messages import HELLO, NOT_ALLOWED, SLOW_CLIENT, Hello
from dashboard.feed.session import Session

HELLO_S: Final = 5.0
"""Seconds for the first frame."""
TRY_LATER: Final = 1013
"""Close code of RFC 6455's registry: too many watchers."""
WATCHERS_MAX: Final = 1_000
"""Stages and presenters of one room; a public feed must not become the way to use up the machine."""

_log = structlog.get_logger(__name__)


async def serve_feed(websocket: WebSocket, room: str, hub: Hub, tokens: Tokens) -> None:
    """Serve one watcher until it goes. The room must be ours already."""
    await websocket.accept()
    if hub.watchers >= WATCHERS_MAX:
        await websocket.close(TRY_LATER, "too many are watching")
        return
    hello = await _hello(websocket)
    if hello is None:
        return
    if hello.role == "presenter" and not tokens.is_presenter(hello.token or ""):
        await _close(websocket, NOT_ALLOWED, "this is not the presenter token of this room")
        return
    session = Session()
    hub.join(hello.role, session)
    try:
        await _until_first(
            f"feed of {room}, {hello.role}",
            _until_gone(websocket),
            _tell(websocket, session),
            session.given_up.wait(),
        )
    finally:
        hub.leave(hello.role, session)
    if session.given_up.is_set():
        _log.info("a watcher was too slow", room=room, role=hello.role)
        await _close(websocket, SLOW_CLIENT, "too slow: come back for a new snapshot")


async def _until_first(name: str, *works: Coroutine[Any, Any, Any]) -> None:
    """Return when the first of these ends, with the others cancelled."""
    tasks = [asyncio.create_task(work, name=name) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _hello(websocket: WebSocket) -> Hello | None:
    try:
        async with asyncio.timeout(HELLO_S):
            return HELLO.validate_json(await websocket.receive_text())
    except (TimeoutError, ValidationError, KeyError):
        await _close(websocket, NOT_ALLOWED, 'the first frame is {"type":"hello","role":"stage"}')
    except WebSocketDisconnect:
        pass
    return None


async def _tell(websocket: WebSocket, session: Session) -> None:
    while True:
        await websocket.send_text(await session.next())


async def _until_gone(websocket: WebSocket) -> None:
    """Read and drop what a watcher says, until it goes."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        continue


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    if websocket.client_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, TimeoutError):
            async with asyncio.timeout(HELLO_S):
                await websocket.close(code, reason)
