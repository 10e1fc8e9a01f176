"""`shadowroom up`: a whole room from one command."""

import asyncio
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console

from shadowroom.addresses import Addresses, find_addresses
from shadowroom.aws.deployment import load_deployment
from shadowroom.aws.rehearsal import what_was_throttled
from shadowroom.aws.tables import quotas_of
from shadowroom.brokers.choice import Choice, broker_at, choose
from shadowroom.brokers.port import Broker, Role
from shadowroom.certificates import check_certificate
from shadowroom.complaint import USAGE, Complaint
from shadowroom.data_dir import lock, prepare
from shadowroom.gate.listeners import Listeners, at, reachable
from shadowroom.ports import LOOPBACK, free_port, require_free
from shadowroom.secrets import RoomSecrets, load_or_create
from shadowroom.session_file import describe, remove_session, write_session
from shadowroom.store_url import store_url
from shadowroom.supervisor import Part, Supervisor, until_all_started
from shadowroom.tunnel_workers import check_tunnel_workers
from shadowroom.welcome import welcome

_READY_REQUEST_S = 5.0
"""Seconds for one answer of /readyz, which itself asks broker, bridge and store."""

_GOODBYES_S = 10.0
_GOODBYES_PER_S = 400.0
"""Phones per second that leave: each is forgotten, its thing and its shadows."""


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What `shadowroom up` was asked for."""

    host: str = "0.0.0.0"  # noqa: S104 - the phones in the room must reach it
    port: int = 8000
    room: str | None = None
    broker: str = "auto"
    store: str | None = None
    data_dir: Path = Path(".shadowroom")
    phones: int = 0
    public_url: str | None = None
    certfile: Path | None = None
    keyfile: Path | None = None
    embed_origins: tuple[str, ...] = ()
    gate: Listeners = field(default_factory=Listeners)
    will_republish: bool = False
    like_aws: str | None = None
    """A region of AWS whose quotas the room is held to."""
    alexa_skill_id: str | None = None
    retention_days: int | None = None
    """Polls and answers older than this are deleted; None: kept."""
    tunnel_workers: int = 0
    """Processes for the tunnel; 0: it is in the dashboard's own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything decided before the first process is started."""

    options: UpOptions
    data_dir: Path
    secrets: RoomSecrets
    choice: Choice
    broker: Broker | None
    """None on AWS, which is broker and shadow service itself."""
    store: str
    bridge_port: int
    addresses: Addresses

    @property
    def bridge_url(self) -> str | None:
        """The bridge's own REST address; None where there is no bridge."""
        return None if self.broker is None else f"http://{LOOPBACK}:{self.bridge_port}"

    @property
    def where(self) -> str:
        """Which broker carries the room, for people."""
        if self.broker is None:
            deployed = load_deployment(self.data_dir)
            return f"AWS IoT Core in {deployed.region}, stack {deployed.stack}"
        return f"{self.broker.title} on {self.broker.host}:{self.broker.port}"


def up(options: UpOptions, console: Console, errors: Console) -> None:
    """Run the room until SIGINT or SIGTERM. Raises `Complaint` when it cannot be started."""
    check_certificate(options.certfile, options.keyfile)
    check_tunnel_workers(options.tunnel_workers, options.broker, options.like_aws)
    choice = choose(options.broker)
    data_dir = prepare(options.data_dir)
    if options.like_aws:
        quotas_of(options.like_aws, data_dir)
    if choice.name == "aws":
        load_deployment(data_dir)
    held = lock(data_dir, "up", "A room")
    # Workers of a dashboard that was killed hold the port a moment longer, and its lock as long.
    os.close(lock(data_dir, "dashboard", "A dashboard"))
    plan = _plan(options, data_dir, choice)
    remove_session(data_dir)
    console.print(f"Broker: {plan.where} ({plan.choice.reason}).", highlight=False)

    def report(line: str) -> None:
        errors.print(line, markup=False, highlight=False, soft_wrap=True)

    asyncio.run(_run(plan, Supervisor(data_dir, held, report), console))


async def _run(plan: Plan, supervisor: Supervisor, console: Console) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        if await until_all_started(supervisor, room_parts(plan), stop):
            operator = None if plan.broker is None else plan.broker.account(Role.OPERATOR)
            session = describe(plan.addresses, plan.secrets, operator, plan.bridge_url)
            write_session(plan.data_dir, session)
            welcome(console, session, _facts(plan))
            if plan.options.phones:
                await supervisor.start(_simulated_phones(plan))
            await stop.wait()
            if plan.options.like_aws:
                console.print(await what_was_throttled(plan.addresses.url, plan.options.like_aws))
            console.print("Closing the room…")
    finally:
        remove_session(plan.data_dir)
        await supervisor.stop()


def _plan(options: UpOptions, data_dir: Path, choice: Choice) -> Plan:
    secrets = load_or_create(data_dir, options.room)
    store = store_url(options.store, data_dir)
    addresses = find_addresses(
        options.host,
        options.port,
        scheme="https" if options.certfile else "http",
        public_url=options.public_url,
    )
    require_free(options.host, options.port, "--port")
    taken = _require_gate(options, choice)
    broker_port = free_port(other_than=taken)
    broker = None
    if choice.name != "aws":
        broker = broker_at(choice.name, data_dir, secrets, LOOPBACK, broker_port)
    return Plan(
        options=options,
        data_dir=data_dir,
        secrets=secrets,
        choice=choice,
        broker=broker,
        store=store,
        bridge_port=free_port(other_than=[*taken, broker_port]),
        addresses=addresses,
    )


