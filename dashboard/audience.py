"""The phones of the room as the polls see them."""

from collections.abc import Iterator

from dashboard.rooms.facts import OS_FAMILIES, OTHER, VALUE_MAX, fact_value
from dashboard.rooms.room import Room
from dashboard.roster import Roster


class RoomAudience:
    """Roster and room in one: see `dashboard.poll_book.Audience`."""

    def __init__(self, phones: Room, roster: Roster) -> None:
        self._phones = phones
        self._roster = roster

    def is_member(self, thing: str) -> bool:
        return self._roster.slots.of_thing(thing) is not None

    def members(self) -> Iterator[str]:
        return (member.thing for member in self._roster.slots)

    def slot(self, thing: str) -> int | None:
        member = self._roster.slots.of_thing(thing)
        return None if member is None else member.slot

    def fact(self, thing: str, name: str) -> str | None:
        phone = self._phones.phone(thing)
        if phone is None:
            return None
        value = fact_value(phone.facts.get(name))
        if name == "os":
            return value if value in OS_FAMILIES else OTHER
        return OTHER if value is not None and len(value) > VALUE_MAX else value

    def connected(self) -> Iterator[str]:
        return (phone.thing for phone in self._phones.phones() if phone.connected)
