"""The fleet index: every thing's shadows, connection and attributes, searchable at once after each update."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from heapq import nsmallest
from typing import Any, Final, NamedTuple

import orjson

from broker_bridge.fleet import aggregate
from broker_bridge.fleet.columns import Column, NumericTextColumn, Scalar
from broker_bridge.fleet.documents import (
    Connectivity,
    IndexedShadow,
    Record,
    Registration,
    indexed_shadow,
    thing_document,
    thing_id,
)
from broker_bridge.fleet.flatten import Flat
from broker_bridge.fleet.matching import canonical, matching
from broker_bridge.fleet.pages import check_size, name_before, token_after
from broker_bridge.fleet.query import parse_query
from broker_bridge.shadow.item import Item
from broker_bridge.wire.topics import ShadowId

SEARCH_PAGE_MAX: Final = 100
"""Things in one page of a search; AWS's maxResults."""

NAMED_SHADOWS_PAGE_MAX: Final = 100
"""Names in one page of ListNamedShadowsForThing; botocore `iot-data`."""

NAMED_SHADOWS_PAGE: Final = 25
"""Names in one page when none is asked for; Greengrass's default."""

FIELDS_MAX: Final = 20_000
"""Different fields over the whole fleet. Beyond it new ones are not indexed (`fields_left_out`), so that
devices that invent names cannot fill the memory."""

STRANGERS_MAX: Final = 10_000
"""Things without shadow or registration whose connectivity is remembered until they have one."""


class SearchPage(NamedTuple):
    """ThingDocuments sorted by thing name, and the token of the next page, None after the last."""

    things: list[dict[str, Any]]
    next_token: str | None


class NamesPage(NamedTuple):
    """Names, sorted, and the token of the next page, None after the last."""

    names: list[str]
    next_token: str | None


