"""A scenario by its name or from a file, and what is wrong with the file, key by key."""

import tomllib
from collections.abc import Sequence
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from device_sim.errors import SimError
from device_sim.phone.behaviour import Habits
from device_sim.scenario.rules import Arrival, Drop, Reload, Scenario, SceneAt, Sleep, Storm

_TABLES: dict[str, type[BaseModel] | type[Habits]] = {
    "arrival": Arrival,
    "votes": Habits,
    "sleeps": Sleep,
    "drops": Drop,
    "reloads": Reload,
    "storms": Storm,
    "scenes": SceneAt,
}
GUIDE = "docs/guide/crowd.md"


def named_scenarios() -> dict[str, str]:
    """The scenarios that come with the package: each name with its file's text."""
    folder = resources.files("device_sim.scenario") / "named"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): file.read_text("utf-8") for file in files}


def read_scenario(name: str) -> Scenario:
    """The scenario called so, or that of the file `name` when it ends in `.toml`.

    Raises `SimError`, which names each mistake with its key, or the scenarios that there are.
    """
    if not name.endswith(".toml"):
        known = named_scenarios()
        if name not in known:
            raise SimError(
                f"There is no scenario {name!r}: take one of {', '.join(known)}, or a file of your own "
                f"whose name ends in .toml ({GUIDE})."
            )
        return parse(known[name], name)
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SimError(f"The scenario {name} cannot be read: {said}.") from error
    return parse(text, name)


def parse(text: str, name: str) -> Scenario:
    """The scenario of a file called `name`. Raises `SimError`."""
    try:
        return Scenario.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SimError(f"{name} is not TOML: {error}.") from error
    except ValidationError as error:
        mistakes = [_mistake(one["loc"], one["type"], one["msg"]) for one in error.errors()]
        raise SimError("\n".join(f"{name}: {mistake}" for mistake in mistakes)) from error


def _mistake(where: Sequence[int | str], kind: str, said: str) -> str:
    place = _place(where)
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{place} is no key there: known are {', '.join(_known(where))}."
    if kind == "missing":
        return f"{place} is missing."
    text = said.removeprefix("Value error, ")
    return f"{place}: {text[:1].lower()}{text[1:]}."


def _place(where: Sequence[int | str]) -> str:
    """`storms 2, share`: tables are counted from 1, as people do."""
    parts: list[str] = []
    for part in where:
        if isinstance(part, int) and parts:
            parts[-1] += f" {part + 1}"
        else:
            parts.append(str(part))
    return ", ".join(parts)


def _known(where: Sequence[int | str]) -> list[str]:
    table: Any = _TABLES.get(str(where[0]), Scenario) if len(where) > 1 else Scenario
    return [one.name for one in fields(Habits)] if table is Habits else [*table.model_fields]
