"""`shadowroom aws`: an account made ready for a room, what that costs, and how it is left as it was."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shadowroom.cli_options import DATA_DIR, DataDir

if TYPE_CHECKING:
    from shadowroom.aws.costs import Talk

app = typer.Typer(
    help="The same room on AWS IoT Core: deploy, look, clean up.",
    no_args_is_help=True,
)

Region = Annotated[
    str | None,
    typer.Option(envvar="AWS_REGION", help="AWS region, for instance eu-west-3.", show_default=False),
]
Stack = Annotated[str, typer.Option(help="Name of the CloudFormation stack, and of all that belongs to it.")]
EndpointUrl = Annotated[
    str | None,
    typer.Option(
        envvar="AWS_ENDPOINT_URL", help="An emulator in place of AWS, for tests.", show_default=False
    ),
]
Phones = Annotated[int, typer.Option(min=1, max=500_000, help="Phones that the talk expects.")]
Minutes = Annotated[int, typer.Option(min=1, max=1_440, help="How long they stay.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def deploy(
    region: Region = None,
    stack: Stack = "shadowroom",
    data_dir: DataDir = DATA_DIR,
    phones: Phones = 200,
    minutes: Minutes = 60,
    certificate: Annotated[
        bool,
        typer.Option(
            help="Let the room connect with a certificate of its own; without, it signs with your keys."
        ),
    ] = True,
    yes: Yes = False,
    endpoint_url: EndpointUrl = None,
    mqtt_port: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Make an account ready: print what will be created and what a talk costs, ask, and do it."""
    from shadowroom.aws import deploying
    from shadowroom.aws.account import Account
    from shadowroom.data_dir import prepare
    from shadowroom.secrets import load_or_create

    where = _region(region, data_dir)
    typer.echo(f"In {where}, as the stack {stack}, this creates:")
    for name, kind in deploying.resources():
        typer.echo(f"  {kind:<22} {name}")
    if certificate:
        typer.echo(f"  {'IoT certificate':<22} of the room's own connection, kept in {data_dir}/secrets/aws")
    typer.echo(
        "and, while a room runs, a thing with its shadows for each phone. `shadowroom aws clean` deletes all."
    )
    _say_costs(_talk(phones, minutes), where)
    _ask(yes, "Create this?")
    absolute = prepare(data_dir)
    room_thing = load_or_create(absolute, None).room_thing
    deploying.deploy(
        Account(where, endpoint_url),
        absolute,
        stack,
        typer.echo,
        room_thing=room_thing,
        certificate=certificate,
        emulator=None if endpoint_url is None else (endpoint_url, mqtt_port),
    )
    typer.echo("Ready: `shadowroom up --broker aws` opens the room there.")


@app.command()
def status(
    region: Region = None,
    stack: Annotated[str | None, typer.Option(help="Default: the deployed one.", show_default=False)] = None,
    data_dir: DataDir = DATA_DIR,
    endpoint_url: EndpointUrl = None,
) -> None:
    """Show what a stack has on AWS now; exit code 1 when there is nothing."""
    from shadowroom.aws.account import Account
    from shadowroom.aws.cleaning import look

    name = _stack(stack, data_dir)
    where = _region(region, data_dir)
    left = look(Account(where, _endpoint(endpoint_url, data_dir)), name)
    typer.echo(f"{'Stack':<14}{name} in {where}: {left.stack or 'none'}")
    typer.echo(f"{'Certificates':<14}{len(left.certificates)}")
    typer.echo(f"{'Things':<14}{len(left.things)}")
    if left.stack is None and not left.certificates and not left.things:
        raise typer.Exit(1)


@app.command()
def cost(
    region: Region = None, phones: Phones = 200, minutes: Minutes = 60, data_dir: DataDir = DATA_DIR
) -> None:
    """Say what a talk costs, from the table of prices in this version. Asks AWS nothing."""
    _say_costs(_talk(phones, minutes), _region(region, data_dir))


@app.command()
def clean(
    region: Region = None,
    stack: Annotated[str | None, typer.Option(help="Default: the deployed one.", show_default=False)] = None,
    data_dir: DataDir = DATA_DIR,
    yes: Yes = False,
    endpoint_url: EndpointUrl = None,
) -> None:
    """Delete every trace from the account: phones, shadows, retained messages, certificate, stack."""
    from shadowroom.aws import cleaning
    from shadowroom.aws.account import Account
    from shadowroom.data_dir import lock, prepare
    from shadowroom.secrets import load_or_create

    name = _stack(stack, data_dir)
    where = _region(region, data_dir)
    account = Account(where, _endpoint(endpoint_url, data_dir))
    absolute = prepare(data_dir)
    lock(absolute, "up", "A room")
    left = cleaning.look(account, name)
    typer.echo(f"In {where} this deletes for ever: {len(left.things)} things with their shadows,")
    typer.echo(f"  {len(left.certificates)} certificates, the room's retained messages and the stack {name}.")
    _ask(yes, "Delete this?")
    secrets = load_or_create(absolute, None)
    cleaning.clean(account, name, secrets.room, [secrets.room_thing], typer.echo)
    cleaning.forget_deployment(absolute)
    typer.echo("The account is as it was before.")


def _talk(phones: int, minutes: int) -> "Talk":
    from shadowroom.aws.costs import Talk

    return Talk(phones, minutes)


def _say_costs(talk: "Talk", region: str) -> None:
    from shadowroom.aws.costs import is_free, items_of, total
    from shadowroom.aws.tables import table

    prices = table("prices")
    items = items_of(talk, prices, region)
    typer.echo(
        f"A talk of {talk.minutes} minutes with {talk.phones} phones, {talk.scenes} scenes and "
        f"{talk.polls} polls:"
    )
    for item in items:
        typer.echo(f"  {item.what:<20}{item.amount:>12,}   ${item.dollars:.4f}")
    typer.echo(
        f"  {'in all':<20}{'':>12}   ${total(items):.2f}, before tax, at prices read on {prices['read_on']}"
    )
    if is_free(items):
        typer.echo("  Within the free tier of an account's first year, it costs nothing.")


def _region(given: str | None, data_dir: Path) -> str:
    from shadowroom.aws.deployment import find_deployment
    from shadowroom.complaint import USAGE, Complaint

    if given:
        return given
    deployed = find_deployment(data_dir.expanduser().absolute())
    if deployed is None:
        raise Complaint("Say in which region: --region eu-west-3, or set AWS_REGION.", USAGE)
    return deployed.region


def _stack(given: str | None, data_dir: Path) -> str:
    from shadowroom.aws.deployment import find_deployment

    deployed = find_deployment(data_dir.expanduser().absolute())
    return given or (deployed.stack if deployed is not None else "shadowroom")


def _endpoint(given: str | None, data_dir: Path) -> str | None:
    from shadowroom.aws.deployment import find_deployment

    deployed = find_deployment(data_dir.expanduser().absolute())
    return given or (deployed.endpoint_url if deployed is not None else None)


def _ask(yes: bool, question: str) -> None:
    if not yes and not typer.confirm(question):
        raise typer.Exit(1)
