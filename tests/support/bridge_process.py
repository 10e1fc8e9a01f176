"""The shadow service as a process of its own, for tests that kill it."""

import asyncio
import signal
import sys

from broker_bridge.service import BridgeService
from broker_bridge.telemetry import configure_logging
from broker_bridge.transport.port import Account


async def _serve(port: int, store_url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    service = BridgeService(Account("127.0.0.1", port, "bridge"), store_url)
    await service.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await stop.wait()
    await service.stop()


if __name__ == "__main__":
    configure_logging("json", level="warning")
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2]))
