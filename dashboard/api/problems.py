"""The one shape of an error on the HTTP side: `{"error": code, "message": a sentence for a person}`."""

import orjson
from starlette.responses import Response


class Problem(Exception):
    """Raise it in a route: it becomes the answer, with `status` 4xx or 5xx."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message

    def response(self) -> Response:
        """The answer as it goes out."""
        return json_response({"error": self.error, "message": self.message}, self.status)


def json_response(content: object, status: int = 200) -> Response:
    """JSON by orjson; every answer of the API is of this moment, so none may be stored."""
    return Response(
        orjson.dumps(content), status, {"cache-control": "no-store"}, media_type="application/json"
    )
