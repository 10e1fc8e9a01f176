"""What the crowd is given by whoever starts it."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BrokerDoor:
    """The broker's own listener, past the tunnel: MQTT over plain TCP."""

    host: str
    port: int
    credential: Callable[[str], tuple[str, str]] = field(repr=False)
    """User name and password with which a thing may connect now, to its own topics and no others.

    Pure computation, fast enough for each connect.
    """
