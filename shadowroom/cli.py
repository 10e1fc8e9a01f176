"""The command `shadowroom`: options in, one sentence out when something is wrong, never a traceback.

One module, and a long one, because it is the one table of all options.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console

from shadowroom import (
    alexa_command,
    aws_command,
    keys_command,
    lifeline,
    logs,
    polls_command,
    things_command,
)
from shadowroom.cli_options import (
    DATA_DIR,
    EVERYWHERE,
    LOOPBACK,
    AlexaSkillId,
    BrokerAddress,
    BrokerName,
    Certificate,
    CertificateKey,
    DataDir,
    EmbedOrigins,
    LikeAws,
    MqttListen,
    MqttsListen,
    PublicUrl,
    RetentionDays,
    Room,
    Store,
    TunnelWorkers,
    WillRepublish,
)
from shadowroom.complaint import FAILURE, Complaint
from shadowroom.embed_origins import embed_origins
from shadowroom.file_limit import raise_file_limit

if TYPE_CHECKING:
    from shadowroom.gate.listeners import Listeners

app = typer.Typer(
    name="shadowroom",
    help="Every phone in the room is an IoT device with a shadow.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def main() -> None:
    """Run the command; a `Complaint` becomes one sentence on standard error and its exit code."""
    lifeline.hold()
    raise_file_limit()
    try:
        app()
    except Complaint as complaint:
        _say(complaint)
        sys.exit(complaint.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the last resort: a person gets a sentence, the log the rest
        _say(_unexpected(error))
        sys.exit(FAILURE)


def _print_version(wanted: bool) -> None:
    if wanted:
        # It costs as much as all else that a command imports.
        from importlib import metadata

        try:
            version = metadata.version("shadowroom")
        except metadata.PackageNotFoundError:
            version = "(run from its source, not installed)"
        typer.echo(f"shadowroom {version}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    pass


@app.command()
def up(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = EVERYWHERE,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The one port for everything.")] = 8000,
    room: Room = None,
    broker: BrokerName = "auto",
    store: Store = None,
    data_dir: DataDir = DATA_DIR,
    phones: Annotated[int, typer.Option(min=0, max=20_000, help="Simulated phones to fill the room.")] = 0,
    public_url: PublicUrl = None,
    certfile: Certificate = None,
    keyfile: CertificateKey = None,
    embed_origin: EmbedOrigins = None,
    mqtt_listen: MqttListen = None,
    mqtts_listen: MqttsListen = None,
    will_republish: WillRepublish = False,
    alexa_skill_id: AlexaSkillId = None,
    retention_days: RetentionDays = None,
    like_aws: LikeAws = None,
    tunnel_workers: TunnelWorkers = 0,
) -> None:
    """Open a room: broker, bridge and dashboard on this machine, and a QR code for the phones."""
    from shadowroom.up import UpOptions
    from shadowroom.up import up as open_room

    options = UpOptions(
        host=host,
        port=port,
        room=room,
        broker=broker,
        store=store,
        data_dir=data_dir,
        phones=phones,
        public_url=public_url,
        certfile=certfile,
        keyfile=keyfile,
        embed_origins=embed_origins(embed_origin),
        gate=_listeners(mqtt_listen, mqtts_listen),
        will_republish=will_republish,
        alexa_skill_id=alexa_skill_id,
        retention_days=retention_days,
        like_aws=like_aws,
        tunnel_workers=tunnel_workers,
    )
    open_room(options, Console(), Console(stderr=True))


@app.command()
def broker(
    data_dir: DataDir = DATA_DIR,
    room: Room = None,
    broker: BrokerName = "auto",
    listen: Annotated[
        str | None,
        typer.Option(
            envvar="SHADOWROOM_LISTEN",
            metavar="HOST:PORT",
            help="Where to listen. Default: a free port on 127.0.0.1.",
            show_default=False,
        ),
    ] = None,
    mqtt_listen: MqttListen = None,
    mqtts_listen: MqttsListen = None,
    configure_only: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write a Mosquitto configuration to DIR and exit. "
            "[dim]For one that runs elsewhere, as the same user, and sees DIR under the same path.[/dim]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run the MQTT broker alone, and the gate through which devices from outside come in."""
    from shadowroom.brokers.whereabouts import host_and_port
    from shadowroom.parts import broker as part

    address = None if listen is None else host_and_port(listen, "--listen")
    listeners = _listeners(mqtt_listen, mqtts_listen)
    if configure_only is not None:
        if broker not in ("auto", "mosquitto"):
            raise Complaint(
                "--configure-only writes a configuration for Mosquitto: use --broker mosquitto.", 2
            )
        path = part.write_mosquitto_configuration(
            data_dir, room, configure_only, address or (EVERYWHERE, 1883)
        )
        typer.echo(f"Wrote {path}")
        return
    logs.configure("broker")
    part.run_broker(part.BrokerOptions(data_dir, room, broker, address, listeners))


