"""The package as a stranger has it: built where there is no Node, installed where there is nothing else."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import orjson
import pytest

from shadowroom.ports import free_port
from tests.support.rooms import stop, wait_until

ROOT = Path(__file__).parents[2]

#: Seconds; a slow mirror may take long over a hundred packages.
BUILD_TIMEOUT_S = 300

PAGES = ("index.html", "join.html", "stage.html", "present.html")


@pytest.mark.timeout(BUILD_TIMEOUT_S * 2)
@pytest.mark.broker
def test_a_wheel_built_without_node_runs_a_room_from_elsewhere(tmp_path: Path) -> None:
    """The wheel of a fresh checkout holds the pages although there is no Node, and, installed into an empty
    environment, runs a room with its bundled broker from another folder.
    """
    source = fresh_checkout(tmp_path / "source")
    path = path_without_node(tmp_path / "bin")
    python = empty_environment(tmp_path / "venv")
    run([python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", tmp_path / "dist", source], path, tmp_path)
    (wheel,) = (tmp_path / "dist").glob("shadowroom-*-py3-none-any.whl")
    names = zipfile.ZipFile(wheel).namelist()

    assert all(f"dashboard/static/{page}" in names for page in PAGES)
    assert any(name.startswith("dashboard/static/assets/") for name in names)
    assert not [
        name for name in names if "node_modules" in name or name.startswith(("dashboard/web/", "tests/"))
    ]

    run([python, "-m", "pip", "install", wheel], path, tmp_path)
    shutil.rmtree(source)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    words = ["up", "--host", "127.0.0.1", "--port", str(free_port()), "--broker", "embedded", "--phones", "3"]
    with (tmp_path / "said.txt").open("wb") as sink:
        process = subprocess.Popen(
            [python.with_name("shadowroom"), *words],
            cwd=elsewhere,
            env=environment(path),
            stdout=sink,
            stderr=sink,
        )
    try:
        visit(elsewhere / ".shadowroom" / "session.json")
    except BaseException:
        print((tmp_path / "said.txt").read_text(errors="replace"))
        raise
    finally:
        stop(process)
        shutil.rmtree(python.parents[1])  # 250 MB that pytest would keep for three runs


def visit(session_file: Path) -> None:
    """All pages are there, and the phones get in."""
    wait_until(session_file.is_file, "session.json is there")
    session = orjson.loads(session_file.read_bytes())
    with httpx.Client(base_url=session["url"], timeout=10, trust_env=False) as client:
        for page in ("/", "/j/DEMO", "/stage/DEMO", "/present/DEMO"):
            assert "<title>" in client.get(page).raise_for_status().text
        wait_until(
            lambda: client.get("/api/rooms/DEMO").json()["connected"] == 3, "three phones are connected"
        )


def fresh_checkout(into: Path) -> Path:
    """What git knows of this checkout, as it is in the working tree: nothing built, nothing ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, into / name)
    return into


def path_without_node(folder: Path) -> str:
    """A PATH with what a bare machine has, and neither node nor npm nor Mosquitto."""
    folder.mkdir()
    for name in ("sh", "bash", "env", "cat", "uname", "ldd", "ls", "git", "getconf", "ldconfig"):
        if program := shutil.which(name):
            (folder / name).symlink_to(program)
    return str(folder)


def empty_environment(folder: Path) -> Path:
    """A virtual environment with pip alone; its Python."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=BUILD_TIMEOUT_S)
    return folder / "bin" / "python"


def environment(path: str) -> dict[str, str]:
    """This process's environment, but for the PATH and what would lead back to the checkout."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return kept | {"PATH": path}


def run(words: list[Path | str], path: str, folder: Path) -> None:
    """Run a command to its end; fails with its output."""
    answer = subprocess.run(
        words,
        cwd=folder,
        env=environment(path),
        capture_output=True,
        text=True,
        timeout=BUILD_TIMEOUT_S,
        check=False,
    )

    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
