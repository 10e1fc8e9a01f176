"""A room under AWS IoT's quotas: it goes no faster than they allow, and nothing is wrong in the end."""

from pathlib import Path

import pytest

from device_sim.runner import SimOptions, run
from tests.support.rooms import RunningRoom, run_shadowroom, running_room

pytestmark = pytest.mark.broker

PHONES = 200


async def test_two_hundred_phones_recolour_under_the_quotas_of_paris(tmp_path: Path) -> None:
    """0 wrong on phones and wall, nobody lost, no request refused; the report says how long it took."""
    with running_room(tmp_path, "mosquitto", arguments=["--like-aws", "eu-west-3"]) as room:
        report = await run(options(room))

        assert (report["joined"], report["wrong"], report["lost"], report["wrong_on_wall"]) == (
            PHONES,
            0,
            0,
            0,
        )
        assert report["recolour"]["on_wall"]["missed"] == 0
        assert report["recolour"]["on_wall"]["p95_ms"] > 100, "the reports were not spread"
        assert report["faults"] == 0


def options(room: RunningRoom) -> SimOptions:
    token = room.session["presenter_token"]
    return SimOptions(
        room.url, room.room, PHONES, duration=12.0, presenter_token=token, quiet=True, rate=200.0
    )


def test_a_region_that_nobody_knows_is_said_before_anything_starts(tmp_path: Path) -> None:
    """One sentence with the regions that there are, and exit code 2."""
    said = run_shadowroom("up", "--data-dir", str(tmp_path / "room"), "--like-aws", "mars-1")

    assert said.returncode == 2
    assert "eu-west-3" in said.stderr
