"""The examples of a document: under each heading blocks of code, and after them what they print."""

import re
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """The blocks of code under a heading, to be run in order, and the `text` block that follows them."""

    blocks: list[tuple[str, str]]
    """Language, as the fence says (`bash`, `python`, `javascript`), and code."""
    prints: str


def examples(document: Path) -> dict[str, Example]:
    """Examples by heading; a section with code has to say what the code prints."""
    found = {}
    parts = _HEADING.split(document.read_text(encoding="utf-8"))[1:]
    for heading, text in zip(parts[::2], parts[1::2], strict=True):
        *blocks, (kind, prints) = _BLOCK.findall(text) or [("", "")]
        if blocks:
            assert kind == "text", f"the last block under {heading!r} has to be what those before it print"
            found[heading] = Example(blocks, prints)
    return found
