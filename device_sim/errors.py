"""What can stop a run, as sentences for a person."""


class SimError(Exception):
    """The run cannot start; the text says why and what to do."""
