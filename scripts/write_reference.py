"""Write the reference pages that are made from the code; `tests/architecture` compares the two.

python scripts/write_reference.py      writes docs/reference/cli.md and docs/reference/bridge.md
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main
from pydantic_core import PydanticUndefined

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"

sys.path.insert(0, str(ROOT))  # also without the package installed

from broker_bridge import settings  # noqa: E402
from broker_bridge.settings import BridgeSettings  # noqa: E402
from shadowroom.cli import app  # noqa: E402

COMMANDS_HEAD = """# The command line

Made by `make docs` from `shadowroom/cli.py`; a test compares the two. Variables that no option has are in
[environment.md](environment.md) and [bridge.md](bridge.md). An option given wins over its variable, a
variable over the default.
"""

BRIDGE_HEAD = """# Settings of the shadow service

Made by `make docs` from `broker_bridge/settings.py`; a test compares the two. They can be set as environment
variables or in a file `.env`. `shadowroom bridge` sets broker, store and data plane itself, from its options
and the data directory; the limits are yours.

| variable | default | |
|---|---|---|
"""

#: Rich's marks in a help text, as in "[dim]auto is …[/dim]".
MARKS = re.compile(r"\[/?(?:dim|bold|italic|cyan|green|red|yellow)\]")


def pages() -> dict[Path, str]:
    """What each page should hold."""
    return {REFERENCE / "cli.md": _cli_page(), REFERENCE / "bridge.md": _bridge_page()}


def _cli_page() -> str:
    sections = _commands("shadowroom", typer.main.get_command(app))
    return "\n".join([COMMANDS_HEAD, *sections]).rstrip() + "\n"


def _commands(name: str, command: Any) -> Iterator[str]:
    """A command's section and those below it. `command` is Typer's or click's, whose types are not public."""
    if command.hidden:
        return
    yield f"## `{name}`\n"
    yield f"{_text(command.help)}\n"
    options = [one for one in command.params if not getattr(one, "hidden", False)]
    if options:
        yield "| option | default | variable | |\n|---|---|---|---|"
        yield from (_row(option) for option in options)
        yield ""
    for word, below in getattr(command, "commands", {}).items():
        yield from _commands(f"{name} {word}", below)


def _row(option: Any) -> str:
    is_argument = option.param_type_name == "argument"
    spelled = option.name.upper() if is_argument else ", ".join([*option.opts, *option.secondary_opts])
    default = "" if option.default is None or callable(option.default) else str(option.default)
    if getattr(option, "is_flag", False):
        default = "on" if option.default else "off"
    return _cells(f"`{spelled}`", _code(default), _variable(option.envvar), _text(option.help))


def _bridge_page() -> str:
    prefix = BridgeSettings.model_config.get("env_prefix", "")
    notes = _notes_of_fields()
    rows = [
        _cells(
            f"`{prefix}{name.upper()}`",
            "" if field.default in (None, PydanticUndefined) else _code(str(field.default)),
            notes.get(name, ""),
        )
        for name, field in BridgeSettings.model_fields.items()
    ]
    return BRIDGE_HEAD + "\n".join(rows) + "\n"


def _notes_of_fields() -> dict[str, str]:
    """The string under each field of the settings."""
    tree = ast.parse(inspect.getsource(settings))
    body = next(
        node.body
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == BridgeSettings.__name__
    )
    return {
        field.target.id: _text(note.value.value)
        for field, note in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(note, ast.Expr)
        and isinstance(note.value, ast.Constant)
        and isinstance(note.value.value, str)
    }


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _variable(name: str | list[str] | None) -> str:
    names = [name] if isinstance(name, str) else name or []
    return ", ".join(f"`{one}`" for one in names)


def _text(text: str | None) -> str:
    return " ".join(MARKS.sub("", text or "").split())


if __name__ == "__main__":
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for path, content in pages().items():
        path.write_text(content, encoding="utf-8")
        print(f"wrote {path}")
