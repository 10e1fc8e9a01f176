"""The AWS IoT data plane on the dashboard's own port: passed to the bridge unchanged.

The signature (SigV4) covers method, path, query, host and body, so all of these reach the bridge exactly
as they came.
"""

from collections.abc import AsyncIterator
from typing import Final

import aiohttp
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from yarl import URL

from dashboard.api.problems import Problem

PATHS: Final = (
    "/things/{rest:path}",
    "/api/things/shadow/{rest:path}",
    "/topics/{rest:path}",
    "/retainedMessage",
    "/retainedMessage/{rest:path}",
    "/indices/{rest:path}",
)
METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]
BODY_MAX: Final = 256 * 1024
"""Bytes of a request: twice AWS's largest, the payload of a publish."""
CONNECT_S: Final = 3.0
ANSWER_S: Final = 15.0
"""Seconds: three times the bridge's own deadline for one request, so that its own error arrives first."""
CONNECTIONS_MAX: Final = 100
CHUNK: Final = 64 * 1024

_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers of one connection (RFC 9110, 7.6.1): they must not travel on."""


class DataPlaneProxy:
    """Passes requests to one endpoint. `open` on the event loop before use, `close` at the end."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint = endpoint_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the connection pool."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX),
            timeout=aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the pool. Idempotent."""
        if self._session is not None:
            await self._session.close()

    def routes(self) -> list[Route]:
        """The routes to add to the application, behind its own."""
        return [Route(path, self._pass, methods=METHODS) for path in PATHS]

    async def _pass(self, request: Request) -> Response:
        if self._session is None:
            raise Problem(503, "starting", "The dashboard is just starting: try again in a second.")
        raw_path = request.scope["raw_path"].decode("ascii")
        query = request.scope["query_string"].decode("ascii")
        url = URL(f"{self._endpoint}{raw_path}{'?' + query if query else ''}", encoded=True)
        headers = [(k, v) for k, v in request.headers.items() if k not in _HOP_BY_HOP]
        try:
            answer = await self._session.request(
                request.method,
                url,
                headers=headers,
                data=await _body(request) or None,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Problem(
                503, "bridge_away", "The shadow service does not answer: try again shortly."
            ) from error
        ours = _HOP_BY_HOP | {"date", "server"}
        kept = {k: v for k, v in answer.headers.items() if k.lower() not in ours}
        return StreamingResponse(_chunks(answer), answer.status, kept)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            raise Problem(413, "too_large", f"The request is longer than {BODY_MAX // 1024} KB.")
    return bytes(body)


async def _chunks(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async with answer:
        async for chunk in answer.content.iter_chunked(CHUNK):
            yield chunk
