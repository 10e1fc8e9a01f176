"""What a presenter wants to know before the doors open. No check changes anything."""

import asyncio
import ipaddress
import os
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from dashboard.api.pages import STATIC
from dashboard.ports import Finding
from shadowroom.addresses import find_addresses
from shadowroom.brokers.choice import choose
from shadowroom.brokers.embedded import bundled_program
from shadowroom.brokers.external import ExternalBroker
from shadowroom.brokers.handshake import accepts
from shadowroom.brokers.port import Role
from shadowroom.certificates import check_certificate
from shadowroom.complaint import Complaint
from shadowroom.data_dir import announcement
from shadowroom.file_limit import WANTED
from shadowroom.ports import require_free

FILES_A_PHONE: Final = 2
"""A tunnelled phone is two connections, its own and the broker's."""
FILES_BESIDE: Final = 256
"""Databases, logs, watchers and the web server's own."""
EXPIRES_SOON: Final = timedelta(days=7)
"""A certificate that ends within this time may end before the talk."""
FREE_BYTES: Final = 200 * 1024 * 1024
"""Recordings of 64 MiB, databases and logs."""
PAGES: Final = ("index.html", "join.html", "stage.html", "present.html")


@dataclass(frozen=True, slots=True)
class Examination:
    """The room that is about to be opened; as the options of `shadowroom up`."""

    host: str
    port: int
    data_dir: Path
    phones: int
    broker: str = "auto"
    public_url: str | None = None
    certfile: Path | None = None
    keyfile: Path | None = None


