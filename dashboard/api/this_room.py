"""Which room an address is about: there is one in this process."""

from collections.abc import Awaitable, Callable

from dashboard.api.problems import Problem


def only_room(code: str) -> Callable[[str], Awaitable[None]]:
    """A dependency that answers 404 for every `{room}` but this one, however it is written."""

    async def check(room: str) -> None:
        if room.upper() != code.upper():
            raise Problem(
                404, "unknown_room", f"There is no room {room[:40]} here: check the code on the screen."
            )

    return check
