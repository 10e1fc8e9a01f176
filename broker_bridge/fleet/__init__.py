"""The fleet index: AWS IoT's search and aggregation over things, shadows and connections, without input
or output."""

from broker_bridge.fleet.aggregate import BucketCount, Buckets, Percentile, Statistics
from broker_bridge.fleet.documents import Registration
from broker_bridge.fleet.errors import FleetError, InvalidAggregation, InvalidPage, InvalidQuery
from broker_bridge.fleet.index import FleetIndex, NamesPage, SearchPage

__all__ = [
    "BucketCount",
    "Buckets",
    "FleetError",
    "FleetIndex",
    "InvalidAggregation",
    "InvalidPage",
    "InvalidQuery",
    "NamesPage",
    "Percentile",
    "Registration",
    "SearchPage",
    "Statistics",
]