@app.command()
def bridge(
    data_dir: DataDir = DATA_DIR,
    room: Room = None,
    broker: BrokerName = "auto",
    broker_address: BrokerAddress = None,
    store: Store = None,
    rest_host: Annotated[
        str, typer.Option(envvar="SHADOWROOM_REST_HOST", help="Where the data-plane REST listens.")
    ] = LOOPBACK,
    rest_port: Annotated[
        int, typer.Option(envvar="SHADOWROOM_REST_PORT", min=1, max=65_535, help="Its port.")
    ] = 8001,
    will_republish: WillRepublish = False,
    like_aws: LikeAws = None,
) -> None:
    """Run the Device Shadow service alone: shadows over MQTT, data-plane REST, fleet index."""
    from shadowroom.parts import bridge as part

    logs.configure("bridge")
    options = part.BridgeOptions(
        data_dir, room, broker, broker_address, store, rest_host, rest_port, will_republish, like_aws
    )
    part.run_bridge(options)


@app.command()
def dashboard(
    data_dir: DataDir = DATA_DIR,
    room: Room = None,
    broker: BrokerName = "auto",
    broker_address: BrokerAddress = None,
    bridge_url: Annotated[
        str | None,
        typer.Option(
            envvar="SHADOWROOM_BRIDGE_URL",
            help="The bridge's REST. Default: as announced in the data directory by `shadowroom bridge`.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[str, typer.Option(envvar="SHADOWROOM_HOST", help="Address to listen on.")] = EVERYWHERE,
    port: Annotated[
        int, typer.Option(envvar="SHADOWROOM_PORT", min=1, max=65_535, help="The one port for everything.")
    ] = 8000,
    public_url: PublicUrl = None,
    certfile: Certificate = None,
    keyfile: CertificateKey = None,
    alexa_skill_id: AlexaSkillId = None,
    retention_days: RetentionDays = None,
    embed_origin: EmbedOrigins = None,
    like_aws: LikeAws = None,
    tunnel_workers: TunnelWorkers = 0,
) -> None:
    """Run the room's pages, tunnel and API alone."""
    from shadowroom.parts import dashboard as part

    options = part.DashboardOptions(
        data_dir=data_dir,
        room=room,
        broker=broker,
        broker_address=broker_address,
        bridge_url=bridge_url,
        host=host,
        port=port,
        public_url=public_url,
        certfile=certfile,
        keyfile=keyfile,
        alexa_skill_id=alexa_skill_id,
        retention_days=retention_days,
        embed_origins=embed_origins(embed_origin),
        like_aws=like_aws,
        tunnel_workers=tunnel_workers,
    )
    logs.configure("dashboard")
    part.run_dashboard(options)


@app.command(hidden=True)
def tunnel(
    number: Annotated[int, typer.Option(min=1, help="Which of the workers this is.")],
    listener: Annotated[int, typer.Option(min=0, help="Its listening socket, an open file.")],
    data_dir: DataDir = DATA_DIR,
    broker: BrokerName = "auto",
    broker_address: BrokerAddress = None,
    certfile: Certificate = None,
    keyfile: CertificateKey = None,
) -> None:
    """Carry phones' connections in the dashboard's place: one worker of `--tunnel-workers`."""
    from shadowroom.parts import tunnel as part

    logs.configure(f"tunnel-{number}")
    options = part.TunnelOptions(data_dir, number, listener, broker, broker_address, certfile, keyfile)
    part.run_tunnel(options)


@app.command()
def sim(
    url: Annotated[
        str, typer.Option(envvar="SHADOWROOM_URL", help="The room's address.")
    ] = "http://127.0.0.1:8000",
    room: Annotated[str, typer.Option(envvar="SHADOWROOM_ROOM", help="The room's code.")] = "DEMO",
    phones: Annotated[int, typer.Option(min=1, max=20_000, help="How many phones.")] = 200,
    duration: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Seconds to stay; 0 is until Ctrl-C. Default: the scenario's, else 30.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the measurements there (JSON).", show_default=False),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the phones' things behind.")] = False,
    tokens: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep the phones' tokens there while they are in the room: a killed crowd comes back.",
            show_default=False,
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            min=0.1, help="Arrivals per second. Default: the scenario's, else 500.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides who comes, and when.")] = 1,
    code: Annotated[
        str | None, typer.Option(help="The room's join code, where it asks for one.", show_default=False)
    ] = None,
    data_dir: Annotated[
        Path,
        typer.Option(
            envvar="SHADOWROOM_DATA_DIR",
            help="Where a room on this machine keeps its session.json; as its presenter the run recolours.",
        ),
    ] = DATA_DIR,
    presenter_token: Annotated[
        str | None, typer.Option(envvar="SHADOWROOM_PRESENTER_TOKEN", hidden=True)
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="What befalls the phones: hall, lecture, storm, flaky, or a file of your own (.toml).",
            show_default=False,
        ),
    ] = None,
    direct: Annotated[
        bool,
        typer.Option(
            "--direct",
            help="Connect the phones to the broker itself, past the room's tunnel. "
            "[dim]For 10,000 of them; on the machine of the room, with its data directory.[/dim]",
        ),
    ] = False,
) -> None:
    """Fill a room with simulated phones and measure what they saw."""
    from device_sim.options import SimOptions
    from shadowroom.parts.sim import DURATION_S, broker_door, presenter_token_of, run_sim, scenario_called
    from shadowroom.secrets import room_code

    logs.configure("sim")
    room = room_code(room)
    played = scenario_called(scenario)
    seconds = (played.duration_s or DURATION_S) if duration is None else duration
    options = SimOptions(
        url=url,
        room=room,
        phones=phones,
        duration=seconds,
        report=report,
        presenter_token=presenter_token or presenter_token_of(data_dir, room, seconds),
        keep=keep,
        tokens=tokens,
        seed=seed,
        rate=rate,
        scenario=played,
        direct=broker_door(data_dir, room, url) if direct else None,
        quiet=logs.is_json(),
        code=code,
    )
    run_sim(options)


