"""What the documents say is what is there."""

import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
VARIABLE = re.compile(r"\bSHADOWROOM_[A-Z_]+[A-Z]\b")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)\s]*)?\)")


def script(name: str) -> ModuleType:
    """A program of `scripts/`, imported."""
    spec = spec_from_file_location(f"script_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def documents() -> list[Path]:
    """Every document."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("name", ["LICENSE", "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_what_a_visitor_looks_for_is_there(name: str) -> None:
    """The files that everyone expects at the top are there."""
    assert (ROOT / name).stat().st_size > 200


@pytest.mark.parametrize("name", ["cli.md", "bridge.md"])
def test_reference_pages_match_the_code(name: str) -> None:
    """Every option and setting is documented as the code has it: else run `make docs`."""
    pages: dict[Path, str] = script("write_reference").pages()

    assert pages[REFERENCE / name] == (REFERENCE / name).read_text(encoding="utf-8")


def test_every_variable_is_documented() -> None:
    """Each environment variable that the code or the compose file reads is in the reference."""
    folders = ("broker_bridge", "dashboard", "device_sim", "shadowroom", "scripts")
    code = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if "web" not in path.parts]
    read = {
        name
        for path in [*code, ROOT / "docker-compose.yml"]
        for name in VARIABLE.findall(path.read_text(encoding="utf-8"))
    }
    reference = "".join(path.read_text(encoding="utf-8") for path in REFERENCE.glob("*.md"))

    assert read <= set(VARIABLE.findall(reference))


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """A link to a file of the project leads to one."""
    targets = LINK.findall(path.read_text(encoding="utf-8"))
    broken = [target for target in targets if not (path.parent / target).exists()]

    assert not broken


def test_every_make_target_of_the_readme_exists() -> None:
    """What the documents tell people to type, make knows."""
    known = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    told = {
        name
        for path in documents()
        for name in re.findall(r"`?\bmake ([a-z][a-z0-9-]*)\b`", path.read_text())
    }
    told |= {
        name
        for path in documents()
        for name in re.findall(r"^make ([a-z][a-z0-9-]*)", path.read_text(), re.MULTILINE)
    }

    assert told <= known
