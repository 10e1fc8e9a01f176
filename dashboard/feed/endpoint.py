"""The feed's websocket: a hello, a snapshot, then changes until one side closes."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from dashboard.auth.tokens import Tokens
from dashboard.feed.hub import Hub
from dashboard.feed.messages import HELLO, NOT_ALLOWED, SLOW_CLIENT, Hello
from dashboard.feed.session import Session, TooSlow

HELLO_S: Final = 5.0
"""Seconds for the first frame."""
SEND_S: Final = 20.0
"""Seconds for one frame to leave: by then the queue is full anyway."""
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
    listening = asyncio.create_task(_until_gone(websocket), name=f"feed of {room}, {hello.role}: listen")
    telling = asyncio.create_task(_tell(websocket, session), name=f"feed of {room}, {hello.role}: tell")
    try:
        await asyncio.wait({listening, telling}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.leave(hello.role, session)
        listening.cancel()
        telling.cancel()
        ended = await asyncio.gather(listening, telling, return_exceptions=True)
    if isinstance(ended[1], TooSlow | TimeoutError):
        _log.info("a watcher was too slow", room=room, role=hello.role)
        await _close(websocket, SLOW_CLIENT, "too slow: come back for a new snapshot")


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
        frame = await session.next()
        async with asyncio.timeout(SEND_S):
            await websocket.send_text(frame)


async def _until_gone(websocket: WebSocket) -> None:
    """Read and drop what a watcher says, until it goes."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        continue


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    if websocket.client_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, TimeoutError):
            async with asyncio.timeout(HELLO_S):
                await websocket.close(code, reason)
