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
from dashboard.findings import Finding
from shadowroom.addresses import find_addresses
from shadowroom.brokers.choice import choose
from shadowroom.brokers.embedded import bundled_program
from shadowroom.brokers.external import ExternalBroker
from shadowroom.brokers.handshake import accepts
from shadowroom.brokers.port import Role
from shadowroom.certificates import check_certificate
from shadowroom.complaint import Complaint
from shadowroom.data_dir import announcement
from shadowroom.file_limit import WANTED, WORKERS_MAX, files_needed
from shadowroom.ports import require_free

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
    tunnel_workers: int = 0


def examine(room: Examination) -> Iterator[Finding]:
    """Every check, in the order in which a room comes up."""
    yield data_directory(room.data_dir)
    yield port(room.host, room.port, room.data_dir)
    yield address(room)
    yield files(room.phones, resource.getrlimit(resource.RLIMIT_NOFILE)[1], room.tunnel_workers)
    yield clock(time.time())
    yield broker(room.broker)
    yield front_end(STATIC)
    yield certificate(room, datetime.now(UTC))


def examine_running(room: Examination) -> Iterator[Finding]:
    """The checks that make sense while the room runs; `phones` is how many are expected."""
    yield data_directory(room.data_dir)
    yield Finding("port", "ok", "listening", {"host": room.host, "port": room.port})
    yield address(room)
    yield files(room.phones, resource.getrlimit(resource.RLIMIT_NOFILE)[1], room.tunnel_workers)
    yield clock(time.time())
    yield certificate(room, datetime.now(UTC))


def data_directory(path: Path) -> Finding:
    """Can it be written, and is there space?"""
    absolute = path.expanduser().absolute()
    there = next(folder for folder in (absolute, *absolute.parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Finding("data directory", "fail", "unwritable", {"folder": str(there)})
    free = shutil.disk_usage(there).free
    if free < FREE_BYTES:
        return Finding("data directory", "warn", "nearly full", {"free": free // 2**20, "folder": str(path)})
    return Finding("data directory", "ok", "well", {"folder": str(path)})


def port(host: str, number: int, data_dir: Path) -> Finding:
    """Can it be listened on?"""
    here: dict[str, str | int] = {"host": host, "port": number, "folder": str(data_dir)}
    try:
        require_free(host, number, "--port")
    except Complaint as complaint:
        if announcement(data_dir.expanduser().absolute(), "bridge") is not None:
            return Finding("port", "warn", "own", here)
        return Finding("port", "fail", "taken", {**here, "complaint": complaint.sentence})
    return Finding("port", "ok", "free", here)


def address(room: Examination) -> Finding:
    """Does the QR code lead to an address that phones may reach?"""
    scheme = "https" if room.certfile else "http"
    try:
        found = find_addresses(room.host, room.port, scheme=scheme, public_url=room.public_url)
    except Complaint as complaint:
        wanted = {"address": room.public_url or room.host, "complaint": complaint.sentence}
        return Finding("address", "fail", "refused", wanted)
    told = {"address": found.public, "reason": found.reason}
    if _leads_nowhere(urlsplit(found.public).hostname or ""):
        return Finding("address", "fail", "nowhere", told)
    return Finding("address", "ok", "well", told)


def files(phones: int, limit: int, workers: int = 0) -> Finding:
    """May each process of the tunnel open as many files as its phones need? `limit` is the hard one, -1 for
    none; without `workers` it is the dashboard that has them all."""
    needed = files_needed(phones, workers)
    reachable = WANTED if limit == resource.RLIM_INFINITY else min(WANTED, limit)
    told = {"phones": phones, "needed": needed, "allowed": reachable}
    if reachable >= needed:
        return Finding("open files", "ok", "spread" if workers else "well", told | {"workers": workers})
    enough = next(
        (count for count in range(2, WORKERS_MAX + 1) if files_needed(phones, count) <= reachable), None
    )
    if enough is None:
        return Finding("open files", "fail", "few", told)
    return Finding("open files", "fail", "few in one", told | {"workers": enough})


def clock(now: float) -> Finding:
    """Is it later than the newest file of this program? `now` in seconds since the epoch."""
    made = max(path.stat().st_mtime for path in Path(__file__).parent.glob("*.py"))
    shown = datetime.fromtimestamp(now).astimezone().isoformat(" ", "minutes")
    if now < made:
        return Finding("clock", "fail", "early", {"shown": shown})
    return Finding("clock", "ok", "well", {"shown": shown})


def broker(wanted: str) -> Finding:
    """Is its program here, or does it answer?"""
    try:
        choice = choose(wanted)
        if choice.name == "embedded":
            bundled_program()
    except Complaint as complaint:
        return Finding("broker", "fail", "refused", {"complaint": complaint.sentence})
    if choice.runs_here:
        return Finding("broker", "ok", "here", {"name": choice.name, "reason": choice.reason})
    if choice.name == "aws":
        return Finding("broker", "ok", "aws")
    elsewhere = ExternalBroker(choice.name, "")
    if not asyncio.run(accepts(elsewhere.account(Role.DASHBOARD))):
        return Finding("broker", "fail", "shut", {"name": elsewhere.title})
    return Finding("broker", "ok", "open", {"name": elsewhere.title})


def front_end(static: Path) -> Finding:
    """Are the pages built?"""
    missing = [name for name in PAGES if not (static / name).is_file()]
    if missing:
        return Finding("pages", "fail", "missing", {"names": ", ".join(missing)})
    return Finding("pages", "ok", "well")


def certificate(room: Examination, now: datetime) -> Finding:
    """Is it the key's, in its time, and made for the name in the QR code?"""
    what = "certificate"
    try:
        check_certificate(room.certfile, room.keyfile)
        if room.certfile is None:
            return Finding(what, "ok", "none")
        leaf = x509.load_pem_x509_certificates(room.certfile.read_bytes())[0]
        public = find_addresses(room.host, room.port, scheme="https", public_url=room.public_url).public
    except Complaint as complaint:
        given = {"file": str(room.certfile), "key": str(room.keyfile), "complaint": complaint.sentence}
        return Finding(what, "fail", "refused", given)
    except (OSError, ValueError) as error:
        return Finding(what, "fail", "unreadable", {"file": str(room.certfile), "error": str(error)})
    name = urlsplit(public).hostname or ""
    ends = leaf.not_valid_after_utc
    if not leaf.not_valid_before_utc <= now <= ends:
        span = {"start": f"{leaf.not_valid_before_utc:%Y-%m-%d}", "end": f"{ends:%Y-%m-%d}"}
        return Finding(what, "fail", "not now", span)
    if not _is_for(leaf, name):
        return Finding(what, "fail", "another name", {"name": name})
    if ends - now < EXPIRES_SOON:
        return Finding(what, "warn", "ends", {"end": f"{ends:%Y-%m-%d %H:%M}"})
    if leaf.issuer == leaf.subject:
        return Finding(what, "warn", "own")
    return Finding(what, "ok", "well", {"name": name, "end": f"{ends:%Y-%m-%d}"})


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
