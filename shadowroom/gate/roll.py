"""The list of things as the gate reads it: always the newest, and told when it changed."""

from collections.abc import Collection, Iterable

import structlog

from shadowroom.complaint import Complaint
from shadowroom.gate.thing_list import KeptThing, ThingList

log = structlog.get_logger()


class Roll:
    """The things of `kept` in memory. A list that cannot be read leaves the last good one in force."""

    def __init__(self, kept: ThingList) -> None:
        """Raises `Complaint` when the list cannot be read."""
        self._kept = kept
        self._stamp = kept.stamp()
        self._edition = 0
        self._take(kept.all())

    def find(self, name: str) -> KeptThing | None:
        """The thing of this name as the list has it now."""
        self.refresh()
        return self._things.get(name)

    def find_by_certificate(self, certificate_id: str) -> KeptThing | None:
        """The thing whose certificate this is, and which has it still: not one of an earlier life."""
        self.refresh()
        return self._by_certificate.get(certificate_id)

    def names(self) -> Collection[str]:
        """The names on the list as of now. One system call when it was not changed."""
        self.refresh()
        return self._things.keys()

    def refresh(self) -> int:
        """Read the list again if it was changed; how often it was. One system call when it was not."""
        stamp = self._kept.stamp()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._take(self._kept.all())
            except Complaint as complaint:
                log.error("the list of things cannot be read", reason=complaint.sentence)
        return self._edition

    def still_holds(self, thing: KeptThing) -> bool:
        """True while this very entry is on the list: removed and added again is another."""
        return self._things.get(thing.name) == thing

    def _take(self, things: Iterable[KeptThing]) -> None:
        self._edition += 1
        self._things = {thing.name: thing for thing in things}
        self._by_certificate = {
            thing.certificate_id: thing for thing in self._things.values() if thing.certificate_id
        }
