"""AWS IoT's quotas, and who counts against them. Pure: time is an argument, in seconds of any clock that
only goes forward.

What is above a quota is discarded or refused, as AWS does it: a publish gets no acknowledgement and nobody
hears it, a connection and a shadow request are refused.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

UPDATE_COST: Final = 4
"""Inbound publishes that one shadow update counts as: the request, `accepted`, `documents`, `delta`."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas of one account in one region. Rates are per second."""

    region: str
    connects: int
    """MQTT CONNECTs of the account."""
    inbound: int
    """Publishes of all clients to the broker; a shadow update counts as `UPDATE_COST`."""
    outbound: int
    """Publishes of the broker to all clients."""
    shadow_requests: int
    """Shadow requests of the account, by MQTT and by HTTP."""
    connection_publishes: int = 100
    """Publishes on one connection, and as many to it; not adjustable."""
    thing_shadow_requests: int = 20
    """Shadow requests for one thing."""
    thing_in_flight: int = 10
    """Shadow requests for one thing that wait for their answers."""
    unacknowledged: int = 100
    """QoS 1 publishes of one client that were not acknowledged."""
    document_bytes: int = 8 * 1024
    """Of a shadow's state."""


class What(StrEnum):
    """What AWS would not have taken."""

    CONNECT = "connect"
    CONNECTION_IN = "connection_publishes_in"
    CONNECTION_OUT = "connection_publishes_out"
    ACCOUNT_IN = "account_publishes_in"
    ACCOUNT_OUT = "account_publishes_out"
    UNACKNOWLEDGED = "unacknowledged"
    SHADOW = "shadow_requests"


class PerSecond:
    """At most so many in each whole second of the clock."""

    __slots__ = ("_limit", "_second", "_taken")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._second = -1
        self._taken = 0

    def takes(self, now: float, cost: int = 1) -> bool:
        """Count `cost` against this second; False, and nothing is counted, when that is above the limit."""
        second = int(now)
        if second != self._second:
            self._second, self._taken = second, 0
        if self._taken + cost > self._limit:
            return False
        self._taken += cost
        return True


class AccountMeter:
    """What all connections of an account have together, and how much of it AWS would have thrown away."""

    def __init__(self, quotas: Quotas) -> None:
        self.quotas = quotas
        self.throttled: Counter[What] = Counter()
        self._connects = PerSecond(quotas.connects)
        self._inbound = PerSecond(quotas.inbound)
        self._outbound = PerSecond(quotas.outbound)

    def connects(self, now: float) -> bool:
        """May a client connect now?"""
        return self.note(What.CONNECT, self._connects.takes(now))

    def publishes(self, topic: str, now: float) -> bool:
        """May a client publish this now?"""
        cost = UPDATE_COST if topic.startswith("$aws/things/") and topic.endswith("/update") else 1
        return self.note(What.ACCOUNT_IN, self._inbound.takes(now, cost))

    def delivers(self, now: float) -> bool:
        """May the broker deliver a message to a client now?"""
        return self.note(What.ACCOUNT_OUT, self._outbound.takes(now))

    def note(self, what: What, taken: bool) -> bool:
        """Count what was not taken; returns `taken`."""
        if not taken:
            self.throttled[what] += 1
        return taken


class ConnectionMeter:
    """What one connection may do."""

    __slots__ = ("_account", "_in", "_out", "_unacknowledged")

    def __init__(self, account: AccountMeter) -> None:
        self._account = account
        self._in = PerSecond(account.quotas.connection_publishes)
        self._out = PerSecond(account.quotas.connection_publishes)
        self._unacknowledged: set[int] = set()

    def publishes(self, topic: str, now: float, packet_id: int = 0) -> bool:
        """May the client publish this now? `packet_id` of a QoS 1 message: it waits for `acknowledged`."""
        account = self._account
        waiting = len(self._unacknowledged)
        if packet_id and not account.note(
            What.UNACKNOWLEDGED,
            packet_id in self._unacknowledged or waiting < account.quotas.unacknowledged,
        ):
            return False
        if not account.note(What.CONNECTION_IN, self._in.takes(now)) or not account.publishes(topic, now):
            return False
        if packet_id:
            self._unacknowledged.add(packet_id)
        return True

    def acknowledged(self, packet_id: int) -> None:
        """The broker acknowledged a QoS 1 message of the client."""
        self._unacknowledged.discard(packet_id)

    def delivers(self, now: float) -> bool:
        """May the broker deliver a message to the client now?"""
        account = self._account
        return account.note(What.CONNECTION_OUT, self._out.takes(now)) and account.delivers(now)
