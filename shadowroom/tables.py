"""Tables for people at a terminal."""

import datetime
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

_WIDEST = 2_000
"""Characters of a row; far beyond what there is to show."""


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], when_empty: str) -> None:
    """Print rows, whole words whatever the terminal's width; `when_empty` when there are none."""
    if not rows:
        print_line(when_empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=True, overflow="ignore")
    for row in rows:
        table.add_row(*row)
    # A name or a key that is cut cannot be copied, so the table is as wide as it needs.
    needed = Console(width=_WIDEST).measure(table).maximum
    console = Console()
    console.width = max(console.width, needed)
    console.print(table, markup=False, soft_wrap=True)


def print_line(text: str) -> None:
    """Print one line as it is."""
    Console().print(text, markup=False, highlight=False, soft_wrap=True)


def when(seconds: int) -> str:
    """A time in epoch seconds, for people here."""
    return datetime.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
