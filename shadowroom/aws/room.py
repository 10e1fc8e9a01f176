"""The room on AWS IoT Core: its own connections, and the door for its phones."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from broker_bridge.transport.aws import AwsTransport
from broker_bridge.transport.awscrt_client import Certificate, SigningKeys
from broker_bridge.transport.port import Account as MqttAccount
from broker_bridge.transport.several import CONNECTIONS, SeveralConnections
from dashboard.ports import AwsKeys, DoorClosed
from shadowroom.aws.account import CONNECTIONS as REQUESTS
from shadowroom.aws.account import Account, code_of
from shadowroom.aws.deploying import register
from shadowroom.aws.deployment import Deployment, certificate_paths
from shadowroom.aws.phone_access import SESSION_S, SessionKeys, presigned_url, session_policy

FRESH_S = 10 * 60
"""Seconds for which the same phone gets the same session: one that reloads does not cost another call of STS,
and what is left of the hour is more than the 45 minutes after which phones ask again."""
_MQTT_TLS_PORT = 8883


class AwsPhoneDoor:
    """Gives phones a presigned address each, and puts them into the registry."""

    def __init__(self, deployment: Deployment, account: Account) -> None:
        self._deployment = deployment
        self._account = account
        self._pool = ThreadPoolExecutor(REQUESTS, thread_name_prefix="aws")
        self._sessions: dict[str, tuple[float, SessionKeys]] = {}
        """By thing, with when they were made (`time.monotonic()`)."""

    @property
    def origin(self) -> str:
        """Where phones connect."""
        return self._deployment.phones_url

    async def address(self, thing: str, room: str) -> str:
        """A presigned URL for this phone. Raises `DoorClosed`."""
        keys = await self._session(thing, room)
        return presigned_url(self.origin, self._deployment.region, keys)

    async def forget(self, thing: str) -> None:
        """Take the phone out of the registry. Raises `DoorClosed`."""
        self._sessions.pop(thing, None)
        await self._ask(lambda: self._account.client("iot").delete_thing(thingName=thing))

    async def _session(self, thing: str, room: str) -> SessionKeys:
        made_at, keys = self._sessions.get(thing, (0.0, None))
        now = time.monotonic()
        if keys is not None and now - made_at < FRESH_S:
            return keys
        deployment = self._deployment

        def ask() -> Any:
            register(self._account.client("iot"), thing, deployment.stack)
            return self._account.client("sts").assume_role(
                RoleArn=deployment.phone_role_arn,
                RoleSessionName=thing,
                DurationSeconds=SESSION_S,
                Policy=session_policy(deployment.place, thing, room),
            )

        given = (await self._ask(ask))["Credentials"]
        keys = SessionKeys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        self._sessions[thing] = (now, keys)
        return keys

    async def _ask(self, call: Any) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise DoorClosed(str(error)) from error
        except BotoCoreError as error:
            raise DoorClosed(str(error)) from error


def prepared(deployment: Deployment) -> Account:
    """The account with the clients that the room needs, made before threads use them. Raises `Complaint`."""
    account = Account(deployment.region, deployment.endpoint_url)
    account.credentials  # noqa: B018 - a room without keys says so before it starts
    for service in ("iot", "sts"):
        account.client(service)
    return account


def data_plane_keys(deployment: Deployment, account: Account) -> AwsKeys:
    """How the dashboard asks for shadows by HTTP."""
    return AwsKeys("", "", deployment.region, deployment.data_url, account.credentials)


def operator_account(deployment: Deployment, data_dir: Path, room_thing: str) -> MqttAccount:
    """The room's own connection, by its certificate or by signing; client ids begin with `shadowroom-`."""
    host, _, port = deployment.endpoint.partition(":")
    authority = certificate_paths(data_dir)[2]
    signed = deployment.certificate_id is None
    return MqttAccount(
        host,
        deployment.mqtt_port or (int(port or 443) if signed else _MQTT_TLS_PORT),
        f"shadowroom-{room_thing}",
        tls=True,
        ca_file=str(authority) if authority.is_file() else None,
    )


def room_connections(
    deployment: Deployment, data_dir: Path, operator: MqttAccount, account: Account
) -> SeveralConnections:
    """As many connections as a room needs at 100 messages a second each."""
    certificate, key, _ = certificate_paths(data_dir)
    identity: Certificate | SigningKeys = Certificate(certificate, key)
    if deployment.certificate_id is None:
        identity = SigningKeys(deployment.region, account.credentials)
    return SeveralConnections(
        [AwsTransport(_numbered(operator, number), identity) for number in range(1, CONNECTIONS + 1)]
    )


def _numbered(operator: MqttAccount, number: int) -> MqttAccount:
    return MqttAccount(
        operator.host, operator.port, f"{operator.client_id}-{number}", tls=True, ca_file=operator.ca_file
    )
