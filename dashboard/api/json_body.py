"""Reading a small request, with a sentence when it is not what it should be."""

from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from dashboard.api.problems import Problem

Model = TypeVar("Model", bound=BaseModel)

BODY_MAX_BYTES = 64 * 1024
"""Far above the longest poll; a larger body is a mistake or an attack."""


async def json_body(request: Request) -> object:
    """The decoded body. Raises `Problem`: 413 when it is too long, 400 when it is not JSON."""
    body = await _body(request)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Problem(400, "bad_json", "The request is not JSON: send an object.") from None


async def text_body(request: Request) -> str:
    """The body as text. Raises `Problem`: 413 when it is too long, 400 when it is not UTF-8."""
    try:
        return (await _body(request)).decode()
    except UnicodeDecodeError:
        raise Problem(400, "bad_text", "The request is not text in UTF-8.") from None


async def model_body(request: Request, model: type[Model]) -> Model:
    """The body as a model. Raises `Problem` as `json_body`, and 400 that names the field."""
    body = await json_body(request)
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise Problem(400, "bad_request", f"{where}: {first['msg']}.") from error


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise Problem(413, "too_large", f"The request is longer than {BODY_MAX_BYTES // 1024} KB.")
    return bytes(body)
