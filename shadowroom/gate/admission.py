"""Who may come in: the rules of the gate, from a CONNECT and what TLS knows of the other side."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from broker_bridge.wire.connect_rewrite import MQTT_3_1_1, AnyConnect, connack
from shadowroom.gate.roll import Roll
from shadowroom.gate.thing_list import KeptThing


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason in both protocols: CONNACK's return code (3.1.1) and reason code (5)."""

    code_3: int
    code_5: int


WRONG_PROTOCOL: Final = Refusal(1, 0x84)
WRONG_CLIENT_ID: Final = Refusal(2, 0x85)
AWAY: Final = Refusal(3, 0x88)
WRONG_PASSWORD: Final = Refusal(4, 0x86)
NOT_AUTHORISED: Final = Refusal(5, 0x87)


class TurnedAway(Exception):
    """The gate stays shut. `answer` is the CONNACK to send, empty for who does not speak MQTT."""

    def __init__(self, reason: str, answer: bytes = b"") -> None:
        super().__init__(reason)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Admitted:
    """A thing that may come in, and what it came with."""

    thing: KeptThing
    principal_id: str


def refused(refusal: Refusal, level: int, reason: str) -> TurnedAway:
    """The exception for a client that speaks MQTT of this level."""
    return TurnedAway(reason, connack(level, refusal.code_3, refusal.code_5))


def admit(
    connect: AnyConnect, roll: Roll, certificate_id: str | None, levels: Collection[int] = (MQTT_3_1_1,)
) -> Admitted:
    """The thing that this is. `levels` are the protocol levels that the broker speaks. Raises `TurnedAway`.

    `certificate_id` is that of the client certificate that TLS has verified, None without TLS. It says who it
    is; user name and password are ignored then (AWS's SDKs put their own name and version there), and the
    client id must be the thing, as the usual policy on AWS has it. Without one, user name, client id and
    password must be the thing's.
    """
    if connect.level not in levels:
        raise refused(WRONG_PROTOCOL, connect.level, "a protocol that the broker does not speak")
    if certificate_id is None:
        return _by_password(connect, roll)
    thing = roll.find_by_certificate(certificate_id)
    if thing is None:
        raise refused(NOT_AUTHORISED, connect.level, "a certificate of a thing that is not on the list")
    _check_client_id(connect, thing)
    return Admitted(thing, certificate_id)


def _by_password(connect: AnyConnect, roll: Roll) -> Admitted:
    thing = roll.find(connect.username or "")
    if thing is None or connect.password is None or not thing.has_password(connect.password):
        raise refused(WRONG_PASSWORD, connect.level, "user name or password is wrong")
    _check_client_id(connect, thing)
    return Admitted(thing, thing.name)


def _check_client_id(connect: AnyConnect, thing: KeptThing) -> None:
    if connect.client_id != thing.name:
        raise refused(
            WRONG_CLIENT_ID, connect.level, f"thing {thing.name} must connect with its name as client id"
        )
