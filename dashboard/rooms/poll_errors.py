"""What may be wrong with a request about polls, each with a sentence for the presenter."""


class PollError(Exception):
    """A request about polls that cannot be met; the message is a sentence for the presenter."""

    status = 400
    code = "bad_poll"


class BadPoll(PollError):
    """What was sent cannot be asked or done (400)."""


class UnknownPoll(PollError):
    """There is no poll of that id in this room (404)."""

    status = 404
    code = "unknown_poll"


class WrongState(PollError):
    """The poll, or another one, is in a state that does not allow this (409)."""

    status = 409
    code = "wrong_state"


class PollUnavailable(PollError):
    """The bridge or the disk does not answer: nothing was lost, try again (503)."""

    status = 503
    code = "unavailable"
