"""The recording that the stage is measured with is one that a room could have made."""

from pathlib import Path

from benchmarks.made_recording import recorded
from dashboard.feed.recording import read

PHONES = 40
SHOWN = 4


async def test_a_made_recording_is_read_as_a_rooms_own_and_shows_every_phone_coloured(tmp_path: Path) -> None:
    """Valid frames by the feed's models; folded, every mark has a colour and has shown the scene."""
    path = tmp_path / "made.jsonl"
    path.write_bytes(await recorded(PHONES, sweeps=1))

    first, *changes = read(path)
    assert first.begins
    assert first.frame["counts"]["joined"] == PHONES
    marks = {
        slot: (flags, colour)
        for moment in (first, *changes)
        for flags, colour, slots in moment.frame.get("marks", [])
        for slot in slots
    }
    assert len(marks) == PHONES
    assert all(flags & SHOWN and colour for flags, colour in marks.values())
