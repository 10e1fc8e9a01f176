"""Does a broker answer at an account's address, and does it let the account in?"""

import asyncio
import ssl

from broker_bridge.transport.port import Account
from broker_bridge.wire.packets import Connack, Connect, Disconnect, MalformedPacket, PacketReader, encode

WITHIN_S = 3.0
"""Seconds for the connection and the broker's answer together."""


async def accepts(account: Account) -> bool:
    """True when the broker answers a CONNECT of `account` with "accepted" now; False for everything else.

    Connects under a client id of its own, so that it takes nobody's place.
    """
    try:
        async with asyncio.timeout(WITHIN_S):
            return await _connack_code(account) == 0
    except (OSError, TimeoutError, MalformedPacket):
        return False


async def _connack_code(account: Account) -> int | None:
    context = ssl.create_default_context(cafile=account.ca_file) if account.tls else None
    reader, writer = await asyncio.open_connection(account.host, account.port, ssl=context)
    try:
        password = None if account.password is None else account.password.encode()
        writer.write(encode(Connect(f"{account.client_id}-handshake", account.username, password)))
        packets = PacketReader()
        while data := await reader.read(1024):
            for packet in packets.feed(data):
                if isinstance(packet, Connack):
                    writer.write(encode(Disconnect()))
                    return packet.code
        return None
    finally:
        writer.close()
