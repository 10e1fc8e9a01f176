"""Credentials for devices, handed out and taken back."""

import datetime
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shadowroom.complaint import USAGE, Complaint
from shadowroom.data_dir import announcement, prepare
from shadowroom.gate.authority import Authority, Issued
from shadowroom.gate.listeners import Listeners, reachable
from shadowroom.gate.thing_list import KeptThing, ThingList
from shadowroom.private_files import write_private
from shadowroom.secrets import load_or_create

MQTT_PORT, MQTTS_PORT = 1883, 8883
"""Where a room that does not run yet is expected to listen."""


@dataclass(frozen=True, slots=True)
class HandedOut:
    """How one device connects. `port` is the plain listener's, None when only certificates are taken."""

    host: str
    port: int | None
    tls_port: int | None
    """None without certificate files."""
    client_id: str
    username: str | None
    password: str | None = field(repr=False)
    ca: Path | None
    certificate: Path | None
    private_key: Path | None
    notes: tuple[str, ...] = ()
    """Sentences for the person."""

    def as_json(self) -> dict[str, Any]:
        """All of it but the notes; what there is not is null."""
        return {
            "host": self.host,
            "port": self.port,
            "tls_port": self.tls_port,
            "client_id": self.client_id,
            "username": self.username,
            "password": self.password,
            "ca": _text(self.ca),
            "certificate": _text(self.certificate),
            "private_key": _text(self.private_key),
        }

    def facts(self) -> list[tuple[str, str]]:
        """Label and value of what there is."""
        facts = [
            ("MQTT host", self.host),
            ("MQTT port", self.port),
            ("client id", self.client_id),
            ("user name", self.username),
            ("password", self.password),
            ("TLS port", self.tls_port),
            ("CA", self.ca),
            ("certificate", self.certificate),
            ("private key", self.private_key),
        ]
        return [(label, str(value)) for label, value in facts if value is not None]


def hand_out(data_dir: Path, name: str, certs: Path | None) -> HandedOut:
    """Put a thing on the list and say how it connects; `certs` is where certificate files go.

    Raises `Complaint` when it cannot be added, or could not connect to the room that runs.
    """
    directory = prepare(data_dir)
    secrets = load_or_create(directory, None)
    things = ThingList(directory, reserved=[secrets.room_thing])
    things.check_name(name)
    listeners, running = _listeners(directory)
    _check_way_in(listeners, certs)
    issued = None if certs is None else Authority(directory, secrets.room).issue(name, _now())
    files = (
        None
        if certs is None or issued is None
        else _write_files(certs, name, issued, directory, secrets.room)
    )
    password = things.add(name, int(time.time()), None if issued is None else issued.id)
    plain = listeners.mqtt
    address = plain or listeners.mqtts or ("", 0)
    return HandedOut(
        host=reachable(address[0]),
        port=None if plain is None else plain[1],
        tls_port=None if files is None or listeners.mqtts is None else listeners.mqtts[1],
        client_id=name,
        username=None if plain is None else name,
        password=None if plain is None else password,
        ca=None if files is None else files[0],
        certificate=None if files is None else files[1],
        private_key=None if files is None else files[2],
        notes=_notes(listeners, running),
    )


def take_back(data_dir: Path, name: str) -> None:
    """Take a thing off the list. Raises `Complaint` when it is not on it."""
    ThingList(prepare(data_dir)).remove(name)


def listed(data_dir: Path) -> list[KeptThing]:
    """The things that may come in, by name."""
    return ThingList(prepare(data_dir)).all()


def _listeners(data_dir: Path) -> tuple[Listeners, bool]:
    """Where the gate listens, or is expected to; and whether it runs."""
    broker = announcement(data_dir, "broker")
    if broker is not None:
        return Listeners.of(broker), True
    if announcement(data_dir, "bridge") is not None:
        raise Complaint(
            "This room's broker is run elsewhere: devices connect there, with an account of that broker."
        )
    return Listeners(("", MQTT_PORT), ("", MQTTS_PORT)), False


def _check_way_in(listeners: Listeners, certs: Path | None) -> None:
    if not listeners:
        raise Complaint(
            "This room lets no devices in from outside: start it again with "
            f"`shadowroom up --mqtt-listen 0.0.0.0:{MQTT_PORT}`."
        )
    if certs is not None and listeners.mqtts is None:
        raise Complaint(
            "This room takes no certificates: start it again with "
            f"`shadowroom up --mqtts-listen 0.0.0.0:{MQTTS_PORT}`, or leave --certs away."
        )
    if certs is None and listeners.mqtt is None:
        raise Complaint(
            "This room takes devices with certificates only: add --certs DIR, or start it again with "
            f"`shadowroom up --mqtt-listen 0.0.0.0:{MQTT_PORT}`."
        )


def _write_files(
    certs: Path, name: str, issued: Issued, data_dir: Path, room: str
) -> tuple[Path, Path, Path]:
    directory = certs.expanduser().absolute()
    if directory.exists() and not directory.is_dir():
        raise Complaint(f"{certs} is not a directory: choose another with --certs.", USAGE)
    # A colon is a thing's own business, and no character of a file's name everywhere.
    stem = name.replace(":", "_")
    ca, certificate, key = (
        directory / "ca.pem",
        directory / f"{stem}.certificate.pem",
        directory / f"{stem}.private.key",
    )
    write_private(ca, Authority(data_dir, room).ca_pem())
    write_private(certificate, issued.certificate)
    write_private(key, issued.private_key)
    return ca, certificate, key


def _notes(listeners: Listeners, running: bool) -> tuple[str, ...]:
    if running:
        return ()
    ports = [address[1] for address in (listeners.mqtt, listeners.mqtts) if address is not None]
    note = (
        "No room runs on this data directory now. The address holds once it is started with `shadowroom up "
        f"--mqtt-listen 0.0.0.0:{ports[0]}` (for certificates: `--mqtts-listen 0.0.0.0:{ports[-1]}`)."
    )
    return (note,)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
