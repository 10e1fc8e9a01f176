"""Is every vote of a hall counted, exactly? `python -m benchmarks.exact_votes --phones 2000`.

Simulated phones answer within one second, some twice, some change their mind, 5 % drop off in the middle, the
dashboard is killed with -9 in between and comes back. The tally must be what the phones' shadows say.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import orjson

from tests.support.hasty_votes import hasty_votes
from tests.support.rooms import running_room


def main() -> int:
    """Run on each broker; 1 when any count is not exact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=2_000)
    parser.add_argument("--broker", choices=("embedded", "mosquitto"), action="append")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    figures = {}
    for broker in options.broker or ("embedded", "mosquitto"):
        with tempfile.TemporaryDirectory() as folder, running_room(Path(folder), broker) as room:
            outcome = asyncio.run(hasty_votes(room, options.phones))
        exact = outcome.counted == outcome.live == outcome.in_shadows
        figures[broker] = {**asdict(outcome), "exact": exact}
        counted = sum(outcome.counted.values())
        print(
            f"{broker:<10} {options.phones} phones: {outcome.votes} answered and {outcome.changed} changed, "
            f"{outcome.dropped} dropped off, dashboard back after {outcome.seconds['dashboard back']:.1f} s; "
            f"{counted} counted, {sum(outcome.in_shadows.values())} in the shadows: "
            f"{'exact' if exact else 'NOT EXACT'}"
        )
    if options.json is not None:
        options.json.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    return 0 if all(one["exact"] for one in figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
