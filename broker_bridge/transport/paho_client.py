"""paho's client as we set it up: no delayed packets, TLS that closes what failed."""

import socket
import ssl
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt import MQTTException
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from broker_bridge.transport.buffered import BufferedSocket
from broker_bridge.transport.port import Account, MessageProperties, Will

CONNECT_SECONDS = 5.0
"""For the TCP and TLS handshakes, and again for CONNACK."""
NO_PROPERTIES = b"\0"
"""A length of none."""


class _BufferedClient(mqtt.Client):
    def _create_socket(self) -> Any:
        sock: Any = super()._create_socket()
        # Small packets both ways; waiting for more to send would add 40 ms to every answer.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return BufferedSocket(sock)

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        # As paho's, but that it closes the socket of a handshake that failed.
        context = self._ssl_context or ssl.create_default_context()
        sock = context.wrap_socket(tcp_sock, server_hostname=self._host, do_handshake_on_connect=False)
        try:
            sock.settimeout(CONNECT_SECONDS)
            sock.do_handshake()
        except BaseException:
            sock.close()
            raise
        return sock


def paho_client(account: Account, will: Will | None, clean_session: bool, mqtt5: bool) -> mqtt.Client:
    """A client for this account that is not connected yet, and acknowledges nothing by itself."""
    client = _BufferedClient(
        CallbackAPIVersion.VERSION2,
        client_id=account.client_id,
        # With MQTT 5, paho says it at each connect; a session that nobody asked to keep ends there by itself.
        clean_session=None if mqtt5 else clean_session,
        protocol=mqtt.MQTTv5 if mqtt5 else mqtt.MQTTv311,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    client.connect_timeout = CONNECT_SECONDS
    if account.username is not None:
        client.username_pw_set(account.username, account.password)
    if will is not None:
        client.will_set(will.topic, will.payload, will.qos, will.retain)
    if account.tls:
        client.tls_set_context(ssl.create_default_context(cafile=account.ca_file))
    return client


def publish_properties(given: MessageProperties | None) -> bytes:
    """The properties of a PUBLISH of MQTT 5, their length first. Raises `ValueError` for what MQTT cannot
    carry."""
    if given is None:
        return NO_PROPERTIES
    properties: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    said = {
        "ContentType": given.content_type,
        "ResponseTopic": given.response_topic,
        "CorrelationData": given.correlation_data,
        "MessageExpiryInterval": given.expiry_s,
        "PayloadFormatIndicator": None if given.is_text is None else int(given.is_text),
        "UserProperty": list(given.user) or None,
    }
    try:
        for name, value in said.items():
            if value is not None:
                setattr(properties, name, value)
        packed: bytes = properties.pack()
    except (MQTTException, ValueError, OverflowError) as error:
        raise ValueError(f"MQTT cannot carry these properties: {error}") from error
    return packed
