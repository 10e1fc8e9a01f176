"""What the dashboard and the crowd use of the shadow service: over MQTT (`ShadowClient`) and HTTP
(`DataPlane`).

Both speak only AWS's topics and AWS's data plane, so they work against this bridge and against AWS IoT Core
alike.
"""

from broker_bridge.client.dataplane import Bucket, DataPlane, ThingDocument
from broker_bridge.client.errors import (
    ClientError,
    DataPlaneError,
    ShadowRefused,
    Timeout,
    TooManyRequests,
    Unavailable,
)
from broker_bridge.client.shadow import DocumentsHandler, ShadowClient
from broker_bridge.wire.topics import ShadowId

__all__ = [
    "Bucket",
    "ClientError",
    "DataPlane",
    "DataPlaneError",
    "DocumentsHandler",
    "ShadowClient",
    "ShadowId",
    "ShadowRefused",
    "ThingDocument",
    "Timeout",
    "TooManyRequests",
    "Unavailable",
]
