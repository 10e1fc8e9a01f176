"""What a question costs the fleet index: ten thousand things, every kind of query and aggregation.

    python -m benchmarks.fleet_queries

Each question is asked after an update that makes the sorted parts out of date. Prints milliseconds of
processor time.
"""

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from broker_bridge.fleet import FleetIndex
from broker_bridge.wire.topics import ShadowId

THINGS = 10_000
BUDGET_MS = 50.0
"""Milliseconds of processor time that a question may cost the event loop."""
ROUNDS = 9


def filled() -> FleetIndex:
    """Phones with the shadows of a room, in random order."""
    chance, made = random.Random(1), FleetIndex()
    for number in range(THINGS):
        thing = f"phone-{chance.getrandbits(104):026x}"
        reported = {
            "room": "DEMO",
            "os": chance.choice(["iOS", "Android", "Windows", "macOS"]),
            "browser": chance.choice(["Mobile Safari", "Chrome"]),
            "visible": number % 2 == 0,
            "scene": number % 7,
            "color": f"#{chance.randrange(1 << 24):06x}",
            "load": chance.random(),
        }
        made.put(ShadowId(thing), {"state": {"reported": reported, "desired": {"color": "red"}}}, 1, 1)
        made.put(ShadowId(thing, "ballot"), {"state": {"reported": {"p1": {"choice": ["a"]}}}}, 1, 1)
        made.connectivity(thing, True, number)
    return made


ASKED: dict[str, Callable[[FleetIndex], Any]] = {
    query: lambda index, query=query: index.search(query)
    for query in (
        "*",
        "shadow.reported.os:iOS AND shadow.reported.visible:true NOT shadow.reported.scene<2",
        "safari -android",
        "*1 NOT safari",
        "shadow.reported.load:[0.1 TO 0.9]",
        "shadow.name.ballot.reported.p1.choice:a",
        " OR ".join(f"p*{digit}?" for digit in "abcdef012345"),
        " ".join(f"shadow.reported.load<{limit / 20}" for limit in range(8, 20)),
        " ".join(f"-{digit}*" for digit in "abcdef012345"),
    )
} | {
    "buckets": lambda index: index.buckets("safari", "shadow.reported.color", 10_000),
    "cardinality": lambda index: index.cardinality("*", "shadow.reported.color"),
    "statistics": lambda index: index.statistics("shadow.reported.visible:true", "shadow.reported.load"),
    "percentiles": lambda index: index.percentiles("*", "shadow.reported.load"),
}


def main() -> None:
    """Print the median and the worst of each question, and how many are over the budget."""
    chance, index = random.Random(2), filled()
    thing, over = ShadowId(index.things()[0]), 0
    for name, ask in ASKED.items():
        took = []
        for _ in range(ROUNDS):
            state = {"reported": {"load": chance.random(), "color": str(chance.random())}}
            index.put(thing, {"state": state}, 1, 1)
            began = time.thread_time()
            ask(index)
            took.append((time.thread_time() - began) * 1000)
        over += statistics.median(took) > BUDGET_MS
        print(f"{statistics.median(took):7.1f} ms  worst {max(took):7.1f} ms  {name}")
    print(f"{over} of {len(ASKED)} over {BUDGET_MS:.0f} ms")


if __name__ == "__main__":
    main()
