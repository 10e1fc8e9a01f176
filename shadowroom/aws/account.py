"""The AWS account, as botocore reaches it with whatever keys the person has set up."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from shadowroom.complaint import Complaint

_CONNECT_S, _READ_S, _ATTEMPTS = 5.0, 20.0, 8
"""Seconds, and attempts with backoff: AWS throttles whoever deletes thousands of things."""
CONNECTIONS = 16
"""Requests at a time, for phones that come in together."""


class Account:
    """One account in one region; clients are made when first asked for, and serve several threads."""

    def __init__(self, region: str, endpoint_url: str | None = None) -> None:
        self.region = region
        self._endpoint_url = endpoint_url
        self._session = botocore.session.get_session()
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The client of a service: `iot`, `iot-data`, `sts`, `cloudformation`."""
        if service not in self._clients:
            self._clients[service] = self._session.create_client(
                service,
                region_name=self.region,
                endpoint_url=self._endpoint_url,
                config=Config(
                    connect_timeout=_CONNECT_S,
                    read_timeout=_READ_S,
                    retries={"mode": "adaptive", "max_attempts": _ATTEMPTS},
                    max_pool_connections=CONNECTIONS,
                ),
            )
        return self._clients[service]

    @property
    def credentials(self) -> Any:
        """botocore's credentials, which renew themselves. Raises `Complaint` when there are none."""
        found = self._session.get_credentials()
        if found is None:
            raise Complaint(_NO_KEYS)
        return found

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()


_NO_KEYS = (
    "There are no AWS keys: run `aws configure` or `aws sso login`, or set AWS_PROFILE. docs/aws.md says "
    "which rights they need."
)


@contextmanager
def complaints(doing: str) -> Iterator[None]:
    """Turn what AWS says no to into a sentence for a person."""
    try:
        yield
    except NoCredentialsError as error:
        raise Complaint(_NO_KEYS) from error
    except ClientError as error:
        said = error.response.get("Error", {})
        raise Complaint(f"AWS refused {doing}: {said.get('Code')}: {said.get('Message')}") from error
    except BotoCoreError as error:
        raise Complaint(f"AWS did not answer {doing}: {error}") from error


def code_of(error: ClientError) -> str:
    """AWS's name of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))
