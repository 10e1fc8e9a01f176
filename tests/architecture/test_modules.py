"""The house rules that a program can check."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("broker_bridge", "dashboard", "device_sim", "shadowroom")

#: Lines. Past the first a module needs a reason in `LONG_WITH_REASON`; past the second there is none.
LONG, TOO_LONG = 300, 500

#: Modules between the two limits, each with the reason why it is better in one piece.
LONG_WITH_REASON = {
    "broker_bridge/fleet/index.py": "one index, each of whose maps changes with each update",
    "broker_bridge/transport/aws.py": "one adapter: its client's callbacks share the state of one connection",
    "broker_bridge/transport/memory.py": "a whole broker, whose sessions, filters and messages are one state",
    "broker_bridge/transport/paho.py": "one adapter: paho's callbacks share the state of one connection",
    "broker_bridge/wire/packets.py": "one table of the protocol, a packet after the other",
    "dashboard/live_room.py": "the one place where what arrives and what is written for a room meet",
    "device_sim/phone/phone.py": "one phone: each packet that comes in may change what goes out next",
    "shadowroom/cli.py": "the one table of all options",
}

#: Names that say nothing about what is in a file.
EMPTY_NAMES = re.compile(r"(utils?|helpers?|managers?|misc|common)(_|$)|_(utils?|helpers?|managers?)$")

#: Marks of work left undone, spelled so that this file does not hold them.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def modules() -> list[Path]:
    """Every Python module of the product."""
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")) if _is_ours(path)]


def _is_ours(path: Path) -> bool:
    return not {"node_modules", "static", "__pycache__"} & set(path.parts)


def tracked() -> Iterator[Path]:
    """Every file that git knows, or every file of a source archive."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\n") if listed.returncode == 0 else []
    for path in (ROOT / name for name in names if name):
        if path.is_file():
            yield path


def test_import_contracts_are_kept() -> None:
    """Who may import whom is as pyproject.toml says."""
    program = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )

    assert answer.returncode == 0, answer.stdout[-4000:]


def test_modules_are_short_or_have_a_reason() -> None:
    """No module is over 500 lines, and those over 300 are on the list with a reason."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()
    }
    too_long = {name: length for name, length in lengths.items() if length > TOO_LONG}
    unexplained = {
        name: length for name, length in lengths.items() if length > LONG and name not in LONG_WITH_REASON
    }
    stale = [name for name in LONG_WITH_REASON if lengths.get(name, TOO_LONG) <= LONG]

    assert not too_long
    assert not unexplained
    assert not stale, "short again, so no reason is needed"


def test_every_public_thing_says_what_it_promises() -> None:
    """Modules, and public classes and functions at a module's top level, have a docstring."""
    silent = []
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(ROOT)
        if tree.body and not ast.get_docstring(tree):
            silent.append(str(name))
        silent += [f"{name}:{node.lineno}" for node in tree.body if _is_silent(node)]

    assert not silent


def _is_silent(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    return not node.name.startswith("_") and not ast.get_docstring(node)


def test_names_tell_what_is_in_a_file() -> None:
    """No file or folder is called utils, helpers or manager."""
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if any(EMPTY_NAMES.search(part) for part in (*path.relative_to(ROOT).parts[:-1], path.stem))
    ]

    assert not found


@pytest.mark.parametrize("suffixes", [(".py",), (".ts", ".tsx", ".css", ".html"), (".md", ".toml", ".yml")])
def test_nothing_is_marked_as_unfinished(suffixes: tuple[str, ...]) -> None:
    """No file carries a mark of work left undone."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix in suffixes
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]

    assert not found


def test_packages_are_typed() -> None:
    """Each package carries its py.typed, so that users of the library get the types."""
    assert all((ROOT / package / "py.typed").is_file() for package in PACKAGES)
