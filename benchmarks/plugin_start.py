"""Seconds that the pytest fixture `aws_iot` takes: `python -m benchmarks.plugin_start`.

Broker, shadow service and data plane are started on free ports, emptied as between two tests, and stopped.
"""

import tempfile
import time
from pathlib import Path
from typing import Final

from shadowroom.local_aws_iot import LocalAwsIot

TRIES: Final = 5
GOAL_S: Final = 2.0


def main() -> None:
    """Print a line for each broker."""
    for broker in ("mosquitto", "embedded"):
        starts, empties = [], []
        for _ in range(TRIES):
            with tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                server = LocalAwsIot.start(Path(folder), broker)
                started = time.perf_counter()
                server.empty()
                starts.append(started - began)
                empties.append(time.perf_counter() - started)
                server.stop()
        print(
            f"{broker}: starts in {min(starts):.2f} to {max(starts):.2f} s (goal {GOAL_S:g} s), "
            f"empties in {1000 * min(empties):.0f} to {1000 * max(empties):.0f} ms"
        )


if __name__ == "__main__":
    main()
