"""The machine that a run was on, for whoever compares figures."""

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any, Final

from shadowroom.brokers.embedded import bundled_program
from shadowroom.brokers.mosquitto import installed_mosquitto
from shadowroom.complaint import Complaint

VERSION_WITHIN_S: Final = 5.0
_CPUINFO: Final = Path("/proc/cpuinfo")


def machine_facts() -> dict[str, Any]:
    """JSON values: cores, processor, versions, and how busy the machine was before the run."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "shadowroom": importlib.metadata.version("shadowroom"),
        "paho": importlib.metadata.version("paho-mqtt"),
        "mosquitto": _first_line(installed_mosquitto(), "-h"),
        "nats-server": _first_line(_bundled(), "-v"),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    try:
        lines = _CPUINFO.read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _bundled() -> str | None:
    try:
        return bundled_program()
    except Complaint:
        return None


def _first_line(program: str | None, option: str) -> str | None:
    """What a program says of its version; None when it is not there."""
    if program is None:
        return None
    try:
        said = subprocess.run(
            [program, option], capture_output=True, text=True, timeout=VERSION_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (said.stdout + said.stderr).strip().partition("\n")[0]
