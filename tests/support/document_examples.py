"""The examples of a document: under each heading one block of code, and after it what it prints."""

import re
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """The first block under a heading, and the `text` block that follows it."""

    language: str
    """As the fence says: `bash`, `python`, `javascript`."""
    code: str
    prints: str


def examples(document: Path) -> dict[str, Example]:
    """Examples by heading; a section with code has to say what the code prints."""
    found = {}
    parts = _HEADING.split(document.read_text(encoding="utf-8"))[1:]
    for heading, text in zip(parts[::2], parts[1::2], strict=True):
        blocks = _BLOCK.findall(text)
        if blocks:
            (language, code), (kind, prints) = blocks[0], blocks[1]
            assert kind == "text", f"the second block under {heading!r} has to be what the first prints"
            found[heading] = Example(language, code, prints)
    return found