class FleetIndex:
    """An index in memory, kept current by its caller with each accepted update. Not thread-safe; no input
    or output.

    A thing is in the index while it has a shadow or a registration. A field whose name is a path below
    another (`shadow.reported.os`) holds scalars, or each scalar of an array.
    """

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._columns: dict[str, Column] = {}
        self._strangers: dict[str, Connectivity] = {}
        self._names: list[str] | None = []
        """Sorted names; None when out of date."""
        self.fields_left_out = 0
        """How often a field was not indexed because there were `FIELDS_MAX` already."""

    def put(self, shadow: ShadowId, document: Mapping[str, Any] | None, version: int, timestamp: int) -> None:
        """Index a shadow's document `{"state":{…},"metadata":{…}}`, or forget the shadow when it is None.

        `timestamp` in epoch seconds. A version older than the indexed one is ignored, so that updates may
        arrive out of order.
        """
        record = self._records.get(shadow.thing)
        held = None if record is None else record.shadows.get(shadow.name)
        if held is not None and version < held.version:
            return
        before = {} if held is None else held.fields
        if document is None:
            if record is not None and held is not None:
                del record.shadows[shadow.name]
                self._repost(shadow.thing, before, {})
                self._forget_if_empty(shadow.thing, record)
            return
        record = record or self._new_record(shadow.thing)
        entry = indexed_shadow(shadow.name, document, version, timestamp)
        self._repost(shadow.thing, before, entry.fields)
        record.shadows[shadow.name] = entry

    def follow(self, shadow: ShadowId, item: Item) -> None:
        """`put` for a stored item; a listener for whoever stores shadows."""
        document = None if item.document is None else orjson.loads(item.document)
        self.put(shadow, document, item.version, item.written_at)

    def remove(self, thing: str) -> None:
        """Forget the shadows of a thing; a registration stays."""
        record = self._records.get(thing)
        if record is None:
            return
        for entry in record.shadows.values():
            self._repost(thing, entry.fields, {})
        record.shadows.clear()
        self._forget_if_empty(thing, record)

    def clear(self) -> None:
        """Forget everything: shadows, registrations and connections."""
        self._records.clear()
        self._columns.clear()
        self._strangers.clear()
        self._names = []
        self.fields_left_out = 0

    def connectivity(
        self, thing: str, connected: bool, timestamp_ms: int, disconnect_reason: str | None = None
    ) -> None:
        """Note that a thing connected or was lost, at this time in epoch milliseconds."""
        self._note_connectivity(thing, Connectivity(connected, timestamp_ms, disconnect_reason))

    def _note_connectivity(self, thing: str, now: Connectivity) -> None:
        record = self._records.get(thing)
        if record is not None:
            self._repost(thing, _connectivity_fields(record.connectivity), _connectivity_fields(now))
            record.connectivity = now
            return
        self._strangers.pop(thing, None)
        while len(self._strangers) >= STRANGERS_MAX:
            del self._strangers[next(iter(self._strangers))]
        self._strangers[thing] = now

    def register(self, thing: str, registration: Registration | None) -> None:
        """Index a thing's registration, or forget it when it is None; its shadows stay."""
        record = self._records.get(thing)
        if record is None:
            if registration is None:
                return
            record = self._new_record(thing)
        before, after = _registration_fields(record.registration), _registration_fields(registration)
        self._repost(thing, before, after)
        record.registration = registration
        self._forget_if_empty(thing, record)

    def things(self) -> Sequence[str]:
        """The names of all things, sorted. Do not change the sequence."""
        if self._names is None:
            self._names = sorted(self._records)
        return self._names

    def __contains__(self, thing: object) -> bool:
        return thing in self._records

    def search(
        self, query: str, max_results: int = SEARCH_PAGE_MAX, next_token: str | None = None
    ) -> SearchPage:
        """One page of the things that match. Raises `InvalidQuery`, `InvalidPage`."""
        check_size(max_results, SEARCH_PAGE_MAX, "maxResults")
        after = name_before(next_token)
        names = self._first_after(self._matched(query), after, max_results + 1)
        page = names[:max_results]
        token = token_after(page[-1]) if len(names) > max_results else None
        return SearchPage([thing_document(name, self._records[name]) for name in page], token)

    def count(self, query: str) -> int:
        """How many things match. Raises `InvalidQuery`."""
        return len(self._matched(query))

    def buckets(self, query: str, field: str, max_buckets: int = 10) -> aggregate.Buckets:
        """The commonest values of a field. Raises `InvalidQuery`, `InvalidAggregation`."""
        matched = self._matched(query)
        return aggregate.buckets(len(matched), self._counts(matched, field), max_buckets)

    def cardinality(self, query: str, field: str = "registry.version") -> int:
        """How many different values a field has. Raises `InvalidQuery`."""
        return len(self._counts(self._matched(query), field))

    def statistics(self, query: str, field: str = "registry.version") -> aggregate.Statistics:
        """Statistics of a field's numbers. Raises `InvalidQuery`."""
        return aggregate.statistics(self._counts(self._matched(query), field, numbers=True))

    def percentiles(
        self,
        query: str,
        field: str = "registry.version",
        percents: Iterable[float] = aggregate.DEFAULT_PERCENTS,
    ) -> tuple[aggregate.Percentile, ...]:
        """Percentiles of a field's numbers. Raises `InvalidQuery`, `InvalidAggregation`."""
        counts = self._counts(self._matched(query), field, numbers=True)
        return aggregate.percentiles(counts, percents)

    def named_shadows(
        self, thing: str, page_size: int = NAMED_SHADOWS_PAGE, next_token: str | None = None
    ) -> NamesPage:
        """One page of the names of a thing's named shadows; empty for an unknown thing. Raises
        `InvalidPage`."""
        check_size(page_size, NAMED_SHADOWS_PAGE_MAX, "pageSize")
        after = name_before(next_token)
        record = self._records.get(thing)
        names = sorted(n for n in record.shadows if n is not None and n > after) if record else []
        token = token_after(names[page_size - 1]) if len(names) > page_size else None
        return NamesPage(names[:page_size], token)

    def _matched(self, query: str) -> AbstractSet[str]:
        return matching(parse_query(query), self._columns, self._records.keys())

    def _first_after(self, matched: AbstractSet[str], after: str, limit: int) -> list[str]:
        """The first names after `after`: by the sorted names when most things match, by the matches
        otherwise."""
        if len(matched) * 4 < len(self._records):
            return nsmallest(limit, (name for name in matched if name > after))
        names, found = self.things(), list[str]()
        for place in range(bisect_right(names, after), len(names)):
            if names[place] in matched:
                found.append(names[place])
                if len(found) == limit:
                    break
        return found

    def _counts(self, matched: AbstractSet[str], field: str, *, numbers: bool = False) -> aggregate.Counts:
        versions = self._version_counts(matched, field)
        if versions is not None:
            return versions
        column = self._columns.get(canonical(field))
        if column is None:
            return ()
        whole = len(matched) == len(self._records)
        numeric = list(column.numbers()) if numbers else []
        pairs: Iterable[tuple[Scalar, AbstractSet[str]]] = numeric or column.values()
        counted = [(value, len(things) if whole else len(things & matched)) for value, things in pairs]
        return [(value, count) for value, count in counted if count]

    def _version_counts(self, matched: AbstractSet[str], field: str) -> aggregate.Counts | None:
        """Counts of version numbers, which AWS shows and aggregates but does not search; None for other
        fields."""
        if field != "registry.version" and not (field.startswith("shadow.") and field.endswith(".version")):
            return None
        middle = field[len("shadow.") : -len(".version")]
        if field not in ("registry.version", "shadow.version") and not middle.startswith("name."):
            return None
        shadow = middle[len("name.") :] if middle.startswith("name.") else None
        if "." in (shadow or ""):
            return None
        counts: dict[Scalar, int] = {}
        for thing in matched:
            record = self._records[thing]
            held: Registration | IndexedShadow | None = (
                record.registration if field == "registry.version" else record.shadows.get(shadow)
            )
            if held is not None:
                counts[held.version] = counts.get(held.version, 0) + 1
        return list(counts.items())

    def _new_record(self, thing: str) -> Record:
        record = self._records[thing] = Record(thing_id(thing))
        self._names = None
        self._repost(thing, {}, {"thingName": thing, "thingId": record.thing_id})
        known = self._strangers.pop(thing, None)
        if known is not None:
            self._note_connectivity(thing, known)
        return record

    def _forget_if_empty(self, thing: str, record: Record) -> None:
        if record.shadows or record.registration is not None:
            return
        self._repost(thing, {"thingName": thing, "thingId": record.thing_id}, {})
        self._repost(thing, _connectivity_fields(record.connectivity), {})
        del self._records[thing]
        self._names = None

    def _repost(self, thing: str, before: Flat, after: Flat) -> None:
        """Bring the columns from one set of fields of a thing to another, touching only what differs."""
        columns = self._columns
        for field, value in before.items():
            now = after.get(field)
            if now is value or (now == value and type(now) is type(value) is not tuple):
                continue
            column = columns.get(field)
            if column is None:
                continue
            for scalar in value if isinstance(value, tuple) else (value,):
                column.discard(scalar, thing)
            if now is None and not column:
                del columns[field]
        for field, value in after.items():
            was = before.get(field)
            if was is value or (was == value and type(was) is type(value) is not tuple):
                continue
            column = columns.get(field) or self._new_column(field)
            if column is None:
                continue
            for scalar in value if isinstance(value, tuple) else (value,):
                column.add(scalar, thing)

    def _new_column(self, field: str) -> Column | None:
        if len(self._columns) >= FIELDS_MAX:
            self.fields_left_out += 1
            return None
        column = NumericTextColumn() if field.startswith("attributes.") else Column()
        self._columns[field] = column
        return column


def _connectivity_fields(known: Connectivity | None) -> Flat:
    if known is None:
        return {}
    fields: Flat = {"connectivity.connected": known.connected, "connectivity.timestamp": known.timestamp_ms}
    if known.disconnect_reason is not None:
        fields["connectivity.disconnectReason"] = known.disconnect_reason
    return fields


def _registration_fields(known: Registration | None) -> Flat:
    if known is None:
        return {}
    fields: Flat = {f"attributes.{name}": value for name, value in known.attributes.items()}
    if known.thing_type is not None:
        fields["thingTypeName"] = known.thing_type
    return fields
