"""All connections of phones: the tunnel in this process, and those in workers."""

from contextlib import AsyncExitStack

from broker_bridge.transport.lifecycle import LifecycleReporter
from dashboard.auth.tokens import Tokens
from dashboard.doorkeeper import Doorkeeper, Refusal
from dashboard.ports import RoomConfiguration
from dashboard.spread.places import line_socket, pages_socket
from dashboard.spread.workers import Workers
from dashboard.tunnel import Ended, Tell, Tunnels


class PhoneConnections:
    """The whole tunnel. With workers, what is left here are phones that come by plain requests."""

    def __init__(
        self,
        configuration: RoomConfiguration,
        tokens: Tokens,
        door: Doorkeeper,
        lifecycle: LifecycleReporter | None,
    ) -> None:
        """`lifecycle` is told of phones that connect and go."""
        self._configuration = configuration
        self._door = door
        self.tunnels = Tunnels(configuration, tokens, self._ask, _teller(lifecycle))
        self.workers: Workers | None = None
        if configuration.workers is not None:
            self.workers = Workers(
                configuration.workers.count, door.refusal, self.tunnels.supersede, lifecycle
            )

    def __len__(self) -> int:
        """Phones that are connected."""
        return len(self.tunnels) + (0 if self.workers is None else len(self.workers))

    def cut(self, thing: str) -> None:
        """Cut a phone's connections; the broker publishes its will."""
        self.tunnels.close(thing)
        if self.workers is not None:
            self.workers.cut(thing)

    async def start_workers(self, stack: AsyncExitStack) -> None:
        """Start the workers, if there are any, and have `stack` stop them. Raises `OSError`."""
        started = self._configuration.workers
        if self.workers is None or started is None:
            return
        data_dir = self._configuration.data_dir
        stack.callback(pages_socket(data_dir).unlink, missing_ok=True)
        stack.push_async_callback(self.workers.close)
        await self.workers.open(line_socket(data_dir))
        stack.push_async_callback(started.stop)
        await started.start()

    async def _ask(self, thing: str) -> Refusal | None:
        return self._door.refusal(thing) if self.workers is None else self.workers.ask(thing)


def _teller(lifecycle: LifecycleReporter | None) -> Tell | None:
    if lifecycle is None:
        return None

    def tell(thing: str, address: str) -> Ended:
        session = lifecycle.connected(thing, thing, address)
        return lambda reason: lifecycle.disconnected(session, reason)

    return tell
