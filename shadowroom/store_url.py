"""The address of the shadow store, checked before any process is started."""

from pathlib import Path

from broker_bridge.store.open import open_store
from shadowroom.complaint import USAGE, Complaint


def store_url(wanted: str | None, data_dir: Path) -> str:
    """`wanted`, or the store of this data directory; a `Complaint` for what is no store."""
    if wanted is None:
        return f"sqlite:///{data_dir / 'shadows.db'}"
    try:
        open_store(wanted)
    except ValueError:
        raise Complaint(
            f"--store {wanted!r} is not known: use sqlite:///relative/path.db, "
            "sqlite:////absolute/path.db or memory:.",
            USAGE,
        ) from None
    return wanted
