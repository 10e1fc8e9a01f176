"""Say what the tests need that pip cannot bring, and install it where that is possible.

    python scripts/check_machine.py             name what is missing; exit code 1 with CI=true, else 0
    python scripts/check_machine.py --install   first try apt-get, as root on Debian and its kin

Where a part is missing on a developer's own machine, `tests/conftest.py` leaves out the tests that need it,
and pytest counts them as deselected. With CI=true nothing may be left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

#: A slow mirror and 300 MB of browser.
APT_TIMEOUT_S = 600

#: Where distributions put daemons, which a user's PATH often leaves out.
DAEMON_FOLDERS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"


@dataclass(frozen=True, slots=True)
class Part:
    """A program that the tests start, and the package that has it."""

    program: str
    package: str
    purpose: str


PARTS = (
    Part("mosquitto", "mosquitto", "the tests against Mosquitto"),
    Part("mosquitto_pub", "mosquitto-clients", "docker-compose.yml's health check, and an example"),
    Part("chromium", "chromium", "the tests in a browser, and the screenshots"),
)


def find(program: str) -> str | None:
    """The program's path, looked for among the daemons too."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{DAEMON_FOLDERS}")


def missing_parts() -> list[Part]:
    """What is not on this machine."""
    return [part for part in PARTS if find(part.program) is None]


def install(parts: list[Part]) -> None:
    """Install through apt-get; what it prints on failure is shown, and the caller looks again."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    names = [part.package for part in parts]
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *names]):
        try:
            answer = subprocess.run(
                ["apt-get", *arguments],
                env=environment,
                capture_output=True,
                check=False,
                text=True,
                timeout=APT_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            print(f"apt-get {arguments[0]} took over {APT_TIMEOUT_S} s", file=sys.stderr)
            return
        if answer.returncode != 0:
            print(answer.stdout + answer.stderr, file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Look, install where asked and possible, look again, and report; the exit code."""
    missing = missing_parts()
    may_install = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if missing and "--install" in arguments and may_install:
        print(f"installing {', '.join(part.package for part in missing)} through apt-get", flush=True)
        install(missing)
        missing = missing_parts()
    for part in PARTS:
        where = find(part.program)
        print(f"  {part.program:<14} {where or 'MISSING: needed for ' + part.purpose}")
    if not missing:
        return 0
    names = " ".join(part.package for part in missing)
    print(f"Install with: sudo apt-get install {names}   (macOS: brew install {names})")
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
