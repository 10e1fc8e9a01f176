"""The bare answerer, `python -m shadowroom.bench.bare DATA_DIR`: the bridge's MQTT client with its publishes,
and neither engine nor store behind it. What it reaches is what the bridge could reach at best."""

import asyncio
import sys
from pathlib import Path
from typing import Final

from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Message
from broker_bridge.wire.topics import REQUEST_FILTERS
from shadowroom import lifeline
from shadowroom.brokers.port import Role
from shadowroom.brokers.whereabouts import find_broker
from shadowroom.data_dir import announce
from shadowroom.parts.until_told_to_stop import run
from shadowroom.secrets import load_or_create

PART: Final = "bare"
"""Under which it is announced."""
ACCEPTED: Final = b"x" * 300
DOCUMENTS: Final = b"x" * 400
"""As long as the bridge's answers to the update of this benchmark."""


async def _answer(stop: asyncio.Event, data_dir: Path) -> None:
    account = find_broker(data_dir, load_or_create(data_dir, None), "auto", None).account(Role.BRIDGE)
    transport = PahoTransport(account)

    def on_message(message: Message) -> None:
        transport.publish(f"{message.topic}/documents", DOCUMENTS, qos=1)
        transport.publish(f"{message.topic}/accepted", ACCEPTED, qos=1)
        if message.acknowledge is not None:
            message.acknowledge()

    await transport.subscribe(REQUEST_FILTERS, on_message, qos=1, manual_ack=True)
    await transport.connect()
    announce(data_dir, PART)
    await stop.wait()
    await transport.close()


if __name__ == "__main__":
    lifeline.hold()
    run(lambda stop: _answer(stop, Path(sys.argv[1])))
