"""The tokens of a crowd, in a file while it is in the room: so a killed one comes back as the same phones."""

import os
from pathlib import Path
from typing import IO

import orjson
import structlog

from device_sim.errors import SimError

log = structlog.get_logger(__name__)


class KeptTokens:
    """Tokens by the phone's index; one line `[index,"token"]` each, the newest of an index counts."""

    def __init__(self, path: Path | None) -> None:
        """Read what an earlier crowd left, and write on in the same file; None keeps nothing.

        Raises `SimError` when the file cannot be used.
        """
        self._path = path
        self._file: IO[bytes] | None = None
        self.known: dict[int, str] = {}
        if path is None:
            return
        try:
            self._file = open(path, "ab", buffering=0, opener=_private)  # noqa: SIM115 - closed by `close`
            self.known = _read(path)
            self._file.write(b"\n")  # The line before may be torn.
        except OSError as error:
            raise SimError(
                f"The phones' tokens cannot be kept in {path}: {error.strerror or error}."
            ) from error

    def keep(self, index: int, token: str) -> None:
        """A phone has this token from now on."""
        if self.known.get(index) == token:
            return
        self.known[index] = token
        if self._file is not None:
            try:
                self._file.write(orjson.dumps([index, token]) + b"\n")
            except OSError as error:
                log.warning("a simulated phone's token is not kept", error=str(error))

    def drop(self, index: int) -> None:
        """The room has forgotten this phone."""
        del self.known[index]

    def close(self) -> None:
        """End with the phones that are still in the room; without any the file is gone."""
        if self._path is None or self._file is None:
            return
        self._file.truncate(0)
        self._file.write(b"".join(orjson.dumps(pair) + b"\n" for pair in self.known.items()))
        self._file.close()
        if not self.known:
            self._path.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read(path: Path) -> dict[int, str]:
    """The pairs of the file; a line that was torn by the crash is none."""
    known: dict[int, str] = {}
    for line in path.read_bytes().splitlines():
        try:
            index, token = orjson.loads(line)
        except (orjson.JSONDecodeError, ValueError, TypeError):
            continue
        if isinstance(index, int) and isinstance(token, str):
            known[index] = token
    return known
