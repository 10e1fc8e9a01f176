"""The life of a phone: the table says all, and a phone can always leave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_sim.phone.state import CONNECTED, Event, ImpossibleEvent, State, advance


def test_a_phone_comes_in_step_by_step() -> None:
    """From outside to here there is one way, and each step has its event."""
    state = State.OUTSIDE
    for event in (Event.ARRIVE, Event.ADMITTED, Event.OPENED, Event.SUBSCRIBED, Event.SETTLED):
        state = advance(state, event)
    assert state is State.HERE


@pytest.mark.parametrize("state", sorted(CONNECTED | {State.CONNECTING}))
def test_a_lost_phone_comes_back(state: State) -> None:
    """Whenever a connection is lost, the phone is away, and need not join again with a good password."""
    assert advance(state, Event.DROPPED) is State.AWAY
    assert advance(State.AWAY, Event.RETRY) is State.CONNECTING
    assert advance(State.AWAY, Event.REJOIN) is State.JOINING


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_no_sequence_of_events_brings_back_one_who_left(events: list[Event]) -> None:
    """Gone is the end: no event leads out of it, and every state can leave."""
    state = State.OUTSIDE
    gone = False
    for event in events:
        try:
            state = advance(state, event)
        except ImpossibleEvent:
            continue
        assert not gone or state is State.GONE
        gone = state is State.GONE
        assert advance(state, Event.LEAVE) is State.GONE
