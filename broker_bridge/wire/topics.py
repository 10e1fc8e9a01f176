"""Topics of the Device Shadow service: format and parse, total and without input or output.

The topic tree is AWS's ("Device Shadow MQTT topics" in the developer guide): `$aws/things/{thing}/shadow/…`
for the classic shadow, `$aws/things/{thing}/shadow/name/{shadow}/…` for a named one.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from broker_bridge.wire.names import is_shadow_name, is_thing_name


class Operation(StrEnum):
    """What a client may ask of a shadow."""

    GET = "get"
    UPDATE = "update"
    DELETE = "delete"


class Answer(StrEnum):
    """What the service publishes under an operation's topic."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DELTA = "delta"
    DOCUMENTS = "documents"


REQUEST_FILTERS: tuple[str, ...] = tuple(
    f"$aws/things/+/shadow/{named}{operation}" for named in ("", "name/+/") for operation in Operation
)
"""The six filters the service subscribes to: requests only, so that it never hears its own answers."""


@dataclass(frozen=True, slots=True)
class ShadowId:
    """One shadow: a thing's classic shadow (`name` is None) or one of its named shadows."""

    thing: str
    name: str | None = None

    @property
    def label(self) -> str:
        """The name AWS uses in its 404 text: the shadow's, or the thing's for the classic shadow."""
        return self.thing if self.name is None else self.name

    @property
    def prefix(self) -> str:
        """The topic prefix of this shadow, without a trailing slash."""
        base = f"$aws/things/{self.thing}/shadow"
        return base if self.name is None else f"{base}/name/{self.name}"


def request_topic(shadow: ShadowId, operation: Operation) -> str:
    """The topic on which a client asks for `operation`."""
    return f"{shadow.prefix}/{operation}"


def answer_topic(shadow: ShadowId, operation: Operation, answer: Answer) -> str:
    """The topic on which the service answers or tells."""
    return f"{shadow.prefix}/{operation}/{answer}"


TOPIC_MAX = 250
"""Characters; a shadow's longest topic has 234."""
REMEMBERED_TOPICS = 16_384
"""Topics whose parts are remembered: the same few thousand come again and again."""


def parse_request(topic: str) -> tuple[ShadowId, Operation] | None:
    """The shadow and operation of a request topic; None for everything else, answers included."""
    parsed = _parse(topic)
    if parsed is None or len(parsed[1]) != 1 or parsed[1][0] not in _OPERATIONS:
        return None
    return parsed[0], Operation(parsed[1][0])


def parse_answer(topic: str) -> tuple[ShadowId, Operation, Answer] | None:
    """The shadow, operation and answer of a topic that the service publishes on; None for everything else."""
    parsed = _parse(topic)
    if parsed is None or len(parsed[1]) != 2:
        return None
    operation, answer = parsed[1]
    if operation not in _OPERATIONS or answer not in _ANSWERS:
        return None
    if answer in (Answer.DELTA, Answer.DOCUMENTS) and operation != Operation.UPDATE:
        return None
    return parsed[0], Operation(operation), Answer(answer)


_OPERATIONS = frozenset(Operation)
_ANSWERS = frozenset(Answer)


def _parse(topic: str) -> tuple[ShadowId, list[str]] | None:
    return _parse_short(topic) if len(topic) <= TOPIC_MAX else None


@lru_cache(maxsize=REMEMBERED_TOPICS)
def _parse_short(topic: str) -> tuple[ShadowId, list[str]] | None:
    levels = topic.split("/")
    if len(levels) < 5 or levels[0] != "$aws" or levels[1] != "things" or levels[3] != "shadow":
        return None
    if not is_thing_name(levels[2]):
        return None
    if levels[4] != "name":
        return ShadowId(levels[2]), levels[4:]
    if len(levels) < 7 or not is_shadow_name(levels[5]):
        return None
    return ShadowId(levels[2], levels[5]), levels[6:]


def matches(topic_filter: str, topic: str) -> bool:
    """True when an MQTT filter covers a topic (MQTT 3.1.1 section 4.7: `$…` needs an explicit first
    level)."""
    wanted, given = topic_filter.split("/"), topic.split("/")
    if given[0].startswith("$") and wanted[0] in ("+", "#"):
        return False
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(wanted) == len(given)
