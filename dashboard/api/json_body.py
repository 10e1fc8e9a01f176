"""Reading a small JSON request, with a sentence when it is not one."""

import orjson
from starlette.requests import Request

from dashboard.api.problems import Problem

BODY_MAX_BYTES = 64 * 1024
"""Far above the longest poll; a larger body is a mistake or an attack."""


async def json_body(request: Request) -> object:
    """The decoded body. Raises `Problem`: 413 when it is too long, 400 when it is not JSON."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise Problem(413, "too_large", f"The request is longer than {BODY_MAX_BYTES // 1024} KB.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Problem(400, "bad_json", "The request is not JSON: send an object.") from None
