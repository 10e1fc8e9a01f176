"""Reads docker-compose.yml and runs its services as processes of this machine.

There is no container engine where the tests run. So each service's own command runs with its own environment,
in the order of its dependencies and after their own health checks; only paths, host names and ports, which a
container would have for itself, are replaced.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from shadowroom.ports import free_port
from tests.support.rooms import stop, wait_until

ROOT = Path(__file__).parents[2]
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")
IMAGE_ENVIRONMENT = re.compile(r"(SHADOWROOM_\w+)=(\S+)")
HEALTHY_WITHIN_S = 30.0


class MissingVariable(Exception):
    """A variable that the file requires is not set."""


def read_compose(variables: dict[str, str]) -> dict[str, Any]:
    """The file with its variables put in, as compose does. Raises `MissingVariable`."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found["name"], found["kind"], found["rest"]
        if variables.get(name):
            return variables[name]
        if kind == "?":
            raise MissingVariable(f"{name}: {rest}")
        return rest or ""

    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    # Comments may speak of variables; they are no part of what is put in.
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    content: dict[str, Any] = yaml.safe_load(VARIABLE.sub(value, "\n".join(lines)).replace("$$", "$"))
    return content


def image_environment() -> dict[str, str]:
    """Our variables that the image sets for every service."""
    return dict(IMAGE_ENVIRONMENT.findall((ROOT / "Dockerfile").read_text(encoding="utf-8")))


@dataclass
class LocalServices:
    """The services of the file as processes, with their data below `folder`."""

    services: dict[str, dict[str, Any]]
    folder: Path
    ports: dict[str, int] = field(
        default_factory=lambda: {port: free_port() for port in ("1883", "8000", "8001")}
    )
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a service, after its dependencies are as it demands."""
        service = self.services[name]
        for other, how in service.get("depends_on", {}).items():
            if other not in self.processes:
                self.start(other)
            self._wait_for(other, how["condition"])
        with self._output(name).open("wb") as sink:
            self.processes[name] = subprocess.Popen(
                self._command(service),
                cwd=self.folder,
                env=self._environment(service),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> None:
        """Stop all, the last one first."""
        for process in reversed(self.processes.values()):
            stop(process)

    def said(self) -> str:
        """What all services printed, for the report of a failed test."""
        return "\n".join(f"--- {name}\n{self._output(name).read_text()[-3000:]}" for name in self.processes)

    def is_healthy(self, name: str) -> bool:
        """Run the service's own health check once."""
        service = self.services[name]
        test = service["healthcheck"]["test"]
        command = test[1:] if isinstance(test, list) else ["sh", "-c", test]
        answer = subprocess.run(
            [self._local(word) for word in command],
            env=self._environment(service),
            capture_output=True,
            timeout=HEALTHY_WITHIN_S,
            check=False,
        )
        return answer.returncode == 0

    def _wait_for(self, name: str, condition: str) -> None:
        process = self.processes[name]
        if condition == "service_completed_successfully":
            assert process.wait(HEALTHY_WITHIN_S) == 0, self.said()
            return
        assert condition == "service_healthy"

        def look() -> bool:
            assert process.poll() is None, self.said()
            return self.is_healthy(name)

        wait_until(look, f"{name} is healthy", within_s=HEALTHY_WITHIN_S)

    def _command(self, service: dict[str, Any]) -> list[str]:
        words = [self._local(word) for word in shlex.split(service["command"])]
        if service["image"].startswith("shadowroom:"):
            return [sys.executable, "-m", "shadowroom", *words]
        return words

    def _environment(self, service: dict[str, Any]) -> dict[str, str]:
        wanted = image_environment() | service.get("environment", {})
        plain = {"PATH": os.environ["PATH"] + ":/usr/sbin", "HOME": str(self.folder), "PYTHONPATH": str(ROOT)}
        return plain | {name: self._local(str(text)) for name, text in wanted.items()}

    def _local(self, text: str) -> str:
        """A word of a container, for this machine."""
        for host in ("mosquitto", "bridge", "dashboard"):
            text = text.replace(f"{host}:", "127.0.0.1:")
        for port, own in self.ports.items():
            text = re.sub(rf"\b{port}\b", str(own), text)
        for folder in ("data", "broker"):
            text = re.sub(rf"(^|\s)/{folder}\b", rf"\1{self.folder / folder}", text)
        text = {"python": sys.executable}.get(text, text)
        return text.replace("0.0.0.0", "127.0.0.1")

    def _output(self, name: str) -> Path:
        return self.folder / f"{name}.txt"
