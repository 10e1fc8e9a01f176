"""What the person at the terminal sees when the room is open: the QR code, the addresses, and why they are
these.
"""

import io
from collections.abc import Sequence
from typing import Any

import segno
from rich.console import Console
from rich.table import Table


def welcome(console: Console, session: dict[str, Any], facts: Sequence[tuple[str, str]]) -> None:
    """Print the room of `session` (the content of session.json); `facts` are further lines, a label and a
    text each.
    """
    console.print()
    console.file.write(qr_code(session["join_url"]))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("Join", session["join_url"])
    table.add_row("Stage", session["stage_url"])
    table.add_row("Presenter", session["presenter_url"])
    for label, text in facts:
        table.add_row(label, text)
    console.print(table, soft_wrap=True)
    console.print()


def qr_code(url: str) -> str:
    """`url` as a QR code in half-block characters, dark on light."""
    text = io.StringIO()
    segno.make(url, error="m", micro=False).terminal(out=text, compact=True, border=2)
    return text.getvalue()
