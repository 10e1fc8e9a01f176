"""A burst of updates does not hold up who asks for something else, on the embedded broker."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from broker_bridge.client import ShadowClient
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account
from broker_bridge.wire.topics import Operation, ShadowId, request_topic
from tests.support.rooms import running_room

pytestmark = pytest.mark.broker

BURST = 4_000
"""Many times what NATS lets one session leave unacknowledged."""
EVERY = 250
"""Reports the broker has taken between two gets: some fall into the height of the burst."""
ANSWER_S = 4.0
"""Less than NATS waits before it sends again what it dropped: an answer within it was not dropped."""


async def test_a_get_in_a_burst_of_updates_is_answered_at_once(tmp_path: Path) -> None:
    """Whoever gets a shadow while thousands report has an answer before anything is sent a second time."""
    with running_room(tmp_path, broker="embedded") as room:
        said = room.session["mqtt"]
        account = Account(said["host"], said["port"], "burst", said["username"], said["password"])
        loud, quiet = PahoTransport(account), PahoTransport(replace(account, client_id="quiet"))
        await loud.connect()
        await quiet.connect()
        try:
            shadows = ShadowClient(quiet)
            lamp = ShadowId("lamp")
            await shadows.update(lamp, reported={"on": True})
            report = b'{"state":{"reported":{"on":true}}}'
            sent = [
                loud.publish(request_topic(ShadowId(f"loud-{n}"), Operation.UPDATE), report, qos=1)
                for n in range(BURST)
            ]
            answers = []
            for batch in range(0, BURST, EVERY):
                await asyncio.gather(*sent[batch : batch + EVERY])
                answers.append(await shadows.get(lamp, timeout=ANSWER_S))
        finally:
            await loud.close()
            await quiet.close()

    assert [answer["state"]["reported"] for answer in answers] == [{"on": True}] * (BURST // EVERY)
