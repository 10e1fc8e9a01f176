"""What a dying broker took with it comes right by itself, long before the room's reading of every minute."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Handler, Message
from dashboard.rooms.room import Phone
from tests.support.dashboard_room import ROOM, WAIT_S, DashboardRoom, dashboard_room, tunnel_phone

pytestmark = pytest.mark.broker


class ForgetfulTransport(PahoTransport):
    """Loses every `documents` message: the room hears of no report."""

    async def subscribe(
        self, filters: Sequence[str], handler: Handler, *, qos: int = 0, manual_ack: bool = False
    ) -> None:
        """Subscribe, and keep some of it from `handler`."""

        def forget(message: Message) -> None:
            if not message.topic.endswith("/update/documents"):
                handler(message)

        await super().subscribe(filters, forget, qos=qos, manual_ack=manual_ack)


def seen(room: DashboardRoom, joined: dict[str, Any]) -> Phone:
    """What the room knows of a phone."""
    phone: Phone | None = room.app.state.services.live_room.phones.phone(joined["thing_name"])
    assert phone is not None
    return phone


async def test_lost_reports_and_a_missed_scene_are_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room reads the report of one phone that it did not hear, and tells the scene to another once more
    than twice, until that one has reported it too."""
    monkeypatch.setattr("dashboard.rooms.overdue.LOOK_AFTER_S", (0.2,) * 1_000)
    monkeypatch.setattr("dashboard.rooms.overdue.GAP_S", 0.2)
    monkeypatch.setattr("dashboard.live_room.LOOK_S", 0.05)
    async with dashboard_room(tmp_path, transport_of=ForgetfulTransport) as room:
        quick, deaf = await room.join(), await room.join()
        async with tunnel_phone(room, quick) as first, tunnel_phone(room, deaf) as second:
            await first.arrive()
            await second.arrive()
            await room.until(lambda state: state["connected"] == 2)
            version = await room.scene({"color": "#16A34A"})
            await first.report(room=ROOM, visible=True, scene=version, color="#16A34A")
            # It missed what every phone is told anyway, now and two seconds later.
            for _ in range(3):
                told = await second.message(f"room/{ROOM}/scene")
                assert told["version"] == version
            assert seen(room, deaf).facts.get("scene") is None
            await second.report(room=ROOM, visible=True, scene=version, color="#16A34A")

            async with asyncio.timeout(WAIT_S):
                while {seen(room, one).facts.get("scene") for one in (quick, deaf)} != {version}:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
