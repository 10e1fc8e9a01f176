"""`shadowroom polls`: a talk's polls in a file, before anybody sees them."""

from pathlib import Path
from typing import Annotated

import typer

from shadowroom.cli_options import BrokerName

app = typer.Typer(help="The polls of a talk, in a YAML file.", no_args_is_help=True)

PHONES = 200
OUT = Path("rehearsal")

PollFileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A YAML file, such as examples/talk.en.yaml.", dir_okay=False)
]


@app.command()
def check(file: PollFileArgument) -> None:
    """Explain every mistake of a file with its line; without one, list what it asks."""
    from rich.console import Console
    from rich.table import Table

    from shadowroom.talk_file import read_talk

    talk = read_talk(file)
    table = Table(title=talk.title, title_justify="left", box=None)
    for heading in ("", "kind", "question", "options", "anonymous"):
        table.add_column(heading)
    for number, draft in enumerate(talk.drafts, 1):
        options = " · ".join(draft.choices)
        table.add_row(str(number), draft.kind, draft.question, options, "yes" if draft.anonymous else "no")
    console = Console()
    console.print(table)
    many = f"{len(talk.drafts)} polls" if len(talk.drafts) > 1 else "1 poll"
    console.print(f"{file}: {many}, no mistake.", highlight=False)


def rehearse(
    file: PollFileArgument,
    phones: Annotated[int, typer.Option(min=1, help="Simulated phones in the room.")] = PHONES,
    broker: BrokerName = "auto",
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where export.csv, export.json and report.html go.")
    ] = OUT,
) -> None:
    """Play a talk's polls from start to report in a room of its own, and say whether every count is exact."""
    from rich.console import Console

    from shadowroom.rehearsal import RehearsalOptions
    from shadowroom.rehearsal import rehearse as play

    play(RehearsalOptions(file, phones, broker, out), Console())
