"""The fleet index operations: search and aggregations over `AWS_Things`."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from broker_bridge.fleet import FleetIndex, InvalidAggregation, InvalidPage, InvalidQuery
from broker_bridge.fleet.aggregate import BUCKETS_MAX, DEFAULT_PERCENTS
from broker_bridge.fleet.index import SEARCH_PAGE_MAX
from broker_bridge.rest.errors import AwsError, invalid_request
from broker_bridge.rest.parameters import json_answer, json_object, path_text, text_member

INDEX_NAME: Final = "AWS_Things"
QUERY_VERSION: Final = "2017-09-30"
PERCENTS_MAX: Final = 100
"""Percentiles in one request."""

_STATISTICS: Final = {
    "count": "count",
    "average": "average",
    "sum": "sum",
    "minimum": "minimum",
    "maximum": "maximum",
    "sum_of_squares": "sumOfSquares",
    "variance": "variance",
    "std_deviation": "stdDeviation",
}

Ask = dict[str, Any]


class IndexRoutes:
    """SearchIndex, the four aggregations, DescribeIndex, ListIndices."""

    def __init__(self, index: FleetIndex) -> None:
        self._index = index

    def routes(self) -> list[BaseRoute]:
        """For the application's router."""
        asked = {
            "search": self._search,
            "buckets": self._buckets,
            "cardinality": self._cardinality,
            "statistics": self._statistics,
            "percentiles": self._percentiles,
        }
        posts = [
            Route(f"/indices/{name}", _asked(answer), methods=["POST"]) for name, answer in asked.items()
        ]
        return [
            *posts,
            Route("/indices", self._list, methods=["GET"]),
            Route("/indices/{index}", self._describe, methods=["GET"]),
        ]

    def _search(self, ask: Ask) -> dict[str, Any]:
        size = _integer(ask, "maxResults", SEARCH_PAGE_MAX, SEARCH_PAGE_MAX)
        token = text_member(ask, "nextToken", "") or None
        page = self._index.search(_query(ask), size, token)
        answer: dict[str, Any] = {"things": page.things}
        if page.next_token is not None:
            answer["nextToken"] = page.next_token
        return answer

    def _buckets(self, ask: Ask) -> dict[str, Any]:
        kind = ask.get("bucketsAggregationType")
        terms = kind.get("termsAggregation") if isinstance(kind, dict) else None
        if not isinstance(terms, dict):
            raise invalid_request("bucketsAggregationType must be an object with termsAggregation")
        most = _integer(terms, "maxBuckets", 10, BUCKETS_MAX)
        found = self._index.buckets(_query(ask), text_member(ask, "aggregationField"), most)
        shown = [{"keyValue": bucket.key, "count": bucket.count} for bucket in found.buckets]
        return {"totalCount": found.total, "buckets": shown}

    def _cardinality(self, ask: Ask) -> dict[str, Any]:
        return {"cardinality": self._index.cardinality(_query(ask), _field(ask))}

    def _statistics(self, ask: Ask) -> dict[str, Any]:
        found = asdict(self._index.statistics(_query(ask), _field(ask)))
        shown = {shown: found[name] for name, shown in _STATISTICS.items() if found[name] is not None}
        return {"statistics": shown}

    def _percentiles(self, ask: Ask) -> dict[str, Any]:
        percents = ask.get("percents") or list(DEFAULT_PERCENTS)
        numbers = isinstance(percents, list) and len(percents) <= PERCENTS_MAX
        if not numbers or not all(isinstance(p, int | float) and not isinstance(p, bool) for p in percents):
            raise invalid_request(f"percents must be at most {PERCENTS_MAX} numbers")
        found = self._index.percentiles(_query(ask), _field(ask), [float(percent) for percent in percents])
        return {"percentiles": [asdict(percentile) for percentile in found]}

    async def _list(self, _request: Request) -> Response:
        return json_answer({"indexNames": [INDEX_NAME]})

    async def _describe(self, request: Request) -> Response:
        _known(path_text(request, "index"))
        return json_answer(
            {"indexName": INDEX_NAME, "indexStatus": "ACTIVE", "schema": "MULTI_INDEXING_MODE"}
        )


def _asked(answer: Callable[[Ask], dict[str, Any]]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint from a function of the request's JSON; the index's refusals become AWS's errors."""

    async def endpoint(request: Request) -> Response:
        ask = await json_object(request)
        _known(text_member(ask, "indexName", INDEX_NAME))
        try:
            return json_answer(answer(ask))
        except InvalidQuery as refused:
            raise AwsError(400, str(refused), "InvalidQueryException") from None
        except InvalidAggregation as refused:
            raise AwsError(400, str(refused), "InvalidAggregationException") from None
        except InvalidPage as refused:
            raise invalid_request(str(refused)) from None

    return endpoint


def _known(index: str) -> None:
    if index != INDEX_NAME:
        raise AwsError(404, f"Index {index} does not exist; there is {INDEX_NAME}")


def _query(ask: Ask) -> str:
    if text_member(ask, "queryVersion", QUERY_VERSION) != QUERY_VERSION:
        raise invalid_request(f"queryVersion must be {QUERY_VERSION}")
    return text_member(ask, "queryString")


def _field(ask: Ask) -> str:
    return text_member(ask, "aggregationField", "registry.version")


def _integer(ask: Ask, name: str, default: int, most: int) -> int:
    value = ask.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise invalid_request(f"{name} must be an integer from 1 to {most}")
    return value
