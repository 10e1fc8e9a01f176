"""The pages as they are handed out."""

import gzip
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "dashboard" / "static"
PAGES = ("index.html", "join.html", "stage.html", "present.html")

#: Addresses that nobody asks: XML namespaces, and the default of the MQTT library, which we replace.
NAMES = ("http://www.w3.org/", "ws://127.0.0.1:9001")
ADDRESS = re.compile(r"(?:https?|wss?):\\?/\\?/[A-Za-z0-9.-]+[^\s\"'`<>)]*")

#: Bytes, gzipped: what a phone fetches until it is connected. On a crowded network this is the wait.
PHONE_BUDGET = 60_000


def built(name: str) -> Path:
    """A built file, or the sentence that says how to build it."""
    path = STATIC / name
    assert path.is_file(), f"{path} is not built: run `make web`"
    return path


@pytest.mark.parametrize("page", PAGES)
def test_pages_ask_nobody_else(page: str) -> None:
    """A page and what it loads name no other host: the room works without the internet."""
    files = [built(page), *(STATIC / name for name in _loaded(built(page)))]
    foreign = {
        address
        for path in files
        for address in ADDRESS.findall(path.read_text(encoding="utf-8", errors="ignore"))
        if not address.startswith(NAMES)
    }

    assert not foreign


def test_phone_page_is_small() -> None:
    """All that a phone fetches until it is connected is within 60 KB gzipped."""
    page = built("join.html")
    sizes = {
        name: len(gzip.compress((STATIC / name).read_bytes()))
        for name in ("join.html", *sorted(_loaded(page)))
    }

    assert sum(sizes.values()) <= PHONE_BUDGET, sizes


def _loaded(page: Path) -> set[str]:
    """Scripts and styles that a page names, and those they import."""
    waiting = set(re.findall(r"(?:src|href)=\"/?(assets/[^\"]+)\"", page.read_text(encoding="utf-8")))
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        found.add(name)
        text = (STATIC / name).read_text(encoding="utf-8", errors="ignore") if name.endswith(".js") else ""
        imported = {f"assets/{one}" for one in re.findall(r"(?:from|import)\s*\(?\s*[\"']\./([^\"']+)", text)}
        waiting |= imported - found
    return found
