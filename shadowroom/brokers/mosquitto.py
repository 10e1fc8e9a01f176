"""The system's Mosquitto as a child process, with a configuration of ours.

All phones share the user `phone`, whose password no phone ever sees; the access list binds a
connection to the topics of its client id, and the tunnel in front of it checks that the client id is the
thing. Passwords are random and long, so the password file's cheap hash is as good as a costly one and a storm
of joins does not wait for it.
"""

import base64
import hashlib
import os
import secrets as randomness
import shutil
from pathlib import Path

from broker_bridge.transport.port import Account
from broker_bridge.wire.connect_rewrite import MQTT_3_1_1, MQTT_5
from dashboard.ports import BrokerCredential
from shadowroom.brokers.device_topics import own_tree, publish_filters, subscribe_filters
from shadowroom.brokers.port import Role, ThingsEntrance
from shadowroom.complaint import Complaint
from shadowroom.private_files import write_private
from shadowroom.secrets import MqttSecrets

PHONE_USER = "phone"
THING_USER = "thing"
"""Things from outside, behind the gate."""
MAX_PACKET = 132 * 1024
"""Bytes: AWS allows a payload of 128 KiB, and a topic and headers come on top."""
QUEUED = 100_000
"""Messages kept for one slow subscriber: two thousand phones' answers to two dozen scenes."""
_ITERATIONS = 101
"""PBKDF2 rounds, Mosquitto's own default: 0.2 ms per connect. The passwords have 192 random bits."""
_SBIN = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
"""Where packages put the program when the PATH of a plain user does not lead there."""


class SharedUser:
    """Every device gets the one loopback user; the access list tells devices apart by client id."""

    guards_topics = True

    def __init__(self, user: str, password: str) -> None:
        self._credential = BrokerCredential(user, password)

    def mint(self, thing: str, room: str) -> BrokerCredential:  # noqa: ARG002 - the client id carries the thing
        """The shared credential; `thing` must be the client id of the connection."""
        return self._credential


class MosquittoBroker:
    """Mosquitto 2.x; clients connect to `host`:`port`."""

    kind = "mosquitto"
    title = "the system's Mosquitto"

    def __init__(
        self,
        directory: Path,
        log_file: Path | None,
        secrets: MqttSecrets,
        room: str,
        host: str,
        port: int,
        *,
        listen_host: str | None = None,
        admits_things: bool = False,
    ) -> None:
        """`directory` takes configuration and store. `listen_host` differs from `host` only when other
        machines or containers are to connect too. `admits_things` is for whoever runs a gate too.
        """
        self.host, self.port = host, port
        self.log_file = log_file
        self.devices = SharedUser(PHONE_USER, secrets.phones)
        # Only this process needs to know it: the gate runs where the configuration is written.
        self._things_password = randomness.token_urlsafe(24)
        self.things: ThingsEntrance | None = None
        if admits_things:
            user = SharedUser(THING_USER, self._things_password)
            self.things = ThingsEntrance(host, port, user, frozenset({MQTT_3_1_1, MQTT_5}))
        self._directory = directory.absolute()
        self._secrets = secrets
        self._room = room
        self._listen_host = listen_host or host

    def configure(self) -> list[str]:
        """Write configuration, password file and access list; the command runs it in the foreground."""
        program = installed_mosquitto()
        if program is None:
            raise Complaint(missing_mosquitto())
        return [program, "-c", str(self.write_configuration())]

    def write_configuration(self) -> Path:
        """Write the files and make the store's directory; returns the path of the configuration."""
        store = self._directory / "mosquitto"
        try:
            store.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Complaint(f"{store} cannot be made: {error.strerror or error}.") from error
        write_private(self._directory / "mosquitto.passwords", self._passwords())
        write_private(self._directory / "mosquitto.acl", access_list(self._room))
        write_private(self._directory / "mosquitto.conf", self._configuration(store))
        return self._directory / "mosquitto.conf"

    def account(self, role: Role) -> Account:
        """An account for every topic but `$SYS`."""
        password = {
            Role.BRIDGE: self._secrets.bridge,
            Role.DASHBOARD: self._secrets.dashboard,
            Role.OPERATOR: self._secrets.operator,
        }[role]
        return Account(self.host, self.port, client_id=str(role), username=str(role), password=password)

    def _passwords(self) -> str:
        users = {
            PHONE_USER: self._secrets.phones,
            **({} if self.things is None else {THING_USER: self._things_password}),
            Role.BRIDGE: self._secrets.bridge,
            Role.DASHBOARD: self._secrets.dashboard,
            Role.OPERATOR: self._secrets.operator,
        }
        return "".join(f"{user}:{password_hash(password)}\n" for user, password in users.items())

    def _configuration(self, store: Path) -> str:
        lines = [
            "# Written by shadowroom at every start.",
            # Started by root, Mosquitto becomes the user `mosquitto`, who cannot read our files.
            *(["user root"] if os.geteuid() == 0 else []),
            # One for all: with settings per listener, Mosquitto since 2.0.12 queues nothing for who is away.
            f"listener {self.port} {self._listen_host}",
            "allow_anonymous false",
            f"password_file {self._directory / 'mosquitto.passwords'}",
            f"acl_file {self._directory / 'mosquitto.acl'}",
            # Without it every answer waits 40 ms for the delayed acknowledgement of the one before.
            "set_tcp_nodelay true",
            "max_inflight_messages 0",
            f"max_queued_messages {QUEUED}",
            f"max_packet_size {MAX_PACKET}",
            # No `max_keepalive`: with it, Mosquitto 2.0.21 cuts clients off at random (its issue 3226).
            "persistence true",
            f"persistence_location {store}/",
            "autosave_interval 60",
            "log_dest stdout",
            "log_timestamp_format %Y-%m-%dT%H:%M:%S",
            "log_type error",
            "log_type warning",
            "log_type notice",
            "connection_messages false",
        ]
        return "\n".join(lines) + "\n"


def access_list(room: str) -> str:
    """The access list. `pattern` lines hold for every user, `%c` is the client id; a `topic` line
    belongs to the user above it, and a `deny` among those wins. `#` does not cover `$aws`, which is named
    apart.
    """
    shadows, *shared = subscribe_filters("%c", room)
    lines = [
        *(f"pattern write {topic}" for topic in publish_filters("%c", room)),
        f"pattern read {shadows}",
        f"pattern readwrite {own_tree('%c')}",
    ]
    for user in (PHONE_USER, THING_USER):
        lines += ["", f"user {user}", *(f"topic read {topic}" for topic in shared)]
        # A tree of their own is for things from outside.
        lines += [f"topic deny {own_tree('+')}"] if user == PHONE_USER else []
    for role in Role:
        lines += ["", f"user {role}", "topic readwrite #", "topic readwrite $aws/#"]
    return "\n".join(lines) + "\n"


def password_hash(password: str) -> str:
    """`password` as Mosquitto 2 keeps it: `$7$` rounds, salt and PBKDF2 with SHA-512, as `mosquitto_passwd`
    writes it.
    """
    salt = randomness.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def installed_mosquitto() -> str | None:
    """The program of the system's Mosquitto, or None."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=os.pathsep.join(_SBIN))


def missing_mosquitto() -> str:
    """What to say when Mosquitto was asked for and is not there."""
    return (
        "Mosquitto is not installed: install it (`apt install mosquitto` or `brew install mosquitto`), "
        "or use the bundled broker with --broker embedded."
    )
