"""Every rule of docs/spec/shadow.md has a test, and every test of the specification a rule."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.shadow_vectors import VECTORS

ROOT = Path(__file__).parents[2]
RULE = re.compile(r"^\| (SH\d+) \|", re.MULTILINE)
CITING = re.compile(r"test_((?:sh\d+_)+)[a-z0-9_]+")


def rules() -> list[str]:
    """The numbers in the tables, in their order."""
    return RULE.findall((ROOT / "docs" / "spec" / "shadow.md").read_text(encoding="utf-8"))


def citations() -> Iterator[tuple[str, set[str]]]:
    """Each test in tests/spec, and each vector (run on every broker and over REST), with its rules."""
    for path in sorted((ROOT / "tests" / "spec").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                match = CITING.fullmatch(node.name)
                cited = re.findall(r"sh\d+", match[1]) if match else []
                yield f"{path.name}::{node.name}", {rule.upper() for rule in cited}
    for vector in VECTORS:
        yield f"vector {vector.name}", set(vector.rules)


def test_rules_are_numbered_without_gap() -> None:
    """From SH1 on, each once, in the order of the page."""
    assert rules() == [f"SH{number}" for number in range(1, len(rules()) + 1)]


def test_every_rule_has_a_test() -> None:
    """A rule that nothing checks is a wish."""
    checked = set[str]().union(*(cited for _, cited in citations()))

    assert [rule for rule in rules() if rule not in checked] == []


def test_every_test_of_the_specification_cites_a_rule() -> None:
    """By `test_sh12_…`, several by `test_sh12_sh13_…`; a vector by its `rules`."""
    assert [name for name, cited in citations() if not cited] == []


def test_no_test_cites_a_rule_that_is_not_there() -> None:
    """A rule that was renumbered or taken away takes its tests along."""
    unknown = {name: cited - set(rules()) for name, cited in citations()}

    assert {name: cited for name, cited in unknown.items() if cited} == {}


def test_every_file_of_the_specification_is_found() -> None:
    """Pytest collects `test_*.py` only, so there is no other file that holds tests."""
    assert all(path.name.startswith("test_") for path in (ROOT / "tests" / "spec").glob("*.py"))
