"""Whole percentages: one rule for what is spoken, reported and shown."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.ask.answer import break_down
from dashboard.rooms.shares import fair_shares, shares, written

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "shares.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["parts"])[:40])
def test_the_pages_have_the_same_percentages(vector: dict[str, Any]) -> None:
    """The file that holds the pages' rule to this one."""
    parts = vector["parts"]
    found, whole = shares(parts, vector.get("whole")), vector.get("whole", sum(parts))
    assert found == vector["shares"]
    assert [written(*told, whole, "en") for told in zip(found, parts, strict=True)] == vector["written"]
    if "whole" not in vector:
        assert (fair_shares(parts) is not None) is vector["fair"]


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=12))
def test_they_add_up_or_there_are_none(parts: list[int]) -> None:
    """Equal for equal parts, and each within one of the truth."""
    found = fair_shares(parts)
    if found is None:
        return
    assert sum(found) == 100
    for part, share in zip(parts, found, strict=True):
        assert abs(share - 100 * part / sum(parts)) < 1
        assert all(other == share for twin, other in zip(parts, found, strict=True) if twin == part)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=12))
def test_nobody_is_written_away(parts: list[int]) -> None:
    """Only none are 0%, and only all are 100%."""
    for share, part in zip(shares(parts), parts, strict=True):
        told = written(share, part, sum(parts), "en")
        assert (told == "0%") is (part == 0)
        assert (told == "100%") is (0 < part == sum(parts))
    assert written(42, 42, 100, "fr") == "42\u202f%"
    assert written(0, 1, 300, "fr") == "<1\u202f%"


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_there_are_some_whenever_there_can_be(parts: list[int]) -> None:
    """Whatever set of distinct parts could be rounded up to make 100: then one is found, and the best."""
    total = sum(parts)
    uneven = sorted({part for part in parts if 100 * part % total})
    left = 100 - sum(100 * part // total for part in parts)
    gains = [
        sum(100 * part % total * parts.count(part) for part in up)
        for size in range(len(uneven) + 1)
        for up in combinations(uneven, size)
        if sum(map(parts.count, up)) == left
    ]
    found = fair_shares(parts)
    assert (found is None) is (not gains)
    if found is not None:
        up = [part for part, share in zip(parts, found, strict=True) if share > 100 * part // total]
        assert sum(100 * part % total for part in up) == max(gains)


def test_a_hundred_languages_take_no_time() -> None:
    """The largest table that a room can have."""
    assert sum(shares([number * number for number in range(1, 101)])) == 100


def test_what_is_spoken_is_what_the_wall_shows() -> None:
    """Also where rounding each alone, or the others together, would give another number."""
    counts = {"Android": 1005, "iOS": 663, "Windows": 151, "macOS": 89, "Linux": 67, "other": 25}
    on_the_wall = dict(zip(counts, shares([*counts.values(), 0]), strict=False))
    said = break_down("os", counts, 2000, "en")
    assert said == (
        f"Of 2000 phones, {on_the_wall['Android']}% run Android, {on_the_wall['iOS']}% iOS and "
        f"{on_the_wall['Windows']}% Windows; 181 others."
    )
