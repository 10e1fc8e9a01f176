"""The last-will pattern: what a device (or the broker, for one that vanished) says on a plain topic is said
again on the topic of its shadow.

On AWS IoT a will on `$aws/…` never reaches the shadow service, so a device puts its will on a topic of its
own and a rule republishes it. This is that rule: `things/{thing}/shadow/update`, and the same for named
shadows, goes to `$aws/things/{thing}/shadow/update`.
"""

from typing import Final

from broker_bridge.transport.port import Message, Transport
from broker_bridge.wire.topics import Operation, parse_request

FILTERS: Final = ("things/+/shadow/update", "things/+/shadow/name/+/update")


class WillRepublisher:
    """The rule, on one connection."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def start(self) -> None:
        """Listen; raises what `Transport.subscribe` raises."""
        await self._transport.subscribe(FILTERS, self._on_message, qos=1, manual_ack=True)

    def _on_message(self, message: Message) -> None:
        topic = f"$aws/{message.topic}"
        request = parse_request(topic)
        # A retained one is the replay of an old will.
        if request is not None and request[1] is Operation.UPDATE and not message.retain:
            self._transport.publish(topic, message.payload, qos=1)
        if message.acknowledge is not None:
            message.acknowledge()
