"""The life of a phone as a table: every state, every event, and where it leads."""

from enum import StrEnum


class State(StrEnum):
    """Where a phone is in its life."""

    OUTSIDE = "outside"
    JOINING = "joining"
    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    SETTLING = "settling"
    HERE = "here"
    AWAY = "away"
    GONE = "gone"


class Event(StrEnum):
    """What happens to a phone."""

    ARRIVE = "arrive"
    ADMITTED = "admitted"
    REFUSED = "refused"
    OPENED = "opened"
    SUBSCRIBED = "subscribed"
    SETTLED = "settled"
    DROPPED = "dropped"
    RETRY = "retry"
    REJOIN = "rejoin"
    LEAVE = "leave"


_TABLE: dict[tuple[State, Event], State] = {
    (State.OUTSIDE, Event.ARRIVE): State.JOINING,
    (State.JOINING, Event.ADMITTED): State.CONNECTING,
    (State.JOINING, Event.REFUSED): State.GONE,
    (State.JOINING, Event.DROPPED): State.AWAY,
    (State.CONNECTING, Event.OPENED): State.SUBSCRIBING,
    (State.CONNECTING, Event.DROPPED): State.AWAY,
    (State.SUBSCRIBING, Event.SUBSCRIBED): State.SETTLING,
    (State.SUBSCRIBING, Event.DROPPED): State.AWAY,
    (State.SETTLING, Event.SETTLED): State.HERE,
    (State.SETTLING, Event.DROPPED): State.AWAY,
    (State.HERE, Event.DROPPED): State.AWAY,
    (State.AWAY, Event.RETRY): State.CONNECTING,
    (State.AWAY, Event.REJOIN): State.JOINING,
    (State.GONE, Event.DROPPED): State.GONE,
    **{(state, Event.LEAVE): State.GONE for state in State},
}


class ImpossibleEvent(Exception):
    """This event cannot happen in this state: a fault of the simulator."""


def advance(state: State, event: Event) -> State:
    """The state after `event`; raises `ImpossibleEvent` where the table has no entry."""
    try:
        return _TABLE[state, event]
    except KeyError:
        raise ImpossibleEvent(f"{event} while {state}") from None


CONNECTED = frozenset((State.SUBSCRIBING, State.SETTLING, State.HERE))
"""States in which the broker has the phone."""
EXPECTED_HERE = frozenset(State) - {State.OUTSIDE, State.GONE}
"""States of a phone that came and was neither refused, removed nor sent home: at the end it must be here."""
