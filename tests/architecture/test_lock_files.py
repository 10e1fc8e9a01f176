"""The lock files of the npm packages."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("folder", ["dashboard/web", "deploy/lint", "tests/clients/node"])
def test_lock_file_is_complete_and_names_no_host(folder: str) -> None:
    """Each package's variants for other systems are locked too, or `npm ci` refuses the file; none has an
    address, so that any registry will do. npm leaves out a variant that its registry has not: add it by hand.
    """
    packages: dict[str, dict[str, Any]] = json.loads(
        (ROOT / folder / "package-lock.json").read_text(encoding="utf-8")
    )["packages"]
    locked = {path.rpartition("node_modules/")[2] for path in packages}
    wanted = {name for one in packages.values() for name in one.get("optionalDependencies", {})}
    required_peers = {
        name
        for one in packages.values()
        for name in one.get("peerDependencies", {})
        if not one.get("peerDependenciesMeta", {}).get(name, {}).get("optional")
    }

    assert (wanted | required_peers) <= locked
    assert not [path for path, one in packages.items() if "resolved" in one]
