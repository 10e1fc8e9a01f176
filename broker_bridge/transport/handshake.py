"""The first two packets of a connection: our CONNECT, and what the broker's CONNACK means."""

from broker_bridge.transport.port import Account, Refused, TransportError, Unreachable, Will
from broker_bridge.wire import packets
from broker_bridge.wire.packets import Packet

_UNAVAILABLE = 3
_REASONS = {
    1: "it does not speak MQTT 3.1.1",
    2: "it does not take this client id",
    _UNAVAILABLE: "it is not available now",
    4: "bad user name or password",
    5: "not authorised",
}
"""CONNACK's codes, MQTT 3.1.1 section 3.2.2.3."""


def connect_frame(account: Account, will: Will | None, *, clean_session: bool, keepalive: int) -> bytes:
    """CONNECT as bytes; `keepalive` in seconds."""
    password = None if account.password is None else account.password.encode()
    last_words = None if will is None else packets.Will(will.topic, will.payload, will.qos, will.retain)
    return packets.encode(
        packets.Connect(account.client_id, account.username, password, keepalive, clean_session, last_words)
    )


def refusal(answer: Packet, account: Account) -> TransportError | None:
    """Why the broker's first packet is no welcome; None when it is one."""
    code = answer.code if isinstance(answer, packets.Connack) else 1
    if code == 0:
        return None
    broker = f"{account.host}:{account.port}"
    text = f"{broker} refused {account.client_id}: {_REASONS.get(code, f'code {code}')}"
    return Unreachable(text) if code == _UNAVAILABLE else Refused(text)
