"""The feed's websocket: a hello, a snapshot or what was missed, then changes until one side closes."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from dashboard.auth.tokens import Tokens
from dashboard.feed.hub import Hub
from dashboard.feed.messages import HELLO, NOT_ALLOWED, SLOW_CLIENT
from dashboard.feed.session import Session

HELLO_S: Final = 5.0
"""Seconds for the first frame."""
TRY_LATER: Final = 1013
"""Close code of RFC 6455's registry: too many watchers."""
WATCHERS_MAX: Final = 1_000
"""Stages and presenters of one room; a public feed must not become the way to use up the machine."""

Frame = TypeVar("Frame")

_log = structlog.get_logger(__name__)


async def serve_feed(websocket: WebSocket, room: str, hub: Hub, tokens: Tokens) -> None:
    """Serve one watcher until it goes. The room must be ours already."""
    await websocket.accept()
    if hub.watchers >= WATCHERS_MAX:
        await websocket.close(TRY_LATER, "too many are watching")
        return
    hello = await first_frame(websocket, HELLO, 'the first frame is {"type":"hello","role":"stage"}')
    if hello is None:
        return
    if hello.role == "presenter" and not tokens.is_presenter(hello.token or ""):
        await close(websocket, NOT_ALLOWED, "this is not the presenter token of this room")
        return
    session = Session()
    hub.join(hello.role, session, hello.cursor)
    try:
        await tell_until_gone(websocket, session, f"feed of {room}, {hello.role}")
    finally:
        hub.leave(hello.role, session)
    await close_if_slow(websocket, session, f"feed of {room}, {hello.role}")


async def tell_until_gone(websocket: WebSocket, session: Session, name: str) -> None:
    """Send the session's frames until the watcher goes or is too slow."""
    await until_first(name, until_gone(websocket), _tell(websocket, session), session.given_up.wait())


async def close_if_slow(websocket: WebSocket, session: Session, name: str) -> None:
    """Say to a watcher that was given up why that is."""
    if session.given_up.is_set():
        _log.info("a watcher was too slow", watcher=name)
        await close(websocket, SLOW_CLIENT, "too slow: come back for a new snapshot")


async def until_first(name: str, *works: Coroutine[Any, Any, Any]) -> None:
    """Return when the first of these ends, with the others cancelled."""
    tasks = [asyncio.create_task(work, name=name) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def first_frame(websocket: WebSocket, wanted: TypeAdapter[Frame], otherwise: str) -> Frame | None:
    """The client's first frame; None when it did not come or is none, and `otherwise` was said with the
    closing."""
    try:
        async with asyncio.timeout(HELLO_S):
            return wanted.validate_json(await websocket.receive_text())
    except (TimeoutError, ValidationError, KeyError):
        await close(websocket, NOT_ALLOWED, otherwise)
    except WebSocketDisconnect:
        pass
    return None


async def _tell(websocket: WebSocket, session: Session) -> None:
    while True:
        await websocket.send_text(await session.next())


async def until_gone(websocket: WebSocket) -> None:
    """Read and drop what a watcher says, until it goes."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        continue


async def close(websocket: WebSocket, code: int, reason: str) -> None:
    """Close with a code and a sentence of at most 123 bytes, if there is anybody left to tell."""
    if websocket.client_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, TimeoutError):
            async with asyncio.timeout(HELLO_S):
                await websocket.close(code, reason)
