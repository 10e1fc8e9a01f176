"""Reading what clients send: names, numbers and JSON, each refused with AWS's 400 and a sentence."""

from typing import Any, Final
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from broker_bridge.rest.errors import invalid_request
from broker_bridge.wire.names import is_shadow_name, is_thing_name

TOPIC_MAX_BYTES: Final = 256
SLASHES_MAX: Final = 7
"""AWS IoT's limits for a topic."""


def path_text(request: Request, name: str) -> str:
    """A path parameter, percent-decoded once."""
    try:
        return unquote(request.path_params[name], errors="strict")
    except UnicodeDecodeError:
        raise invalid_request(f"{name} is not UTF-8") from None


def thing_name(request: Request) -> str:
    """The thing in the path."""
    thing = path_text(request, "thing")
    if not is_thing_name(thing):
        raise invalid_request("Invalid thingName: 1 to 128 of the characters a-z A-Z 0-9 : _ -")
    return thing


def check_topic(topic: str) -> None:
    """Raise `AwsError` 400 unless AWS would publish on this topic."""
    if not topic or any(character in topic for character in "+#\0"):
        raise invalid_request("Invalid topic: not empty, and without '+' and '#'")
    if len(topic.encode(errors="replace")) > TOPIC_MAX_BYTES or topic.count("/") > SLASHES_MAX:
        raise invalid_request(f"Invalid topic: at most {TOPIC_MAX_BYTES} bytes and {SLASHES_MAX} slashes")


def shadow_name(request: Request) -> str | None:
    """The named shadow of the query, None for the classic one."""
    name = request.query_params.get("name")
    if name is not None and not is_shadow_name(name):
        raise invalid_request("Invalid shadowName: 1 to 64 of the characters a-z A-Z 0-9 : _ - $")
    return name


def number(request: Request, name: str, default: int, low: int, high: int) -> int:
    """An integer of the query within bounds."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high:
        return int(text)
    raise invalid_request(f"{name} must be an integer from {low} to {high}")


def flag(request: Request, name: str) -> bool:
    """A boolean of the query, false when it is not there."""
    text = request.query_params.get(name, "false").lower()
    if text not in ("true", "false"):
        raise invalid_request(f"{name} must be true or false")
    return text == "true"


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty object."""
    body = await request.body()
    try:
        content = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict):
        raise invalid_request("The body must be a JSON object")
    return content


def text_member(content: dict[str, Any], name: str, default: str | None = None) -> str:
    """A string of a JSON object; required unless there is a default."""
    value = content.get(name)
    if value is None:
        value = default
    if not isinstance(value, str):
        raise invalid_request(f"{name} must be a string" + (" and is required" if default is None else ""))
    return value


def json_answer(content: Any) -> Response:
    """200 with JSON."""
    return json_bytes(orjson.dumps(content))


def json_bytes(content: bytes) -> Response:
    """200 with JSON that is encoded already."""
    return Response(content, media_type="application/json")
