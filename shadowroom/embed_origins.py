"""The sites whose pages may show the stage in a frame."""

import re
from collections.abc import Sequence

from shadowroom.complaint import USAGE, Complaint

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?\Z")


def embed_origins(given: Sequence[str] | None) -> tuple[str, ...]:
    """Origins as a content security policy names them, `https://slides.example`. Raises `Complaint`."""
    for text in given or ():
        if _ORIGIN.match(text) is None:
            raise Complaint(
                f"{text!r} is no origin: --embed-origin takes a scheme and a name, such as "
                "https://slides.example or http://localhost:3000.",
                USAGE,
            )
    return tuple(text.rstrip("/").lower() for text in given or ())
