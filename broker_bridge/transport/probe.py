"""Before serving: can this broker carry `$aws/…` topics at all?

Some cannot: `rumqttd` and `amqtt` refuse or swallow topics that begin with `$`, and an access list that
grants `#` does not grant `$aws/#`. Without this look, a service on such a broker starts, says it is fine, and
never hears a request.
"""

import asyncio
import secrets

from broker_bridge.transport.port import Dropped, Message, Refused, Transport

PROBE_SECONDS = 5.0
"""For the round trip."""

_WHAT_TO_DO = (
    "The shadow service needs to publish and subscribe there: use Mosquitto, NATS or EMQX, and give its"
    " account `readwrite $aws/#` (a rule for `#` does not cover topics that begin with `$`)."
)


async def probe(transport: Transport, *, timeout: float = PROBE_SECONDS) -> None:  # noqa: ASYNC109
    """Send a message to ourselves on a `$aws/things/…` topic that is no request.

    Raises `Refused` with a sentence that says what is wrong and what to do, `Dropped` when the connection
    went away.
    """
    token = secrets.token_hex(8)
    tail = f"shadow/probe/{token}"
    topic, topic_filter = f"$aws/things/__probe-{token}/{tail}", f"$aws/things/+/{tail}"
    arrived = asyncio.Event()

    def on_message(message: Message) -> None:
        if message.topic == topic:
            arrived.set()

    try:
        await transport.subscribe([topic_filter], on_message, qos=1)
    except Refused:
        raise Refused(f"The broker denies subscriptions to {topic_filter}. {_WHAT_TO_DO}") from None
    try:
        async with asyncio.timeout(timeout):
            await transport.publish(topic, token.encode(), qos=1)
            await arrived.wait()
    except TimeoutError:
        if not transport.connected:
            raise Dropped("the connection was lost while probing the broker") from None
        raise Refused(
            f"The broker does not carry `$aws` topics: a message on {topic} did not come back within"
            f" {timeout:g} s. {_WHAT_TO_DO}"
        ) from None
    finally:
        if transport.connected:
            await transport.unsubscribe([topic_filter])
