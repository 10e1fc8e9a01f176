"""The data plane over HTTP: what AWS SDKs and `boto3` talk to."""

from broker_bridge.rest.app import create_app
from broker_bridge.rest.health import Health
from broker_bridge.rest.keys import AccessKeys
from broker_bridge.rest.retained import BrokerRetained, RetainedView

__all__ = [
    "AccessKeys",
    "BrokerRetained",
    "Health",
    "RetainedView",
    "create_app",
]
