"""The shadow service for tests: shadows in memory, and everything emptied within a few milliseconds.

Imported apart from `local_aws_iot_process`, because it needs half a second in which the broker starts.
"""

import asyncio
import secrets as randomness
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import orjson

from broker_bridge.service import BridgeService
from broker_bridge.settings import RestSettings
from broker_bridge.store.memory import MemoryStore
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account, Message
from broker_bridge.wire.topics import Operation, ShadowId
from shadowroom.brokers.port import Role
from shadowroom.ports import LOOPBACK
from shadowroom.secrets import RoomSecrets

BARRIER_S = 5.0
"""For a message to come back through the broker; it takes a millisecond."""
SWEEPS = 5
"""Looks for retained messages; the second finds none unless a client goes on publishing them."""
_EVERYTHING = ("#", "$aws/#")
"""`#` does not cover topics that begin with `$`."""
_BARRIER = "local-aws-iot/barrier"
_NOBODY = ("$aws/things/local-aws-iot/shadow", "$aws/things/local-aws-iot/shadow/name/barrier")
"""A thing of ours, which never gets a shadow."""


class LocalService:
    """The shadow service on one broker, and what the tests may ask of it. An asynchronous context."""

    def __init__(self, account: Callable[[Role], Account], secrets: RoomSecrets) -> None:
        keys = secrets.aws
        self._bridge = BridgeService(
            account(Role.BRIDGE),
            "memory:",
            rest=RestSettings(LOOPBACK, 0, keys.access_key_id, keys.secret_access_key),
        )
        # A connection of its own: what is retained must not reach the router.
        self._sweeper = PahoTransport(replace(account(Role.OPERATOR), client_id="local-aws-iot-sweeper"))
        self._awaited, self._heard = set[str](), asyncio.Event()

    @property
    def port(self) -> int:
        """Of the data plane."""
        if self._bridge.rest_port is None:
            raise RuntimeError("the service has not started")
        return self._bridge.rest_port

    async def __aenter__(self) -> Self:
        await self._bridge.start()
        try:
            await self._sweeper.connect()
            refusals = [f"{prefix}/+/rejected" for prefix in _NOBODY]
            await self._sweeper.subscribe([_BARRIER, *refusals], self._note_return)
        except BaseException:
            await self._bridge.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sweeper.close()
        await self._bridge.stop()

    async def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """`{"do": "empty"}`, `{"do": "things"}`, or `{"do": "shadow", "thing": …, "name": …}`."""
        match asked["do"]:
            case "empty":
                await self.empty()
                return {}
            case "things":
                await self._serve_what_is_under_way()
                return {"things": list(self._bridge.index.things())}
            case "shadow":
                await self._serve_what_is_under_way()
                return {"shadow": await self._shadow(ShadowId(asked["thing"], asked["name"]))}
            case other:
                return {"error": f"nobody can {other!r} here"}

    async def empty(self) -> None:
        """Forget all shadows with their versions, registrations, the index and retained messages.

        Requests that clients sent before this was called are served first and forgotten too.
        """
        for _ in range(SWEEPS):
            if not await self._sweep():
                break
        await self._serve_what_is_under_way()
        store = self._bridge.store
        if isinstance(store, MemoryStore):
            store.clear()
        self._bridge.index.clear()

    async def _sweep(self) -> int:
        """Delete the retained messages that there are; returns how many."""
        found: set[str] = set()

        def note(message: Message) -> None:
            if message.retain and message.payload:
                found.add(message.topic)

        await self._sweeper.subscribe(_EVERYTHING, note)
        # A broker sends what is retained before anything that comes after the subscription.
        await self._until_heard([_BARRIER], qos=0)
        await self._sweeper.unsubscribe(_EVERYTHING)
        await asyncio.gather(*(self._sweeper.publish(topic, b"", qos=1, retain=True) for topic in found))
        return len(found)

    async def _serve_what_is_under_way(self) -> None:
        """One request of each kind, refused as all of them must be: those before them have been served then.

        Of each kind, because NATS keeps the order within a subscription only.
        """
        topics = [f"{prefix}/{operation}" for prefix in _NOBODY for operation in Operation]
        await self._until_heard(topics, qos=1)
        await self._bridge.desk.idle()

    async def _until_heard(self, topics: list[str], *, qos: int) -> None:
        """Publish a token on each topic, and return when each came back, by itself or in a refusal."""
        tokens = {randomness.token_hex(8): topic for topic in topics}
        self._awaited, self._heard = set(tokens), asyncio.Event()
        async with asyncio.timeout(BARRIER_S):
            for token, topic in tokens.items():
                await self._sweeper.publish(topic, orjson.dumps({"clientToken": token}), qos=qos)
            await self._heard.wait()

    def _note_return(self, message: Message) -> None:
        # By token, because a broker may send a message once for each subscription that covers it.
        self._awaited.discard(orjson.loads(message.payload)["clientToken"])
        if not self._awaited:
            self._heard.set()

    async def _shadow(self, shadow: ShadowId) -> Any:
        reply = await self._bridge.desk.request(shadow, Operation.GET, b"", via_rest=True)
        return None if reply.rejected is not None else orjson.loads(reply.payload)