def _require_gate(options: UpOptions, choice: Choice) -> list[int]:
    """The ports that are taken from outside. Raises `Complaint` when devices cannot be let in as asked."""
    taken = [options.port]
    if options.gate and not choice.runs_here:
        raise Complaint(
            "--mqtt-listen and --mqtts-listen are for a broker of ours: "
            "on another's, devices connect to that broker itself.",
            USAGE,
        )
    for address, option in ((options.gate.mqtt, "--mqtt-listen"), (options.gate.mqtts, "--mqtts-listen")):
        if address is None:
            continue
        if address[1] in taken:
            raise Complaint(f"{option} needs a port of its own, and {address[1]} is taken already.", USAGE)
        require_free(*address, option)
        taken.append(address[1])
    return taken


def room_parts(plan: Plan) -> list[Part]:
    """The parts of a room, in the order in which they are started."""
    base = ["--data-dir", str(plan.data_dir)]
    if plan.broker is None or plan.bridge_url is None:
        return [_dashboard([*base, *_dashboard_arguments(plan)], {"SHADOWROOM_BROKER": "aws"}, plan)]
    broker_address = f"{plan.broker.host}:{plan.broker.port}"
    # An address may hold a password, so it does not go on a command line.
    kind = {"SHADOWROOM_BROKER": plan.choice.name}
    if plan.options.like_aws:
        kind["SHADOWROOM_LIKE_AWS"] = plan.options.like_aws
    at_broker = ["--broker-address", broker_address] if plan.choice.runs_here else []
    bridge = Part(
        "bridge",
        [
            *(*base, *at_broker, "--rest-host", LOOPBACK, "--rest-port", str(plan.bridge_port)),
            *(["--will-republish"] if plan.options.will_republish else []),
        ],
        {**kind, "SHADOWROOM_STORE": plan.store},
    )
    arguments = [*base, *at_broker, "--bridge-url", plan.bridge_url, *_dashboard_arguments(plan)]
    dashboard = _dashboard(arguments, kind, plan)
    if not plan.choice.runs_here:
        return [bridge, dashboard]
    broker = Part("broker", [*base, "--listen", broker_address, *_gate_arguments(plan.options.gate)], kind)
    return [broker, bridge, dashboard]


def _dashboard(arguments: list[str], environment: dict[str, str], plan: Plan) -> Part:
    return Part("dashboard", arguments, environment, is_ready=lambda: _answers_ready(plan.addresses.url))


def _gate_arguments(gate: Listeners) -> list[str]:
    named = {"--mqtt-listen": gate.mqtt, "--mqtts-listen": gate.mqtts}
    return [
        word for option, address in named.items() if address is not None for word in (option, at(*address))
    ]


def _dashboard_arguments(plan: Plan) -> list[str]:
    options = plan.options
    arguments = ["--host", options.host, "--port", str(options.port), "--public-url", plan.addresses.public]
    if options.certfile is not None and options.keyfile is not None:
        arguments += ["--certfile", str(options.certfile), "--keyfile", str(options.keyfile)]
    if options.retention_days is not None:
        arguments += ["--retention-days", str(options.retention_days)]
    if options.alexa_skill_id is not None:
        arguments += ["--alexa-skill-id", options.alexa_skill_id]
    if options.tunnel_workers:
        arguments += ["--tunnel-workers", str(options.tunnel_workers)]
    for origin in options.embed_origins:
        arguments += ["--embed-origin", origin]
    return arguments


def _simulated_phones(plan: Plan) -> Part:
    async def at_once() -> bool:
        return True

    phones = plan.options.phones
    arguments = ["--data-dir", str(plan.data_dir), "--url", plan.addresses.url, "--room", plan.secrets.room]
    arguments += ["--phones", str(phones), "--duration", "0"]
    arguments += ["--tokens", str(plan.data_dir / "secrets" / "crowd.jsonl")]
    return Part("sim", arguments, is_ready=at_once, stop_within_s=_GOODBYES_S + phones / _GOODBYES_PER_S)


def _facts(plan: Plan) -> list[tuple[str, str]]:
    addresses = plan.addresses
    facts = [
        ("Broker", f"{plan.where} ({plan.choice.reason})"),
        ("Address", f"{addresses.public}: {addresses.reason}"),
    ]
    if addresses.others:
        facts.append(("Others", "  ".join(addresses.others) + "  (choose with --public-url)"))
    if plan.options.like_aws:
        facts.append(("Like AWS", f"held to AWS IoT's quotas of {plan.options.like_aws}"))
    if plan.options.tunnel_workers:
        facts.append(("Tunnel", f"{plan.options.tunnel_workers} processes carry the phones' connections"))
    if plan.options.gate:
        facts.append(("Devices", f"{_ways_in(plan.options.gate)}  (`shadowroom things add NAME`)"))
    facts.append(("Session", str(plan.data_dir / "session.json")))
    facts.append(("Stop", "Ctrl-C"))
    return facts


def _ways_in(gate: Listeners) -> str:
    named = (("mqtt", gate.mqtt), ("mqtts", gate.mqtts))
    ways = (f"{kind}://{at(reachable(way[0]), way[1])}" for kind, way in named if way is not None)
    return "  ".join(ways)


async def _answers_ready(url: str) -> bool:
    """True when the dashboard and everything behind it answer."""
    try:
        # Its certificate is for the name that phones use, not for this address on this machine.
        async with httpx.AsyncClient(verify=False, timeout=_READY_REQUEST_S, trust_env=False) as client:  # noqa: S501
            answer = await client.get(f"{url}/readyz")
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK
