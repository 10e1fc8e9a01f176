"""`shadowroom keys`: access keys with which AWS clients sign for the data plane."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from shadowroom.cli_options import DATA_DIR, DataDir, Json

if TYPE_CHECKING:
    from pathlib import Path

    from shadowroom.access_keys import AccessKeyList

app = typer.Typer(
    help="Access keys for boto3, the AWS CLI and every other client that signs (SigV4).",
    no_args_is_help=True,
)


@app.command()
def add(
    name: Annotated[str, typer.Option(help="For whom it is: shown by `shadowroom keys list`.")] = "",
    data_dir: DataDir = DATA_DIR,
    as_json: Json = False,
) -> None:
    """Make a key. It works at once. Its secret is shown this once."""
    import orjson

    keys = _keys(data_dir)
    key = keys.add(name, int(time.time()))
    facts = {
        "access_key_id": key.access_key_id,
        "secret_access_key": key.secret_access_key,
        "region": keys.first.region,
    }
    if as_json:
        typer.echo(orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode())
        return
    for label, value in facts.items():
        typer.echo(f"{label + ':':<19}{value}")


@app.command("list")
def list_keys(data_dir: DataDir = DATA_DIR, as_json: Json = False) -> None:
    """Show the keys, without their secrets; the first is the room's own, that of session.json."""
    import orjson

    from shadowroom.tables import print_table, when

    keys = _keys(data_dir)
    if as_json:
        own: dict[str, object] = {"access_key_id": keys.first.access_key_id, "name": "", "room": True}
        added = [
            {"access_key_id": key.access_key_id, "name": key.name, "room": False, "added_at": key.added_at}
            for key in keys.added()
        ]
        typer.echo(orjson.dumps([own, *added], option=orjson.OPT_INDENT_2).decode())
        return
    print_table(
        ("Access key id", "Name", "Added"),
        [
            (keys.first.access_key_id, "(the room's own)", ""),
            *((key.access_key_id, key.name, when(key.added_at)) for key in keys.added()),
        ],
        "",
    )


@app.command()
def revoke(
    access_key_id: Annotated[
        str, typer.Argument(metavar="ID", help="The access key id, as `shadowroom keys list` shows it.")
    ],
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Take a key back. Requests signed with it are refused at once."""
    _keys(data_dir).revoke(access_key_id)
    typer.echo(f"Revoked {access_key_id}.")


def _keys(data_dir: "Path") -> "AccessKeyList":
    from shadowroom.access_keys import AccessKeyList
    from shadowroom.data_dir import prepare
    from shadowroom.secrets import load_or_create

    directory = prepare(data_dir)
    return AccessKeyList(directory, load_or_create(directory, None).aws)
