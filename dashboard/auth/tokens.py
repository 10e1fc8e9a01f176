"""The room's secrets: a phone's lasting token, its short-lived tunnel password, the presenter's token.

All are signed with one key by itsdangerous, each with a salt of its own, so that none can be used as
another. A thing's name is never a secret: knowing it opens nothing.
"""

import secrets

from itsdangerous import BadData, Signer, TimestampSigner

PASSWORD_AGE_S = 3600
"""Seconds a tunnel password is good for: a phone that is back after longer than that joins again with
its token."""
TOKEN_MAX = 512
"""Characters of a token or password that are looked at; ours have under 120."""


class Tokens:
    """Signs and checks for one room. Pure computation; a check costs about 10 µs and never raises."""

    def __init__(self, signing_key: str, presenter_token: str, room: str) -> None:
        self._phone = Signer(signing_key, salt=f"shadowroom.phone.{room}", sep=".")
        self._tunnel = TimestampSigner(signing_key, salt=f"shadowroom.tunnel.{room}", sep=".")
        self._presenter = presenter_token.encode()

    def phone_token(self, thing: str) -> str:
        """The token that is this phone's identity for as long as the room lives."""
        return self._phone.sign(thing).decode()

    def thing_of(self, token: str) -> str | None:
        """The thing a phone token was given to; None when we did not sign it."""
        if len(token) > TOKEN_MAX:
            return None
        try:
            return self._phone.unsign(token).decode()
        except (BadData, UnicodeError):
            return None

    def tunnel_password(self, thing: str) -> str:
        """A password with which `thing`, and only it, passes the tunnel within `PASSWORD_AGE_S`."""
        return self._tunnel.sign(thing).decode()

    def opens_tunnel(self, thing: str, password: bytes) -> bool:
        """True when `password` was minted for `thing` and is not too old."""
        if len(password) > TOKEN_MAX:
            return False
        try:
            return self._tunnel.unsign(password, max_age=PASSWORD_AGE_S) == thing.encode()
        except (BadData, UnicodeError):
            return False

    def is_presenter(self, token: str) -> bool:
        """True for the presenter's token; takes the same time for every wrong one."""
        return secrets.compare_digest(token.encode(), self._presenter)
