"""The things that the gate lets in: `<data-dir>/secrets/things.json`, changed by `shadowroom things`.

A password is kept as a salted hash only. It has 192 random bits, so one round of SHA-256 is as good as many,
and a thousand devices that come back at once do not wait for it.
"""

import hashlib
import hmac
import re
import secrets as randomness
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from broker_bridge.wire.names import THING_NAME_MAX, is_thing_name
from shadowroom.complaint import USAGE, Complaint
from shadowroom.kept_list import KeptList

THINGS_MAX = 10_000
"""Things on one list: it is read and written whole, 2 MB and 50 ms at this length."""
_OWN_CLIENT = re.compile(r"(bridge|dashboard|operator|gate)(-(handshake|retained|publisher|requests-\d+))?\Z")
"""Client ids of the room's own parts: a device of that name would take their place at the broker."""


class KeptThing(BaseModel):
    """One thing and how it proves who it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    added_at: int
    """Epoch seconds."""
    salt: str = Field(repr=False)
    digest: str = Field(repr=False)
    """SHA-256 of salt and password, both in hex."""
    certificate_id: str | None = None
    """SHA-256 of its certificate in DER form, in hex, as AWS names certificates; None without one."""

    def has_password(self, password: bytes) -> bool:
        """True for the password that `things add` printed."""
        return hmac.compare_digest(_digest(self.salt, password), self.digest)


class _Things(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    things: tuple[KeptThing, ...] = ()


class ThingList:
    """The list of one data directory. `reserved` are further names that no device may have."""

    def __init__(self, data_dir: Path, reserved: Collection[str] = ()) -> None:
        self._kept = KeptList(data_dir / "secrets" / "things.json", _Things)
        self._reserved = frozenset(reserved)

    def check_name(self, name: str) -> None:
        """Do nothing for the name of a thing that can be added now; else raise a `Complaint`."""
        if not is_thing_name(name):
            raise Complaint(
                f"{name!r} is not a thing's name: 1 to {THING_NAME_MAX} letters, digits, and the characters "
                ": _ - without spaces.",
                USAGE,
            )
        if name in self._reserved or _OWN_CLIENT.match(name):
            raise Complaint(
                f"{name!r} is a client of the room itself: choose another name for the thing.", USAGE
            )
        if any(thing.name == name for thing in self.all()):
            raise Complaint(_duplicate(name), USAGE)

    def add(self, name: str, now: int, certificate_id: str | None = None) -> str:
        """Add a thing and return its password, which is kept nowhere. Raises `Complaint`."""
        self.check_name(name)
        # Hex, so that it is one word in every shell, and never looks like an option.
        password, salt = randomness.token_hex(24), randomness.token_hex(16)
        thing = KeptThing(
            name=name,
            added_at=now,
            salt=salt,
            digest=_digest(salt, password.encode()),
            certificate_id=certificate_id,
        )

        def with_it(kept: _Things) -> _Things:
            if any(one.name == name for one in kept.things):
                raise Complaint(_duplicate(name), USAGE)
            if len(kept.things) >= THINGS_MAX:
                raise Complaint(f"The list holds {THINGS_MAX} things already: remove some first.")
            return _Things(things=(*kept.things, thing))

        self._kept.change(with_it)
        return password

    def remove(self, name: str) -> None:
        """Take a thing off the list. Raises `Complaint` when it is not on it."""

        def without_it(kept: _Things) -> _Things:
            left = tuple(thing for thing in kept.things if thing.name != name)
            if len(left) == len(kept.things):
                raise Complaint(
                    f"There is no thing {name!r} on the list: `shadowroom things list` shows them.", USAGE
                )
            return _Things(things=left)

        self._kept.change(without_it)

    def all(self) -> list[KeptThing]:
        """Every thing, by name."""
        return sorted(self._kept.read().things, key=lambda thing: thing.name)

    def stamp(self) -> object:
        """Something that is another when the list is another."""
        return self._kept.stamp()


def _digest(salt: str, password: bytes) -> str:
    return hashlib.sha256(bytes.fromhex(salt) + password).hexdigest()


def _duplicate(name: str) -> str:
    return (
        f"A thing {name!r} is on the list already: choose another name, or remove it with "
        f"`shadowroom things remove {name}` to give it another password."
    )
