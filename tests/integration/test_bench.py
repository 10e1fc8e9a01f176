"""`shadowroom bench`, with loads that measure nothing: every part runs, and every figure is there."""

from pathlib import Path

import orjson
import pytest

from shadowroom.bench.command import BenchPlan, bench
from shadowroom.bench.updates import UpdateLoad

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]


def test_all_figures_are_in_the_table_and_in_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With goals, the machine, the run's own yardsticks, and what was not measured."""
    file = tmp_path / "figures" / "bench.json"

    bench(BenchPlan(UpdateLoad(200, 100, 1, 50), (8,), 4, 4), "mosquitto", file)

    written, table = orjson.loads(file.read_bytes()), capsys.readouterr().out
    figures = {figure["name"]: figure for figure in written["figures"]}
    assert all(name in table for name in figures)
    assert "not measured here" in table
    assert figures["durable updates"]["goal"] == 6_000
    assert "echo" in figures["durable updates"]["beside"]
    assert figures["durable updates by REST, signed"]["value"] > 0
    assert figures["8 phones: wrong or lost"]["value"] == 0
    assert written["measured"]["rooms"]["8"]["recolour"]["rounds"] > 0
    assert figures["4 phones vote: counts that are not exact"]["reached"] is True
    assert figures["10,000 phones"]["value"] is None
    assert written["machine"]["broker"] == "mosquitto"
    assert written["machine"]["cores"] >= 1
