"""AWS's client as we set it up: MQTT 5 by mutual TLS, or by a websocket signed with the account's keys."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from awscrt import auth, mqtt5
from awsiot import mqtt5_client_builder

from broker_bridge.transport.backoff import EARLY_CAP_SECONDS, FIRST_SECONDS
from broker_bridge.transport.port import Account, Will

KEEPALIVE_SECONDS = 30
"""A broker that vanished without a word is noticed after this and `PING_MS`."""
PING_MS = 5_000
CONNACK_MS = 5_000
ACK_SECONDS = 10
"""For SUBACK and UNSUBACK, and for PUBACK before a message counts as lost."""
SESSION_SECONDS = 3_600
"""How long the broker keeps a persistent session; AWS's default."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Who we are, by mutual TLS. PEM files."""

    certificate: Path
    private_key: Path


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """Who we are, by a signed websocket."""

    region: str
    credentials: Any = field(repr=False)
    """botocore's, which renew themselves: asked anew for each connection."""


@dataclass(frozen=True, slots=True)
class Events:
    """What the client tells, on a thread of its own."""

    published: Callable[[mqtt5.PublishReceivedData], None]
    connected: Callable[[mqtt5.LifecycleConnectSuccessData], None]
    failed: Callable[[mqtt5.LifecycleConnectFailureData], None]
    disconnected: Callable[[mqtt5.LifecycleDisconnectData], None]
    stopped: Callable[[mqtt5.LifecycleStoppedData], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the connection is to be."""

    will: Will | None
    clean_session: bool
    receive_window: int
    paced: bool


def awscrt_client(
    account: Account, identity: Certificate | SigningKeys, wanted: Wanted, events: Events
) -> mqtt5.Client:
    """A client for this account that is not started yet, and reconnects by itself once it is."""
    options: dict[str, Any] = {
        "endpoint": account.host,
        "port": account.port,
        "ca_filepath": account.ca_file,
        "connect_options": _connect_packet(account, wanted),
        "session_behavior": mqtt5.ClientSessionBehaviorType.CLEAN
        if wanted.clean_session
        else mqtt5.ClientSessionBehaviorType.REJOIN_ALWAYS,
        "offline_queue_behavior": mqtt5.ClientOperationQueueBehaviorType.FAIL_NON_QOS1_PUBLISH_ON_DISCONNECT,
        "extended_validation_and_flow_control_options": (
            mqtt5.ExtendedValidationAndFlowControlOptions.AWS_IOT_CORE_DEFAULTS
            if wanted.paced
            else mqtt5.ExtendedValidationAndFlowControlOptions.NONE
        ),
        "retry_jitter_mode": mqtt5.ExponentialBackoffJitterMode.FULL,
        "min_reconnect_delay_ms": int(FIRST_SECONDS * 1000),
        "max_reconnect_delay_ms": int(EARLY_CAP_SECONDS * 1000),
        "ping_timeout_ms": PING_MS,
        "connack_timeout_ms": CONNACK_MS,
        "ack_timeout_sec": ACK_SECONDS,
        "on_publish_received": events.published,
        "on_lifecycle_connection_success": events.connected,
        "on_lifecycle_connection_failure": events.failed,
        "on_lifecycle_disconnection": events.disconnected,
        "on_lifecycle_stopped": events.stopped,
    }
    if isinstance(identity, Certificate):
        return mqtt5_client_builder.mtls_from_path(
            str(identity.certificate), str(identity.private_key), **options
        )
    provider = auth.AwsCredentialsProvider.new_delegate(lambda: _credentials(identity))
    return mqtt5_client_builder.websockets_with_default_aws_signing(identity.region, provider, **options)


def _connect_packet(account: Account, wanted: Wanted) -> mqtt5.ConnectPacket:
    will = wanted.will
    return mqtt5.ConnectPacket(
        client_id=account.client_id,
        keep_alive_interval_sec=KEEPALIVE_SECONDS,
        receive_maximum=wanted.receive_window,
        session_expiry_interval_sec=None if wanted.clean_session else SESSION_SECONDS,
        will=None
        if will is None
        else mqtt5.PublishPacket(
            topic=will.topic, payload=will.payload, qos=mqtt5.QoS(will.qos), retain=will.retain
        ),
    )


def _credentials(identity: SigningKeys) -> auth.AwsCredentials:
    keys = identity.credentials.get_frozen_credentials()
    return auth.AwsCredentials(keys.access_key, keys.secret_key, keys.token)
