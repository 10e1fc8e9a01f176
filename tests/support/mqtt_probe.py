"""A small blocking MQTT client for tests: it connects or says why not, and waits for events."""

import threading
import time
from collections.abc import Callable
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from broker_bridge.transport.port import Account

WITHIN_S = 30.0
"""Seconds until an expected event must have happened; the machine may be busy."""


class MqttProbe:
    """One connection; what it hears is in `messages` as (topic, payload)."""

    def __init__(
        self, account: Account, *, will: tuple[str, bytes] | None = None, keep_session: bool = False
    ) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.refused: str | None = None
        self.connects = 0
        self._changed = threading.Condition()
        self._granted: dict[int, list[Any]] = {}
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=account.client_id, clean_session=not keep_session
        )
        self._client.username_pw_set(account.username, account.password)
        self._client.reconnect_delay_set(1, 1)
        if will is not None:
            self._client.will_set(will[0], will[1], qos=1)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.connect(account.host, account.port)
        self._client.loop_start()
        self.wait_for(lambda: self.connects > 0 or self.refused is not None, "an answer to CONNECT")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def subscribe(self, *filters: str, qos: int = 0) -> list[bool]:
        """Subscribe; for each filter whether the broker said that it was granted."""
        mid = self._client.subscribe([(wanted, qos) for wanted in filters])[1]
        assert mid is not None
        self.wait_for(lambda: mid in self._granted, f"SUBACK for {filters}")
        return [not code.is_failure for code in self._granted[mid]]

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Publish and wait until it is written (QoS 0) or acknowledged (QoS 1)."""
        self._client.publish(topic, payload, qos, retain).wait_for_publish(WITHIN_S)

    def wait_for_message(self, topic: str, payload: bytes) -> None:
        """Wait until this message was heard."""
        self.wait_for(lambda: (topic, payload) in self.messages, f"{payload!r} on {topic}")

    def wait_for(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until `holds()`; fails with `what` and everything that was heard."""
        deadline = time.monotonic() + WITHIN_S
        with self._changed:
            while not holds():
                assert self._changed.wait(deadline - time.monotonic()), f"no {what}; heard {self.messages}"

    def vanish(self) -> None:
        """Drop the connection without DISCONNECT, as a phone that loses its network."""
        self._client.loop_stop()
        socket = self._client.socket()
        assert socket is not None
        socket.close()

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        with self._changed:
            if code.is_failure:
                self.refused = str(code)
            else:
                self.connects += 1
            self._changed.notify_all()

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        with self._changed:
            self.messages.append((message.topic, bytes(message.payload)))
            self._changed.notify_all()

    def _on_subscribe(self, _client: Any, _data: Any, mid: int, codes: list[Any], _properties: Any) -> None:
        with self._changed:
            self._granted[mid] = codes
            self._changed.notify_all()
