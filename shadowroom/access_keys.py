"""Access keys for the data plane: the room's own, and those that `shadowroom keys` adds.

The added ones are in `<data-dir>/secrets/keys.json` (0600), which a running bridge reads again when it
changes. A secret has to be kept as it is: Signature Version 4 needs it to check a signature.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from broker_bridge.rest.keys import KEYS_MAX
from shadowroom.complaint import USAGE, Complaint
from shadowroom.kept_list import KeptList
from shadowroom.secrets import AwsSecrets, made_up_access_key

NAME_MAX = 128
"""Characters of a key's name."""


class KeptKey(BaseModel):
    """One key. Only these names are read by the bridge: `access_key_id`, `secret_access_key`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    access_key_id: str
    secret_access_key: str = Field(repr=False)
    name: str = ""
    added_at: int
    """Epoch seconds."""


class _Keys(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    keys: tuple[KeptKey, ...] = ()


class AccessKeyList:
    """The keys of one data directory; `first` is the room's own, which its dashboard signs with."""

    def __init__(self, data_dir: Path, first: AwsSecrets) -> None:
        self._kept = KeptList(keys_file(data_dir), _Keys)
        self.first = first

    def add(self, name: str, now: int) -> KeptKey:
        """Make a key. Raises `Complaint`."""
        if len(name) > NAME_MAX or not name.isprintable():
            raise Complaint(f"A key's name is at most {NAME_MAX} printable characters.", USAGE)
        access_key_id, secret = made_up_access_key()
        key = KeptKey(access_key_id=access_key_id, secret_access_key=secret, name=name, added_at=now)

        def with_it(kept: _Keys) -> _Keys:
            if len(kept.keys) >= KEYS_MAX:
                raise Complaint(f"There are {KEYS_MAX} keys already: revoke some first.")
            return _Keys(keys=(*kept.keys, key))

        self._kept.change(with_it)
        return key

    def revoke(self, access_key_id: str) -> None:
        """Take a key away. Raises `Complaint` for the room's own and for one that is not there."""
        if access_key_id == self.first.access_key_id:
            raise Complaint(
                f"{access_key_id} is the room's own key, with which its dashboard signs: it stays as long as "
                "the room does. Give others a key of their own with `shadowroom keys add`.",
                USAGE,
            )

        def without_it(kept: _Keys) -> _Keys:
            left = tuple(key for key in kept.keys if key.access_key_id != access_key_id)
            if len(left) == len(kept.keys):
                raise Complaint(
                    f"There is no key {access_key_id!r}: `shadowroom keys list` shows them.", USAGE
                )
            return _Keys(keys=left)

        self._kept.change(without_it)

    def added(self) -> list[KeptKey]:
        """The keys that were added, the oldest first."""
        return list(self._kept.read().keys)


def keys_file(data_dir: Path) -> Path:
    """Where the added keys of a data directory are."""
    return data_dir / "secrets" / "keys.json"