def examine(room: Examination) -> Iterator[Finding]:
    """Every check, in the order in which a room comes up."""
    yield data_directory(room.data_dir)
    yield port(room.host, room.port, room.data_dir)
    yield address(room)
    yield files(room.phones, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    yield clock(time.time())
    yield broker(room.broker)
    yield front_end(STATIC)
    yield certificate(room, datetime.now(UTC))


def examine_running(room: Examination) -> Iterator[Finding]:
    """The checks that make sense while the room runs; `phones` is how many are expected."""
    yield data_directory(room.data_dir)
    yield Finding("port", "ok", f"The room listens on {room.host}:{room.port}.")
    yield address(room)
    yield files(room.phones, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    yield clock(time.time())
    yield certificate(room, datetime.now(UTC))


def data_directory(path: Path) -> Finding:
    """Can it be written, and is there space?"""
    absolute = path.expanduser().absolute()
    there = next(folder for folder in (absolute, *absolute.parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Finding(
            "data directory", "fail", f"{there} cannot be written: choose another with --data-dir."
        )
    free = shutil.disk_usage(there).free
    if free < FREE_BYTES:
        return Finding(
            "data directory", "warn", f"Only {free // 2**20} MiB are free for {path}: make room there."
        )
    return Finding("data directory", "ok", f"{path} can be written.")


def port(host: str, number: int, data_dir: Path) -> Finding:
    """Can it be listened on?"""
    try:
        require_free(host, number, "--port")
    except Complaint as complaint:
        if announcement(data_dir.expanduser().absolute(), "bridge") is not None:
            return Finding("port", "warn", f"Port {number} is in use and a room runs on {data_dir}: its own?")
        return Finding("port", "fail", complaint.sentence)
    return Finding("port", "ok", f"{host}:{number} is free.")


def address(room: Examination) -> Finding:
    """Does the QR code lead to an address that phones may reach?"""
    scheme = "https" if room.certfile else "http"
    try:
        found = find_addresses(room.host, room.port, scheme=scheme, public_url=room.public_url)
    except Complaint as complaint:
        return Finding("address", "fail", complaint.sentence)
    name = urlsplit(found.public).hostname or ""
    if _leads_nowhere(name):
        return Finding(
            "address",
            "fail",
            f"{found.public} works on this machine only ({found.reason}): join the phones' network, "
            "or say --host 0.0.0.0 or --public-url.",
        )
    return Finding(
        "address",
        "ok",
        f"{found.public} ({found.reason}); open it on one phone, because a network that isolates its clients "
        "cannot be seen from here.",
    )


def files(phones: int, limit: int) -> Finding:
    """May the dashboard open as many files as this many phones need? `limit` is the hard one, -1 for none."""
    needed = phones * FILES_A_PHONE + FILES_BESIDE
    reachable = WANTED if limit == resource.RLIM_INFINITY else min(WANTED, limit)
    if reachable < needed:
        return Finding(
            "open files",
            "fail",
            f"{phones} phones need {needed}, this shell allows {reachable}: "
            f"raise it with `ulimit -Hn {needed}` as root, or expect fewer phones.",
        )
    return Finding("open files", "ok", f"{reachable} are enough for {phones} phones.")


def clock(now: float) -> Finding:
    """Is it later than the newest file of this program? `now` in seconds since the epoch."""
    made = max(path.stat().st_mtime for path in Path(__file__).parent.glob("*.py"))
    shown = datetime.fromtimestamp(now).astimezone().isoformat(" ", "minutes")
    if now < made:
        return Finding(
            "clock", "fail", f"The clock says {shown}, before this program was made: set it by the network."
        )
    return Finding("clock", "ok", f"The clock says {shown}.")


def broker(wanted: str) -> Finding:
    """Is its program here, or does it answer?"""
    try:
        choice = choose(wanted)
        if choice.name == "embedded":
            bundled_program()
    except Complaint as complaint:
        return Finding("broker", "fail", complaint.sentence)
    if choice.runs_here:
        return Finding("broker", "ok", f"{choice.name}: {choice.reason}.")
    if choice.name == "aws":
        return Finding("broker", "ok", "AWS IoT Core: `shadowroom aws status` says how it is there.")
    elsewhere = ExternalBroker(choice.name, "")
    if not asyncio.run(accepts(elsewhere.account(Role.DASHBOARD))):
        return Finding(
            "broker",
            "fail",
            f"{elsewhere.title} does not answer or does not let us in: start it, "
            "or give user and password in its address.",
        )
    return Finding("broker", "ok", f"{elsewhere.title} lets us in.")


def front_end(static: Path) -> Finding:
    """Are the pages built?"""
    missing = [name for name in PAGES if not (static / name).is_file()]
    if missing:
        return Finding(
            "pages", "fail", f"{', '.join(missing)} not built: run `make web`, or install the wheel."
        )
    return Finding("pages", "ok", "All pages are built.")


def certificate(room: Examination, now: datetime) -> Finding:
    """Is it the key's, in its time, and made for the name in the QR code?"""
    what = "certificate"
    try:
        check_certificate(room.certfile, room.keyfile)
        if room.certfile is None:
            return Finding(what, "ok", "None: plain HTTP works, but browsers grant no wake lock there.")
        leaf = x509.load_pem_x509_certificates(room.certfile.read_bytes())[0]
        public = find_addresses(room.host, room.port, scheme="https", public_url=room.public_url).public
    except Complaint as complaint:
        return Finding(what, "fail", complaint.sentence)
    except (OSError, ValueError) as error:
        return Finding(
            what, "fail", f"{room.certfile} cannot be read as a PEM certificate ({error}): replace it."
        )
    name = urlsplit(public).hostname or ""
    ends = leaf.not_valid_after_utc
    if not leaf.not_valid_before_utc <= now <= ends:
        return Finding(
            what,
            "fail",
            f"It is valid from {leaf.not_valid_before_utc:%Y-%m-%d} to {ends:%Y-%m-%d}: "
            "renew it, or set the clock.",
        )
    if not _is_for(leaf, name):
        return Finding(
            what,
            "fail",
            f"It is not made for {name}, to which the QR code leads: give its name with --public-url.",
        )
    if ends - now < EXPIRES_SOON:
        return Finding(what, "warn", f"It ends on {ends:%Y-%m-%d %H:%M} UTC: renew it before the talk.")
    if leaf.issuer == leaf.subject:
        return Finding(
            what, "warn", "It is signed by itself, and phones will warn: take one of a known authority."
        )
    return Finding(what, "ok", f"Made for {name}, valid until {ends:%Y-%m-%d}.")


def _is_for(leaf: x509.Certificate, host: str) -> bool:
    """As browsers decide: by the alternative names only; a star stands for one label."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    with suppress(ValueError):
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    above = host.lower().partition(".")[2]
    return any(
        name.lower() in (host.lower(), f"*.{above}") for name in names.get_values_for_type(x509.DNSName)
    )


def _leads_nowhere(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
