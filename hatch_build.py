"""The wheel's build hook: builds the front end into `dashboard/static` when that does not match its sources.

It runs for wheels, editable installs and source archives alike, so that an archive carries the pages as well
and a wheel made from it needs no Node. The user is never asked for Node: where there is none, pip fetches it
as a wheel for the time of the build. `SHADOWROOM_SKIP_FRONTEND=1` leaves the pages out; the server then says
how to build them.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def _front_end() -> ModuleType:
    """`scripts/front_end.py`, which is no package and is not on the path of a build."""
    name = "shadowroom_front_end"
    path = Path(__file__).resolve().parent / "scripts" / "front_end.py"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is missing: the source archive is incomplete")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class FrontEndHook(BuildHookInterface[Any]):
    """Runs npm only when `dashboard/static` does not match the sources it was built from."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node as a wheel, only when a build is due and this machine has no Node that is new enough."""
        front_end = _front_end()
        due = front_end.FrontEnd(Path(self.root)).is_due()
        return [front_end.NODE_WHEEL] if due and not front_end.system_node() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the pages if that is due, and have them packed although git ignores them."""
        front_end = _front_end()
        build_data["artifacts"].append("/dashboard/static/**")
        try:
            front_end.FrontEnd(Path(self.root)).build()
        except front_end.FrontEndError as error:
            self.app.abort(str(error))
