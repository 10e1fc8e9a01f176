"""The parts of one running dashboard, as the routes see them. Built by `dashboard.app.create_app`."""

from dataclasses import dataclass

from dashboard.auth.tokens import Tokens
from dashboard.database import RoomDatabase
from dashboard.live_room import LiveRoom
from dashboard.polling import Polling
from dashboard.ports import RoomConfiguration
from dashboard.roster import Roster


@dataclass(frozen=True, slots=True)
class Services:
    """One room's parts. A router is made by `router_for(services)` and reads what it needs from here."""

    configuration: RoomConfiguration
    tokens: Tokens
    database: RoomDatabase
    roster: Roster
    live_room: LiveRoom
    polling: Polling
