"""The polls as the live room needs them."""

from collections.abc import Mapping
from typing import Any, Protocol


class BallotKeeper(Protocol):
    """The part of `dashboard.polling.Polling` that the live room feeds and shows."""

    def ballot_changed(
        self, thing: str, version: int, reported: Mapping[str, Any] | None, *, live: bool = True
    ) -> None:
        """A phone's `ballot` shadow as of `version`; `live` when it was heard just now."""

    def phone_left(self, thing: str) -> None:
        """The phone was forgotten."""

    def phone_removed(self, thing: str, removed: bool) -> None:
        """The presenter took the phone out of the room, or back in."""

    def public_poll(self) -> dict[str, Any] | None:
        """The poll as everybody may see it."""

    def presenter_poll(self) -> dict[str, Any] | None:
        """The poll as the presenter may see it."""

    def answered(self) -> int:
        """How many phones have answered it."""
