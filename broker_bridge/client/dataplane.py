"""The AWS IoT data plane and fleet index over HTTP, for the few operations that a room needs."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx
import orjson
from botocore.credentials import Credentials

from broker_bridge.client.errors import DataPlaneError, ShadowRefused, Timeout, Unavailable
from broker_bridge.client.signing import AwsSignature

REQUEST_TIMEOUT_S: Final = 5.0
"""Seconds for each of connect, send, receive and waiting for a free connection."""

CONNECTIONS_MAX: Final = 20
"""Open connections to one endpoint; further requests wait for one, at most `REQUEST_TIMEOUT_S`."""

PAGE_SIZE: Final = 100
"""Things in one page of a search: AWS's maximum for documents with shadows."""


@dataclass(frozen=True, slots=True)
class ThingDocument:
    """One hit of a search."""

    thing: str
    shadow: dict[str, Any]
    """Parsed: `desired`, `reported`, `metadata`, `version`, each if there; named shadows under
    `name.{shadow}`."""
    attributes: dict[str, str]
    connected: bool | None
    """None when the index knows nothing of the thing's connection."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One value of an aggregated field and the number of things that have it."""

    value: str
    count: int


class DataPlane:
    """A client of one endpoint, this bridge's or AWS's. Use as `async with`, or call `close`.

    AWS serves the fleet index at another address than shadows: give that one as `control_url`. Every call
    raises `Timeout`, `Unavailable`, or the typed refusal that its docstring names. Nothing is retried.
    """

    def __init__(
        self,
        endpoint_url: str,
        region: str,
        access_key_id: str,
        secret_access_key: str,
        *,
        control_url: str | None = None,
        session_token: str | None = None,
        credentials: Credentials | None = None,
        indexed: bool = True,
    ) -> None:
        """`credentials`, which may renew themselves, take the place of the keys. Without an index that is
        `indexed` there is nothing to search.
        """
        keys = credentials or Credentials(access_key_id, secret_access_key, session_token)
        self._data_signature = AwsSignature("iotdata", region, keys)
        self._index_signature = AwsSignature("iot", region, keys)
        self._indexed = indexed
        self._data_url = endpoint_url.rstrip("/")
        self._index_url = (control_url or endpoint_url).rstrip("/")
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(REQUEST_TIMEOUT_S),
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,  # the bridge is on this machine, or is AWS: no proxy between
            # Reading the authorities' list takes 20 ms, which the start of a room on this machine need not.
            verify=any(url.startswith("https:") for url in (self._data_url, self._index_url)),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections. Idempotent."""
        await self._http.aclose()

    async def search(self, query: str, *, page_size: int = PAGE_SIZE) -> AsyncIterator[ThingDocument]:
        """All things that match a fleet query, page after page, sorted by name.

        Things that change between two pages may be missed or be seen in their newer state. Raises
        `DataPlaneError` for a query that the index does not understand.
        """
        token: str | None = None
        while True:
            ask: dict[str, Any] = {"queryString": query, "maxResults": page_size}
            if token is not None:
                ask["nextToken"] = token
            page = await self._index("/indices/search", ask)
            for found in page.get("things", []):
                yield _thing_document(found)
            token = page.get("nextToken")
            if not token:
                return

    async def buckets(self, query: str, field: str, *, max_buckets: int = 100) -> list[Bucket]:
        """The commonest values of `field` among the things that match, with counts. Raises
        `DataPlaneError`."""
        ask = {
            "queryString": query,
            "aggregationField": field,
            "bucketsAggregationType": {"termsAggregation": {"maxBuckets": max_buckets}},
        }
        answer = await self._index("/indices/buckets", ask)
        return [Bucket(str(found["keyValue"]), int(found["count"])) for found in answer.get("buckets", [])]

    async def get_shadow(self, thing: str, name: str | None = None) -> dict[str, Any]:
        """The shadow with `state`, `metadata`, `version`, `timestamp`. Raises `ShadowRefused`."""
        return await self._shadow("GET", thing, name, b"")

    async def update_shadow(
        self, thing: str, update: dict[str, Any], name: str | None = None
    ) -> dict[str, Any]:
        """Send an update document (`{"state":{…},"version"?}`); returns what was accepted. Raises
        `ShadowRefused`."""
        return await self._shadow("POST", thing, name, orjson.dumps(update))

    async def delete_shadow(self, thing: str, name: str | None = None) -> dict[str, Any]:
        """Delete the classic shadow, or the named one. Raises `ShadowRefused` (404 when there is none)."""
        return await self._shadow("DELETE", thing, name, b"")

    async def list_named_shadows(self, thing: str) -> list[str]:
        """Names of all named shadows of a thing, sorted; empty for an unknown thing. Raises
        `DataPlaneError`."""
        path = f"/api/things/shadow/ListNamedShadowsForThing/{quote(thing, safe='')}"
        names: list[str] = []
        query = {"pageSize": str(PAGE_SIZE)}
        while True:
            answer = await self._send("GET", self._data_url + path, self._data_signature, query, b"")
            page = _accepted(answer)
            names.extend(page.get("results", []))
            if not page.get("nextToken"):
                return names
            query["nextToken"] = page["nextToken"]

    async def ping(self) -> None:
        """Return when the endpoint answers a signed request; raise what is wrong with it otherwise."""
        if not self._indexed:
            with suppress(ShadowRefused):  # There is no such shadow, says whoever keeps them.
                await self.get_shadow("shadowroom-ping")
            return
        _accepted(
            await self._send("GET", f"{self._index_url}/indices/AWS_Things", self._index_signature, {}, b"")
        )

    async def _index(self, path: str, ask: dict[str, Any]) -> dict[str, Any]:
        url = self._index_url + path
        return _accepted(await self._send("POST", url, self._index_signature, {}, orjson.dumps(ask)))

    async def _shadow(self, method: str, thing: str, name: str | None, body: bytes) -> dict[str, Any]:
        url = f"{self._data_url}/things/{quote(thing, safe='')}/shadow"
        query = {} if name is None else {"name": name}
        answer = await self._send(method, url, self._data_signature, query, body)
        if 400 <= answer.status_code < 500 and answer.status_code not in (401, 403):
            raise ShadowRefused(answer.status_code, _message(answer))
        return _accepted(answer)

    async def _send(
        self, method: str, url: str, signature: AwsSignature, query: dict[str, str], body: bytes
    ) -> httpx.Response:
        if query:
            url += "?" + "&".join(f"{name}={quote(value, safe='-._~')}" for name, value in query.items())
        try:
            answer = await self._http.request(method, url, content=body, auth=signature)
        except httpx.TimeoutException as late:
            raise Timeout(f"{method} {url}: no answer in {REQUEST_TIMEOUT_S:g} s") from late
        except httpx.TransportError as unreachable:
            raise Unavailable(f"{method} {url}: {unreachable}") from unreachable
        if answer.status_code >= 500:
            raise Unavailable(f"{method} {url}: {answer.status_code} {_message(answer)}")
        return answer


def _accepted(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of a 2xx answer; `DataPlaneError` for anything else."""
    if not answer.is_success:
        code = answer.headers.get("x-amzn-errortype", str(answer.status_code)).split(":", 1)[0]
        raise DataPlaneError(answer.status_code, code, _message(answer))
    try:
        body = orjson.loads(answer.content or b"{}")
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise DataPlaneError(
            answer.status_code, "NotAnAwsAnswer", f"{answer.url} did not answer with a JSON object"
        )
    return body


def _message(answer: httpx.Response) -> str:
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return answer.text[:200]
    return str(body.get("message", "")) if isinstance(body, dict) else ""


def _thing_document(found: dict[str, Any]) -> ThingDocument:
    connected = found.get("connectivity", {}).get("connected")
    return ThingDocument(
        thing=found["thingName"],
        shadow=orjson.loads(found.get("shadow") or "{}"),
        attributes=found.get("attributes", {}),
        connected=connected if isinstance(connected, bool) else None,
    )
