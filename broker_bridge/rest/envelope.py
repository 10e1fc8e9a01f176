"""What every request passes first: a request id, a bounded body, the signature, the raw path; and AWS's
500."""

from collections.abc import Callable
from typing import Final
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broker_bridge.rest.errors import AwsError, error_response
from broker_bridge.rest.keys import AccessKeys
from broker_bridge.rest.sigv4 import SignedRequest, verify

BODY_MAX: Final = 128 * 1024
"""Bytes of a request's body: AWS IoT's limit for one message, larger than any other request may be."""

UNSIGNED_PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})

IDENTITY: Final = "aws.identity"
"""Where handlers find the `Identity` in the scope."""

_log = structlog.get_logger(__name__)


class AwsEnvelope:
    """Around the application: verifies, numbers and bounds requests, and turns defects into AWS's 500.

    The application is given the path as it came over the wire, so that `%2F` in a topic or a name is not a
    slash.
    """

    def __init__(self, app: ASGIApp, keys: AccessKeys, clock: Callable[[], float]) -> None:
        self._app = app
        self._keys = keys
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid4())
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], (b"x-amzn-requestid", request_id.encode())]
            await send(message)

        try:
            await self._serve(scope, receive, answer)
        except AwsError as error:
            await error_response(error)(scope, receive, answer)
        except Exception:
            method, path = scope["method"], scope["path"]
            _log.exception("request failed", method=method, path=path, request_id=request_id)
            if started:
                raise
            await error_response(AwsError(500, "Internal service failure"))(scope, receive, answer)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw_path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        inner = {**scope, "path": raw_path, "root_path": ""}
        if raw_path in UNSIGNED_PATHS:
            await self._app(inner, receive, send)
            return
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        body = await _read(receive)
        signed = SignedRequest(
            scope["method"], raw_path, scope["query_string"].decode("latin-1"), headers, body
        )
        inner[IDENTITY] = verify(signed, self._keys, self._clock())
        await self._app(inner, _once(body), send)


async def _read(receive: Receive) -> bytes:
    """The whole body, or `AwsError` 413 once it is over the limit."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise AwsError(400, "The client went away before its request was complete")
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_MAX:
            raise AwsError(413, "The payload exceeds the maximum size allowed")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _once(body: bytes) -> Receive:
    """A `receive` that gives the body read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
