"""The dashboard's HTTP as the crowd uses it: join, leave, and what a presenter may do."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import aiohttp
import orjson

from device_sim.errors import SimError
from device_sim.phone.phone import Phone

TIMEOUT = aiohttp.ClientTimeout(total=15.0)
"""A join that takes longer is given up and tried again: a person would have reloaded the page by then."""
IDLE_SECONDS = 2.0
"""An idle connection is not used again after so long: the dashboard closes it after 5 s, and a request that
meets that is lost."""
HEARD_SECONDS = 0.25
"""So old may be the answer that the room hears its broker: then thousands who connect ask it seldom."""


class Declined(Exception):
    """The room said no, with a sentence for a person."""


class NoAnswer(Exception):
    """No usable answer: try again later."""


class DashboardApi:
    """One HTTP session with the dashboard for all phones; use it as an asynchronous context."""

    def __init__(self, url: str, room: str, token: str | None, code: str | None, parallel: int) -> None:
        """`parallel` bounds the connections that are open at once."""
        self._base = url.rstrip("/")
        self._room = f"{self._base}/api/rooms/{room}"
        self._name = room
        self._code = code
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._parallel = parallel
        self._heard = -HEARD_SECONDS

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=self._parallel, keepalive_timeout=IDLE_SECONDS)
        self.session = aiohttp.ClientSession(connector=connector, timeout=TIMEOUT)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    @property
    def feed_url(self) -> str:
        """Where the public feed is."""
        return f"{self._room}/feed"

    async def check(self) -> None:
        """Raise `SimError` unless the room is there and the presenter token, when given, is good."""
        try:
            async with self.session.get(self._room) as answer:
                status = answer.status
            if status == 200 and self._headers:
                async with self.session.get(f"{self._room}/polls", headers=self._headers) as answer:
                    status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SimError(
                f"No answer at {self._base} ({error}): is `shadowroom up` running there?"
            ) from error
        if status == 404:
            raise SimError(f"There is no room {self._name} at {self._base}: check --room.")
        if status in (401, 403):
            raise SimError("The presenter token was refused: take `presenter_token` from session.json.")
        if status != 200:
            raise SimError(
                f"{self._base} answered {status}: see `{self._base}/readyz` for the part that fails."
            )

    async def join(self, phone: Phone) -> tuple[Mapping[str, Any], str]:
        """The join answer for a phone, new or known, and the address of its tunnel.

        Raises `Declined` or `NoAnswer`.
        """
        persona = phone.persona
        body = {**persona.facts, "lang": persona.language, "sim": True}
        del body["language"]
        if phone.token:
            body["token"] = phone.token
        if self._code:
            body["code"] = self._code
        status, answer = await self._post(f"{self._room}/join", body)
        if status not in (200, 201):
            reason = str(answer.get("message") or f"status {status}")
            raise Declined(reason) if status in (400, 403, 404, 422) else NoAnswer(reason)
        try:
            tunnel = urljoin(f"{self._base}/", answer["mqtt"]["url"])
        except (KeyError, TypeError) as error:
            raise NoAnswer("the join answer has no mqtt.url") from error
        return answer, tunnel.replace("http", "ws", 1) if tunnel.startswith("http") else tunnel

    async def leave(self, token: str) -> bool:
        """Have a phone forgotten, if the room knows it; False when that did not work."""
        try:
            status, _ = await self._post(f"{self._room}/leave", {"token": token})
        except NoAnswer:
            return False
        return status in (204, 403)

    async def hears_broker(self) -> bool:
        """Whether the room hears its broker: a birth that it does not hear is lost, and nobody repeats it.

        The tunnel knows that by itself; who connects to the broker directly must ask.
        """
        if time.perf_counter() - self._heard < HEARD_SECONDS:
            return True
        asked = time.perf_counter()
        try:
            async with self.session.get(f"{self._base}/readyz") as answer:
                heard: bool = orjson.loads(await answer.read())["broker"] == "ok"
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
            return False
        if heard:
            self._heard = asked
        return heard

    def doubt(self) -> None:
        """A phone lost its connection: the broker may be gone."""
        self._heard = -HEARD_SECONDS

    async def set_scene(self, command: Mapping[str, Any]) -> int:
        """Give the room a scene; its version. Raises `NoAnswer` when the dashboard did not take it."""
        status, answer = await self._post(f"{self._room}/scene", command)
        if status not in (200, 201) or not isinstance(answer.get("version"), int):
            raise NoAnswer(str(answer.get("message") or f"status {status}"))
        version: int = answer["version"]
        return version

    async def _post(self, url: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/json", **self._headers}
        try:
            async with self.session.post(url, data=orjson.dumps(body), headers=headers) as answer:
                raw = await answer.read()
                value = orjson.loads(raw) if raw else {}
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError) as error:
            raise NoAnswer(f"no answer: {type(error).__name__}") from error
        return answer.status, value if isinstance(value, dict) else {}
