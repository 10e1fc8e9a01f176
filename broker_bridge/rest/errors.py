"""AWS's errors over HTTP: status, exception name in `x-amzn-errortype`, and a body with `message`."""

from http import HTTPStatus
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from broker_bridge.errors import ShadowRejected

_TYPES: Final = {
    400: "InvalidRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "ResourceNotFoundException",
    405: "MethodNotAllowedException",
    409: "ConflictException",
    413: "RequestEntityTooLargeException",
    415: "UnsupportedDocumentEncodingException",
    429: "ThrottlingException",
    500: "InternalFailureException",
    503: "ServiceUnavailableException",
}
"""Exception names of botocore's `iot-data` model by status."""


class AwsError(Exception):
    """An answer that is AWS's error."""

    def __init__(self, status: int, message: str, kind: str | None = None) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.kind = kind or _TYPES.get(status, "InvalidRequestException" if status < 500 else _TYPES[500])


def invalid_request(message: str) -> AwsError:
    """400 with a sentence that says what to send instead."""
    return AwsError(400, message)


def from_rejection(rejected: ShadowRejected) -> AwsError:
    """A shadow's refusal: its code is the HTTP status, its text the message."""
    return AwsError(rejected.code, rejected.message)


def error_response(error: AwsError) -> Response:
    """The HTTP answer of an error."""
    return Response(
        orjson.dumps({"message": error.message}),
        status_code=error.status,
        media_type="application/json",
        headers={"x-amzn-errortype": error.kind},
    )


async def render_aws_error(_request: Request, error: Exception) -> Response:
    """Starlette's handler for `AwsError`."""
    if not isinstance(error, AwsError):
        raise error
    return error_response(error)


async def render_store_error(_request: Request, _error: Exception) -> Response:
    """Starlette's handler for a store that does not answer."""
    return error_response(AwsError(503, "The service is temporarily unavailable: the store did not answer"))


async def render_http_error(request: Request, error: Exception) -> Response:
    """Starlette's handler for what its router refuses: unknown paths and wrong verbs."""
    status = int(getattr(error, "status_code", 500))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return error_response(AwsError(405, f"{request.method} is not supported on this resource"))
    if status == HTTPStatus.NOT_FOUND:
        return error_response(AwsError(404, "This service has no such operation"))
    return error_response(AwsError(status, str(getattr(error, "detail", ""))))
