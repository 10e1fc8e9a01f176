"""What holds for every test: a clean environment, and a seed that can be given again."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

#: Given again by the line under a failed test: TEST_SEED=… makes the same random choices.
SEED_VARIABLE = "TEST_SEED"

#: The folders with the longest files, which begin first (xdist's `--no-loadscope-reorder` keeps to it): then
#: no process works through a long one alone at the end.
LONGEST_FIRST = ("e2e", "integration", "clients", "compat", "contract")

#: Where distributions put daemons, which a user's PATH often leaves out.
DAEMON_FOLDERS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"

# A developer's own settings and keys decide nothing here, and no test may reach an account of theirs.
# At import, so that it also holds for what other modules read when they are imported.
for _name in [name for name in os.environ if name.startswith(("SHADOWROOM_", "AWS_"))]:
    del os.environ[_name]
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

# Set before xdist starts its processes, which inherit it.
os.environ.setdefault(SEED_VARIABLE, str(secrets.randbelow(2**32)))

# No deadline: a shared machine may take long over one example, which says nothing about the code.
settings.register_profile(
    "shadowroom", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shadowroom")


@pytest.fixture(autouse=True)
def seed(request: pytest.FixtureRequest) -> int:
    """This test's own seed, which `random` has been given; the same for the same TEST_SEED and test."""
    own = zlib.crc32(request.node.nodeid.encode()) ^ int(os.environ[SEED_VARIABLE])
    random.seed(own)
    request.node.add_report_section("setup", "seed", f"{SEED_VARIABLE}={os.environ[SEED_VARIABLE]}")
    return own


def pytest_report_header() -> str:
    """The seed of this run."""
    return f"seed: {SEED_VARIABLE}={os.environ[SEED_VARIABLE]}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first; leave out what this machine cannot run, counted as deselected: with CI=true it
    must fail.
    """
    items.sort(key=_rank)
    if os.environ.get("CI") == "true":
        return
    left_out = [item for item in items if _lacks(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _rank(item: pytest.Item) -> int:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


def _lacks(item: pytest.Item) -> bool:
    """Say whether the test needs Chromium or Mosquitto and there is none (`make machine` names them)."""
    if item.get_closest_marker("browser") and not _is_there("chromium"):
        return True
    needs_mosquitto = item.get_closest_marker("broker") and "mosquitto" in item.nodeid.lower()
    return bool(needs_mosquitto) and not (_is_there("mosquitto") and _is_there("mosquitto_pub"))


def _is_there(program: str) -> bool:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{DAEMON_FOLDERS}") is not None
