"""docs/spec/conformance.md says what is so."""

from pathlib import Path

import pytest

from scripts import conformance
from tests.support.shadow_vectors import VECTORS

PAGE = conformance.PAGE.read_text(encoding="utf-8")


def test_the_table_is_of_these_vectors() -> None:
    """Made from the file as it is now, and every vector has its row: else run `make conformance`."""
    rows = conformance.own_columns(PAGE)

    assert f"sha256 `{conformance.digest()}`" in PAGE
    assert all(list(row) == [vector.name for vector in VECTORS] for row in rows.values())


@pytest.mark.broker
@pytest.mark.parametrize("kind", list(conformance.BROKERS))
async def test_this_service_answers_what_the_table_says(kind: str, tmp_path: Path) -> None:
    """Over MQTT and over REST, on this broker, vector by vector: and it passes them all."""
    said = conformance.own_columns(PAGE)
    for column, results in (await conformance.ours(kind, tmp_path)).items():
        assert {name: difference for name, difference in results.items() if difference is not None} == {}
        assert said[column] == dict.fromkeys(results, True)
