"""The one way in which the program says that it cannot do what was asked."""

USAGE = 2
"""Exit code: what was asked makes no sense; asking again in the same way will not help.
"""
FAILURE = 1
"""Exit code: it makes sense, but not here and now (a busy port, a missing program)."""


class Complaint(Exception):
    """One sentence for a person that names what to do, and the exit code that goes with it."""

    def __init__(self, sentence: str, exit_code: int = FAILURE) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code
