"""From a store's URL to the store."""

from pathlib import Path

from broker_bridge.store.memory import MemoryStore
from broker_bridge.store.port import ShadowStore
from broker_bridge.store.sqlite import SqliteStore


def open_store(url: str) -> ShadowStore:
    """The store that `url` names, not yet opened: `sqlite:///relative/path`, `sqlite:////absolute/path`,
    `memory:`.

    Raises `ValueError` with a sentence that says what is possible.
    """
    if url == "memory:":
        return MemoryStore()
    prefix = "sqlite:///"
    if url.startswith(prefix) and len(url) > len(prefix):
        return SqliteStore(Path(url.removeprefix(prefix)))
    raise ValueError(
        f"cannot open a store at {url!r}: use sqlite:///relative/path.db, sqlite:////absolute/path.db"
        " or memory:"
    )
