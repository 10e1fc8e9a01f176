"""The access keys with which clients of the data plane sign."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson
import structlog

KEYS_MAX: Final = 1_000
"""Keys in a file; a longer list is cut there."""

_log = structlog.get_logger(__name__)


class AccessKeys:
    """Secrets by access key id. The caller makes and keeps the keys; a secret never appears in a repr."""

    def __init__(self, secrets: Mapping[str, str], file: Path | None = None) -> None:
        """`file` holds further keys, `{"keys":[{"access_key_id","secret_access_key"},…]}`; none is there yet
        when it does not exist. It may change at any time.
        """
        if not all(secrets) or not all(secrets.values()):
            raise ValueError("an access key needs an id and a secret, neither of them empty")
        self._secrets = dict(secrets)
        self._file = file
        self._stamp: tuple[int, int, int] | None = None
        self._from_file: dict[str, str] = {}

    def secret(self, access_key_id: str) -> str | None:
        """The secret of a key as of now, None when there is no such key. Costs one system call at most,
        unless the file has changed.
        """
        own = self._secrets.get(access_key_id)
        if own is not None or self._file is None:
            return own
        self._read_again(self._file)
        return self._from_file.get(access_key_id)

    def _read_again(self, file: Path) -> None:
        try:
            found = file.stat()
            stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return
            keys = orjson.loads(file.read_bytes())["keys"][:KEYS_MAX]
            self._from_file = {key["access_key_id"]: key["secret_access_key"] for key in keys}
            self._stamp = stamp
        except FileNotFoundError:
            self._from_file, self._stamp = {}, None
        except (OSError, ValueError, KeyError, TypeError) as error:
            # Whoever may not sign any more must not, so that a file nobody can read holds no keys.
            _log.error("access keys cannot be read", file=str(file), reason=str(error))
            self._from_file, self._stamp = {}, None

    def __repr__(self) -> str:
        return f"AccessKeys({sorted({*self._secrets, *self._from_file})})"
