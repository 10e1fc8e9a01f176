"""The limits of a shadow, in one table, each with where its number comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request and a document may be. The defaults are AWS's."""

    payload_bytes: int = 128 * 1024
    """Of one request as it arrives: AWS IoT Core quota "MQTT payload"."""
    document_bytes: int = 8 * 1024
    """Of compact JSON of `desired` plus that of `reported` after the merge; metadata is not counted
    (developer guide, "Diagnosing problems with shadows"; counted as AWS Greengrass counts)."""
    depth: int = 8
    """Levels below `desired` and below `reported`: the first key is level 1, a leaf's key counts, and so does
    an array inside an array. Quota table of AWS IoT Core; AWS's error text still says 6, ours says this
    number."""
    tombstone_seconds: int = 48 * 3600
    """How long a deleted shadow's version goes on (developer guide, "Deleting a shadow")."""

    def __post_init__(self) -> None:
        if not 1 <= self.depth <= 100:
            # orjson writes at most 254 levels, metadata and envelope included.
            raise ValueError("the depth limit must be from 1 to 100 levels")


AWS_LIMITS = Limits()
