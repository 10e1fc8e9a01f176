"""`shadowroom things`: who may come in from outside, on a room that runs and on one that does not."""

from pathlib import Path
from typing import Annotated

import typer

from shadowroom.cli_options import DATA_DIR, DataDir, Json

app = typer.Typer(
    help="Devices from outside: an ESP32, a script, an AWS SDK. Each gets credentials of its own.",
    no_args_is_help=True,
)

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="The thing's name: letters, digits, : _ and -, at most 128 of them."),
]


@app.command()
def add(
    name: Name,
    certs: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Also write ca.pem, NAME.certificate.pem and NAME.private.key there, for --mqtts-listen.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = DATA_DIR,
    as_json: Json = False,
) -> None:
    """Let a device in: print how it connects. Its password is shown this once."""
    from shadowroom.gate.handing_out import hand_out

    given = hand_out(data_dir, name, certs)
    if as_json:
        _print_json(given.as_json())
    else:
        for label, value in given.facts():
            typer.echo(f"{label + ':':<14}{value}")
    for note in given.notes:
        typer.echo(note, err=True)


@app.command("list")
def list_things(data_dir: DataDir = DATA_DIR, as_json: Json = False) -> None:
    """Show the devices that may come in."""
    from shadowroom.gate.handing_out import listed
    from shadowroom.tables import print_table, when

    things = listed(data_dir)
    if as_json:
        _print_json(
            [
                {"name": thing.name, "added_at": thing.added_at, "certificate_id": thing.certificate_id}
                for thing in things
            ]
        )
        return
    print_table(
        ("Thing", "Added", "Certificate"),
        [(thing.name, when(thing.added_at), thing.certificate_id or "none") for thing in things],
        "There are no things yet: `shadowroom things add NAME` lets one in.",
    )


@app.command()
def remove(name: Name, data_dir: DataDir = DATA_DIR) -> None:
    """Let a device in no more. Its connection is cut within a second; its shadows stay.

    What it left at the broker goes too: its kept session, and retained messages below `things/NAME/`.
    """
    from shadowroom.gate.handing_out import take_back

    take_back(data_dir, name)
    typer.echo(f"Removed {name}. Its shadows stay until they are deleted.")


def _print_json(value: object) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
