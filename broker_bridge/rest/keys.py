"""The access keys with which clients of the data plane sign."""

from collections.abc import Mapping


class AccessKeys:
    """Secrets by access key id. The caller makes and keeps the keys; a secret never appears in a repr."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        if not all(secrets) or not all(secrets.values()):
            raise ValueError("an access key needs an id and a secret, neither of them empty")
        self._secrets = dict(secrets)

    def secret(self, access_key_id: str) -> str | None:
        """The secret of a key, None when there is no such key."""
        return self._secrets.get(access_key_id)

    def __repr__(self) -> str:
        return f"AccessKeys({sorted(self._secrets)})"
