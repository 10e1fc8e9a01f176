"""Shadow requests over MQTT, matched to their answers by clientToken."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
import structlog

from broker_bridge.client.errors import ShadowRefused, Timeout, TooManyRequests, Unavailable
from broker_bridge.transport.port import Message, Refused, Transport, TransportError
from broker_bridge.wire.topics import Answer, Operation, ShadowId, answer_topic, parse_answer, request_topic

ANSWER_TIMEOUT_S: Final = 5.0
"""Seconds to wait for an answer: a hundred times what a loaded broker on one machine needs."""

PENDING_MAX: Final = 1024
"""Requests in flight at one time; each holds its future and its token until it is answered or timed out."""

SUBSCRIBED_MAX: Final = 16
"""Shadows whose answers stay subscribed between requests; the one that was asked longest ago makes room. Each
is two of the 50 subscriptions that AWS IoT grants a connection, which others use too."""

_UNSET: Final = object()

DocumentsHandler = Callable[[ShadowId, dict[str, Any]], None]
"""Called with the shadow and the parsed message `{"previous","current","timestamp","clientToken"?}`.
`previous` may be None or missing on creation. It runs on the event loop and must not block."""

_log = structlog.get_logger(__name__)


class ShadowClient:
    """Asks for updates, documents and deletions of any shadow over one MQTT connection.

    Before its first request about a shadow it subscribes to that shadow's answers, and stays subscribed for
    the next one. To walk a whole fleet use `DataPlane`.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._pending: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._asked: dict[str, ShadowId] = {}
        """The shadow of each pending request, by token."""
        self._subscribed: dict[ShadowId, asyncio.Task[None]] = {}
        self._publishing: set[asyncio.Task[None]] = set()
        """Held here, since the loop itself holds tasks weakly."""
        self._changing = asyncio.Lock()
        """One change of subscriptions at a time, so that giving one up never overtakes taking it again."""

    async def update(
        self,
        shadow: ShadowId,
        desired: Any = _UNSET,
        reported: Any = _UNSET,
        version: int | None = None,
        timeout: float = ANSWER_TIMEOUT_S,  # noqa: ASYNC109
    ) -> dict[str, Any]:
        """Update sections of a shadow and return AWS's `update/accepted` message.

        A section that is not given is left alone, one given as None is removed. With `version` the update
        is refused (409) unless the stored version is that one. Raises `ShadowRefused`, `Timeout` (seconds),
        `Unavailable`, `TooManyRequests`.
        """
        sections = {"desired": desired, "reported": reported}
        request: dict[str, Any] = {"state": {k: v for k, v in sections.items() if v is not _UNSET}}
        if version is not None:
            request["version"] = version
        return await self._ask(shadow, Operation.UPDATE, request, timeout)

    async def get(
        self,
        shadow: ShadowId,
        timeout: float = ANSWER_TIMEOUT_S,  # noqa: ASYNC109
    ) -> dict[str, Any]:
        """The shadow as in AWS's `get/accepted`: `state` (with `delta`), `metadata`, `version`, `timestamp`.

        Raises as `update` does; a missing shadow is `ShadowRefused` with code 404.
        """
        return await self._ask(shadow, Operation.GET, {}, timeout)

    async def delete(
        self,
        shadow: ShadowId,
        timeout: float = ANSWER_TIMEOUT_S,  # noqa: ASYNC109
    ) -> dict[str, Any]:
        """Delete the shadow; returns `version` and `timestamp` of the deletion. Raises as `get` does."""
        return await self._ask(shadow, Operation.DELETE, {}, timeout)

    async def watch_documents(
        self, filter_shadow_name: str | None, handler: DocumentsHandler, *, qos: int = 1
    ) -> None:
        """Call `handler` for every accepted update of the classic shadow (None) or of one named shadow of
        any thing.

        Returns when the broker granted the subscription; raises what `Transport.subscribe` raises. Messages
        that are not what AWS sends there are logged and left out.
        """
        every = ShadowId("+", filter_shadow_name)
        topic_filter = answer_topic(every, Operation.UPDATE, Answer.DOCUMENTS)

        def deliver(message: Message) -> None:
            parsed, body = parse_answer(message.topic), _object(message.payload)
            if parsed is None or body is None or not isinstance(body.get("current"), dict):
                _log.warning(
                    "documents message not understood", topic=message.topic, bytes=len(message.payload)
                )
                return
            handler(parsed[0], body)

        await self._transport.subscribe([topic_filter], deliver, qos=qos)

    async def _ask(
        self, shadow: ShadowId, operation: Operation, request: dict[str, Any], seconds: float
    ) -> dict[str, Any]:
        if len(self._pending) >= PENDING_MAX:
            raise TooManyRequests(f"{PENDING_MAX} shadow requests are waiting for their answers already")
        token = secrets.token_hex(12)
        request["clientToken"] = token
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._pending[token] = answer
        self._asked[token] = shadow
        try:
            async with asyncio.timeout(seconds):
                await self._subscribe_answers(shadow)
                self._send(request_topic(shadow, operation), orjson.dumps(request), answer)
                return await answer
        except TimeoutError:
            # Its silence may mean that the broker lost the subscription: the next request makes it anew.
            subscribed = self._subscribed.get(shadow)
            if subscribed is not None and subscribed.done():
                del self._subscribed[shadow]
            raise Timeout(f"no answer to {operation} of shadow {shadow.label!r} in {seconds:g} s") from None
        except Refused as denied:
            text = f"the broker does not permit {operation} of shadow {shadow.label!r}"
            raise ShadowRefused(403, text) from denied
        except TransportError as lost:
            text = f"the connection was lost during {operation} of shadow {shadow.label!r}"
            raise Unavailable(text) from lost
        finally:
            del self._pending[token], self._asked[token]

    def _send(self, topic: str, payload: bytes, answer: asyncio.Future[dict[str, Any]]) -> None:
        """Publish at QoS 1; a failed publish fails the answer instead of leaving it to time out."""
        publishing = asyncio.create_task(
            _ended(self._transport.publish(topic, payload, qos=1)), name=f"publish {topic}"
        )

        def failed(done: asyncio.Future[None]) -> None:
            if done.cancelled():
                return
            error = done.exception()
            if error is not None and not answer.done():
                answer.set_exception(error)

        self._publishing.add(publishing)
        publishing.add_done_callback(failed)
        publishing.add_done_callback(self._publishing.discard)

    async def _subscribe_answers(self, shadow: ShadowId) -> None:
        """Subscribe once per shadow; callers that come meanwhile wait for the same subscription."""
        task = self._subscribed.pop(shadow, None)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(self._subscribe(shadow), name=f"answers of {shadow.label}")
            task.add_done_callback(_heard)
        self._subscribed[shadow] = task  # again at the end: the dict is in the order of the last use
        await asyncio.shield(task)
        if len(self._subscribed) > SUBSCRIBED_MAX:
            await self._make_room()

    async def _subscribe(self, shadow: ShadowId) -> None:
        async with self._changing:
            await self._transport.subscribe(_answer_filters(shadow), self._answered, qos=1)

    async def _make_room(self) -> None:
        """Give up the subscription that was used longest ago and that nobody waits on."""
        busy = set(self._asked.values())
        for shadow, task in self._subscribed.items():
            if shadow not in busy and task.done():
                del self._subscribed[shadow]
                async with self._changing:
                    await self._transport.unsubscribe(_answer_filters(shadow))
                return

    def _answered(self, message: Message) -> None:
        """Give an answer to whoever waits for its clientToken; everyone else's answers are not ours."""
        parsed, body = parse_answer(message.topic), _object(message.payload)
        if parsed is None or body is None:
            return
        token = body.get("clientToken")
        waiting = self._pending.get(token) if isinstance(token, str) else None
        if waiting is None or waiting.done():
            return
        if parsed[2] is Answer.ACCEPTED:
            waiting.set_result(body)
        else:
            waiting.set_exception(ShadowRefused(int(body.get("code", 500)), str(body.get("message", ""))))


def _answer_filters(shadow: ShadowId) -> list[str]:
    return [f"{shadow.prefix}/+/{answer}" for answer in (Answer.ACCEPTED, Answer.REJECTED)]


def _heard(task: asyncio.Task[None]) -> None:
    """Take note of a failure that every caller was too late to hear of."""
    if not task.cancelled():
        task.exception()


async def _ended(publish: Awaitable[None]) -> None:
    await publish


def _object(payload: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None