@app.command()
def replay(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A recording: DATA-DIR/recordings/ROOM.jsonl.")
    ],
    speed: Annotated[float, typer.Option(min=0.1, max=1_000, help="Times as fast as it was.")] = 1.0,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65_535, help="Port on 127.0.0.1. Default: a free one.", show_default=False),
    ] = None,
) -> None:
    """Show a recorded room on the stage's page, on this machine only, until a page has seen all of it."""
    from shadowroom.parts.replay import ReplayOptions, run_replay

    run_replay(ReplayOptions(file, speed, port))


@app.command()
def doctor(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = EVERYWHERE,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The one port for everything.")] = 8000,
    broker: BrokerName = "auto",
    data_dir: DataDir = DATA_DIR,
    phones: Annotated[int, typer.Option(min=1, max=20_000, help="How many phones to expect.")] = 200,
    public_url: PublicUrl = None,
    certfile: Certificate = None,
    keyfile: CertificateKey = None,
    tunnel_workers: TunnelWorkers = 0,
) -> None:
    """Look at this machine before the doors open, with the options of `up`; exit code 1 if a check fails."""
    from shadowroom.doctor import Examination, examine
    from shadowroom.tables import print_line

    room = Examination(host, port, data_dir, phones, broker, public_url, certfile, keyfile, tunnel_workers)
    failed = False
    for finding in examine(room):
        failed |= finding.level == "fail"
        print_line(f"{finding.level:<6}{finding.what:<16}{finding.sentence}")
    if failed:
        raise typer.Exit(FAILURE)


@app.command()
def bench(
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write all figures there.", dir_okay=False, show_default=False),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="About a minute, with small rooms.")] = False,
    broker: BrokerName = "auto",
) -> None:
    """Measure this machine: updates, REST, rooms of 200 and 2,000 phones, votes.

    It should have nothing else to do, and takes about five minutes.
    """
    from shadowroom.bench import command

    command.bench(command.QUICK if quick else command.FULL, broker, json)


app.add_typer(things_command.app, name="things")
app.add_typer(keys_command.app, name="keys")
app.add_typer(alexa_command.app, name="alexa")
app.add_typer(polls_command.app, name="polls")
app.add_typer(aws_command.app, name="aws")
app.command()(polls_command.rehearse)


def _listeners(mqtt: str | None, mqtts: str | None) -> "Listeners":
    from shadowroom.brokers.whereabouts import host_and_port
    from shadowroom.gate.listeners import Listeners

    return Listeners(
        None if mqtt is None else host_and_port(mqtt, "--mqtt-listen"),
        None if mqtts is None else host_and_port(mqtts, "--mqtts-listen"),
    )


def _say(complaint: Complaint) -> None:
    if logs.is_json():
        record = {"level": "error", "complaint": complaint.sentence, "exit_code": complaint.exit_code}
        sys.stderr.write(orjson.dumps(record).decode() + "\n")
    else:
        Console(stderr=True).print(complaint.sentence, markup=False, highlight=False, soft_wrap=True)
    sys.stderr.flush()


def _unexpected(error: Exception) -> Complaint:
    if os.environ.get("SHADOWROOM_TRACEBACK"):
        raise error
    return Complaint(
        f"Something unexpected happened: {type(error).__name__}: {error}. "
        "Set SHADOWROOM_TRACEBACK=1 to see where, and please report it."
    )
