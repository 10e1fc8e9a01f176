"""When retained messages were last changed, as a port and in memory: remembered, as MQTT does not tell."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

REMEMBERED_MAX: Final = 20_000
"""Topics, those changed last; about 4 MB."""


class Sighting(NamedTuple):
    """A retained message as it was seen at the broker."""

    topic: str
    digest: bytes
    """Tells one payload from another."""


class RetainedTimes(Protocol):
    """Epoch milliseconds by topic, as durable as the store they belong to. All raise `StoreUnavailable`."""

    async def seen(self, sightings: Sequence[Sighting], now_ms: int) -> Sequence[int]:
        """When each message was last changed: when it was written or first seen, which is now for one that
        is not known or has another payload."""

    async def written(self, sighting: Sighting, now_ms: int) -> None:
        """This message was retained now, whatever was there before."""


class MemoryRetainedTimes:
    """`RetainedTimes` that live as long as this object."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, int]] = {}

    def clear(self) -> None:
        """Forget every topic at once."""
        self._known.clear()

    async def seen(self, sightings: Sequence[Sighting], now_ms: int) -> Sequence[int]:
        """When each message was last changed."""
        for topic, digest in sightings:
            known = self._known.get(topic)
            if known is None or known[0] != digest:
                self._note(topic, digest, now_ms)
        return [known[1] if (known := self._known.get(topic)) else now_ms for topic, _ in sightings]

    async def written(self, sighting: Sighting, now_ms: int) -> None:
        """This message was retained now."""
        self._note(sighting.topic, sighting.digest, now_ms)

    def _note(self, topic: str, digest: bytes, now_ms: int) -> None:
        self._known.pop(topic, None)
        self._known[topic] = (digest, now_ms)
        if len(self._known) > REMEMBERED_MAX:
            del self._known[next(iter(self._known))]
