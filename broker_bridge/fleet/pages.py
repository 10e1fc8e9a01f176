"""Pages of sorted names and their opaque tokens. A token names the last entry given, so pages survive
changes."""

import base64
import binascii
from typing import Final

from broker_bridge.fleet.errors import InvalidPage

_MARK: Final = b"after:"


def token_after(name: str) -> str:
    """The token of the page that follows `name`."""
    return base64.urlsafe_b64encode(_MARK + name.encode()).decode()


def name_before(token: str | None) -> str:
    """The name after which the page of a token starts; the empty text for the first page."""
    if token is None or token == "":
        return ""
    try:
        said = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        if said.startswith(_MARK):
            return said[len(_MARK) :].decode()
    except (binascii.Error, ValueError):
        pass
    raise InvalidPage("Invalid nextToken; use the one that the last page gave, unchanged")


def check_size(size: int, most: int, name: str) -> None:
    """Raise `InvalidPage` unless 1 ≤ size ≤ most."""
    if not 1 <= size <= most:
        raise InvalidPage(f"{name} must be from 1 to {most}")
