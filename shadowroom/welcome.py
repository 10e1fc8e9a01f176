"""What the person at the terminal sees when the room is open: the QR code, the addresses, and why they are
these.
"""

import io
from collections.abc import Sequence
from typing import Any

import segno
from rich.console import Console

_WHITE_ON_BLACK = "\x1b[97;40m"
"""Told to the terminal, so that the code is dark on light for the camera whatever the terminal's colours are.
"""
_RESET = "\x1b[0m"
_LABEL_WIDTH = 11


def welcome(console: Console, session: dict[str, Any], facts: Sequence[tuple[str, str]]) -> None:
    """Print the room of `session` (the content of session.json); `facts` are further lines, label and text.

    Addresses are never broken over lines: they are copied from here.
    """
    lines = [
        ("Join", session["join_url"]),
        ("Stage", session["stage_url"]),
        ("Presenter", session["presenter_url"]),
        *facts,
    ]
    console.print()
    console.file.write(qr_code(session["join_url"], coloured=console.is_terminal))
    console.print()
    for label, text in lines:
        console.print(f"{label:<{_LABEL_WIDTH}}{text}", markup=False, highlight=False, soft_wrap=True)
    console.print()
    console.file.flush()


def qr_code(url: str, *, coloured: bool) -> str:
    """`url` as a QR code in half-block characters: light modules are drawn, dark ones are the background."""
    text = io.StringIO()
    segno.make(url, error="m", micro=False).terminal(out=text, compact=True, border=2)
    if not coloured:
        return text.getvalue()
    return "".join(f"{_WHITE_ON_BLACK}{line}{_RESET}\n" for line in text.getvalue().splitlines())
