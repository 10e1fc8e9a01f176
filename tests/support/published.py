"""Stands for the service's connection in tests of what is published."""

import json
from typing import Any

from broker_bridge.transport.delivery import Delivery


class Published:
    """Stands for the connection: keeps what was handed to it."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, Any]] = []

    def __call__(self, topic: str, payload: bytes) -> Delivery:
        self.messages.append((topic, json.loads(payload)))
        return Delivery()

    def kinds(self) -> list[str]:
        """The last two levels of the topics."""
        return ["/".join(topic.split("/")[-2:]) for topic, _ in self.messages]
