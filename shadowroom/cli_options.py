"""Options that several commands share, with their words and their environment variables."""

from pathlib import Path
from typing import Annotated

import typer

from shadowroom.file_limit import WORKERS_MAX

DATA_DIR = Path(".shadowroom")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the phones in the room must reach it
LOOPBACK = "127.0.0.1"

DataDir = Annotated[
    Path,
    typer.Option(envvar="SHADOWROOM_DATA_DIR", help="The room's files. The same directory is the same room."),
]
Room = Annotated[
    str | None,
    typer.Option(
        envvar="SHADOWROOM_ROOM",
        help="Code people type: letters and digits. Default: the data directory's room, else DEMO.",
        show_default=False,
    ),
]
BrokerName = Annotated[
    str,
    typer.Option(
        envvar="SHADOWROOM_BROKER",
        help="auto, embedded, mosquitto, aws, mqtt://user:password@host:port or mqtts://… "
        "[dim]auto is the system's Mosquitto where there is one, else embedded.[/dim]",
    ),
]
BrokerAddress = Annotated[
    str | None,
    typer.Option(
        envvar="SHADOWROOM_BROKER_ADDRESS",
        metavar="HOST:PORT",
        help="Where the broker listens. Default: as announced in the data directory by `shadowroom broker`.",
        show_default=False,
    ),
]
Store = Annotated[
    str | None,
    typer.Option(
        envvar="SHADOWROOM_STORE",
        help="Shadow store: sqlite:///… or memory:. Default: shadows.db in the data directory.",
        show_default=False,
    ),
]
Certificate = Annotated[Path | None, typer.Option(help="TLS certificate chain (PEM).", show_default=False)]
CertificateKey = Annotated[Path | None, typer.Option(help="The certificate's key (PEM).", show_default=False)]
PublicUrl = Annotated[
    str | None,
    typer.Option(
        envvar="SHADOWROOM_PUBLIC_URL",
        help="Address in the QR code. Default: this machine's address on its default route.",
        show_default=False,
    ),
]
RetentionDays = Annotated[
    int | None,
    typer.Option(
        envvar="SHADOWROOM_RETENTION_DAYS",
        min=1,
        metavar="N",
        help="Delete polls and their answers N days after they were asked. Default: keep them.",
        show_default=False,
    ),
]
AlexaSkillId = Annotated[
    str | None,
    typer.Option(
        envvar="SHADOWROOM_ALEXA_SKILL_ID",
        metavar="ID",
        help="The Alexa skill that may ask this room at POST /alexa: amzn1.ask.skill.…. Default: none.",
        show_default=False,
    ),
]
EmbedOrigins = Annotated[
    list[str] | None,
    typer.Option(
        "--embed-origin",
        envvar="SHADOWROOM_EMBED_ORIGINS",
        metavar="ORIGIN",
        help="A site whose pages may show the stage in a frame (/stage/ROOM?embed): https://slides.example. "
        "It may be given again. Default: none.",
        show_default=False,
    ),
]
MqttListen = Annotated[
    str | None,
    typer.Option(
        envvar="SHADOWROOM_MQTT_LISTEN",
        metavar="HOST:PORT",
        help="Let devices in there by MQTT, with passwords from `shadowroom things add`: 0.0.0.0:1883. "
        "Default: none.",
        show_default=False,
    ),
]
MqttsListen = Annotated[
    str | None,
    typer.Option(
        envvar="SHADOWROOM_MQTTS_LISTEN",
        metavar="HOST:PORT",
        help="Let devices in there by MQTT over TLS, with certificates from `shadowroom things add --certs`: "
        "0.0.0.0:8883. Default: none.",
        show_default=False,
    ),
]
WillRepublish = Annotated[
    bool,
    typer.Option(
        "--will-republish",
        envvar="SHADOWROOM_WILL_REPUBLISH",
        help="Pass messages on things/NAME/shadow/update on to the shadow of NAME: for last wills.",
    ),
]
LikeAws = Annotated[
    str | None,
    typer.Option(
        "--like-aws",
        envvar="SHADOWROOM_LIKE_AWS",
        metavar="REGION",
        help="Hold the room to AWS IoT's quotas of this region, to rehearse a talk on AWS: eu-west-3.",
        show_default=False,
    ),
]
TunnelWorkers = Annotated[
    int,
    typer.Option(
        envvar="SHADOWROOM_TUNNEL_WORKERS",
        min=0,
        max=WORKERS_MAX,
        metavar="N",
        help="Processes that carry the phones' connections, behind the same port: for several cores, and for "
        "more phones than one process may open files for (two each). 0: the dashboard itself.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
