"""What `shadowroom bridge` takes from the environment."""

import pytest

from shadowroom.complaint import Complaint
from shadowroom.parts.bridge import limit_settings


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Size, depth and rate are those of the variables, AWS's without them, and no rate."""
    plain = limit_settings()
    assert (plain.document_bytes, plain.depth, plain.requests_per_second) == (8192, 8, None)
    for name, value in (("DOCUMENT_BYTES", "30000"), ("DEPTH", "6"), ("REQUESTS_PER_SECOND", "20")):
        monkeypatch.setenv(f"SHADOWROOM_BRIDGE_{name}", value)
    ours = limit_settings()
    assert (ours.document_bytes, ours.depth, ours.requests_per_second) == (30_000, 6, 20.0)


def test_a_limit_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the variable and its value."""
    monkeypatch.setenv("SHADOWROOM_BRIDGE_DEPTH", "none")
    with pytest.raises(Complaint, match="SHADOWROOM_BRIDGE_DEPTH=none cannot be"):
        limit_settings()
