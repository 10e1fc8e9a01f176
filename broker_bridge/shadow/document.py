"""A shadow's document: two sections of state and their metadata, and its form in the store."""

from dataclasses import dataclass, field

import orjson

from broker_bridge import errors
from broker_bridge.shadow.delta import difference
from broker_bridge.shadow.limits import Limits
from broker_bridge.shadow.merge import merge
from broker_bridge.shadow.metadata import Stamp
from broker_bridge.wire.messages import Json

SECTIONS = ("desired", "reported")
"""In the order in which AWS writes them."""


@dataclass(slots=True)
class Document:
    """State and metadata by section. A section that is empty is not there."""

    state: Json = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)

    @classmethod
    def decode(cls, stored: bytes | None) -> "Document":
        """The document in a store's item; an empty one for None."""
        if stored is None:
            return cls()
        content = orjson.loads(stored)
        return cls(content["state"], content["metadata"])

    def encode(self, limits: Limits) -> bytes:
        """Compact JSON `{"state":…,"metadata":…}`; raises 413 when the state alone is over the limit."""
        parts = [(name, orjson.dumps(self.state[name])) for name in SECTIONS if name in self.state]
        if sum(len(part) for _, part in parts) > limits.document_bytes:
            raise errors.too_large()
        state = b",".join(b'"%b":%b' % (name.encode(), part) for name, part in parts)
        return b'{"state":{%b},"metadata":%b}' % (state, orjson.dumps(self.metadata))

    def patch(self, section: str, patch: Json | None, mark: Stamp) -> None:
        """Apply one section of an update; None clears the section."""
        if patch is None:
            self.state.pop(section, None)
            self.metadata.pop(section, None)
            return
        state = self.state.setdefault(section, {})
        merge(state, self.metadata.setdefault(section, {}), patch, mark)
        if not state:
            del self.state[section], self.metadata[section]

    def delta(self) -> tuple[Json, Json]:
        """What is desired and not reported, with its part of the metadata."""
        desired = self.state.get("desired")
        if not desired:
            return {}, {}
        return difference(desired, self.state.get("reported", {}), self.metadata["desired"])
