"""What can be set of the shadow service, and where it may come from: arguments, environment, `.env`, secret
files.

Every field is also an environment variable with the prefix `SHADOWROOM_BRIDGE_`, for instance
`SHADOWROOM_BRIDGE_MQTT_HOST`.
"""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


@dataclass(frozen=True, slots=True)
class RestSettings:
    """Where the data plane listens, and who may sign for it."""

    host: str
    port: int
    """0 takes a free one."""
    access_key_id: str
    secret_access_key: str = field(repr=False)
    keys_file: Path | None = None
    """Further keys, which may change at any time: see `AccessKeys`."""


class BridgeSettings(BaseSettings):
    """All of the shadow service. Raises `pydantic.ValidationError` that names what is wrong."""

    model_config = SettingsConfigDict(
        env_prefix="SHADOWROOM_BRIDGE_", env_file=".env", extra="ignore", frozen=True
    )

    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = Field(default=1883, ge=1, le=65535)
    mqtt_client_id: str = Field(default="shadowroom-bridge", min_length=1, max_length=128)
    """Stays the same, so that the broker keeps requests while the service is away."""
    mqtt_username: str | None = None
    mqtt_password: SecretStr | None = None
    mqtt_tls: bool = False
    mqtt_ca_file: str | None = None

    store_url: str = "sqlite:///shadows.db"

    rest_host: str = "127.0.0.1"
    rest_port: int | None = Field(default=None, ge=0, le=65535)
    """None: no data plane."""
    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None

    will_republish: bool = False
    """Pass messages on `things/NAME/shadow/update` on to the shadow of NAME: the pattern for last wills."""

    document_bytes: int = Field(default=8 * 1024, ge=1, le=128 * 1024)
    """Bytes of a shadow's state; AWS's limit."""
    depth: int = Field(default=8, ge=1, le=100)
    """Levels of a section; AWS's quota."""
    requests_per_second: float | None = Field(default=None, gt=0)
    """Of one thing; more are refused with 429. AWS's quota is 20; None: no limit."""

    def rest(self) -> RestSettings | None:
        """The data plane's settings; None when it has no port. Raises `ValueError` when a key is missing."""
        if self.rest_port is None:
            return None
        if not self.access_key_id or self.secret_access_key is None:
            raise ValueError("the data plane needs access_key_id and secret_access_key, or no rest_port")
        secret = self.secret_access_key.get_secret_value()
        return RestSettings(self.rest_host, self.rest_port, self.access_key_id, secret)
