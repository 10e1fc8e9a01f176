"""Who may give orders: the holder of the presenter's token."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from dashboard.api.problems import Problem
from dashboard.auth.tokens import Tokens

_WHERE = "the one in session.json, and behind #token= in the presenter's link"
_WHO = f"Only the presenter may do this: send Authorization: Bearer and the presenter token, {_WHERE}."
_OTHER = f"This is not the presenter token of this room: it is {_WHERE}."


def bearer_of(request: Request) -> str:
    """The token of an `Authorization: Bearer …` header; empty when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def presenter_only(tokens: Tokens) -> Callable[[Request], Awaitable[None]]:
    """A FastAPI dependency that lets only the presenter in: `Depends(presenter_only(services.tokens))`."""

    async def check(request: Request) -> None:
        token = bearer_of(request)
        if not token:
            raise Problem(401, "unauthorized", _WHO)
        if not tokens.is_presenter(token):
            raise Problem(403, "forbidden", _OTHER)

    return check
