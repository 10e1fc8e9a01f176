"""`shadowroom sim`: the crowd."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from device_sim.errors import SimError
from device_sim.options import SimOptions
from device_sim.ports import BrokerDoor
from device_sim.runner import run_blocking
from device_sim.scenario.reading import read_scenario
from device_sim.scenario.rules import Scenario
from shadowroom.brokers.choice import broker_at
from shadowroom.complaint import USAGE, Complaint
from shadowroom.data_dir import announcement
from shadowroom.secrets import load_or_create
from shadowroom.session_file import session_path

DURATION_S: Final = 30.0
"""How long a run takes when nobody says."""


def run_sim(options: SimOptions) -> None:
    """Run the crowd to its end. Raises `Complaint` when it cannot start."""
    try:
        run_blocking(options)
    except SimError as error:
        raise Complaint(str(error), USAGE) from error


def scenario_called(name: str | None) -> Scenario:
    """The scenario of a name or a file; None is the one in which nothing happens. Raises `Complaint`."""
    if name is None:
        return Scenario()
    try:
        return read_scenario(name)
    except SimError as error:
        raise Complaint(str(error), USAGE) from error


def presenter_token_of(data_dir: Path, room: str, duration: float) -> str | None:
    """The presenter's token of the room that runs on this data directory; None when another or none does.

    A crowd without an end (`duration` 0) gets none: it fills a room in which somebody else presents.
    """
    session = _session(data_dir)
    if duration == 0 or session is None or session.get("room") != room:
        return None
    token: str = session["presenter_token"]
    return token


def broker_door(data_dir: Path, room: str, url: str) -> BrokerDoor:
    """The door of the broker of the room at `url`, which runs on this data directory. Raises `Complaint`."""
    session = _session(data_dir)
    if session is None:
        raise Complaint(
            f"--direct needs the data directory of a room that runs on this machine, and none runs on "
            f"{data_dir}: name it with --data-dir, or leave --direct out.",
            USAGE,
        )
    if (session["room"], urlsplit(session["url"]).port) != (room, urlsplit(url).port):
        raise Complaint(
            f"The room that runs on {data_dir} is {session['room']} at {session['url']}, and not {room} at "
            f"{url}: --direct needs that room's own --data-dir, --room and --url.",
            USAGE,
        )
    if session["mqtt"] is None:
        raise Complaint("On AWS IoT phones connect to the broker itself as it is: leave --direct out.", USAGE)
    running = announcement(data_dir, "broker")
    if running is None:
        raise Complaint(
            "The broker of this room is run elsewhere and does not tell phones apart, so that only the "
            "tunnel holds them to their own topics: leave --direct out.",
            USAGE,
        )
    host, port = str(running["host"]), int(running["port"])
    broker = broker_at(str(running["broker"]), data_dir, load_or_create(data_dir, room), host, port)

    def credential(thing: str) -> tuple[str, str]:
        minted = broker.devices.mint(thing, room)
        return minted.username, minted.password

    return BrokerDoor(host, port, credential)


def _session(data_dir: Path) -> dict[str, Any] | None:
    try:
        session: dict[str, Any] = orjson.loads(session_path(data_dir).read_bytes())
    except (OSError, ValueError):
        return None
    return session
