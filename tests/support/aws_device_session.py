"""One session of AWS's device SDK with a shadow service; prints what it saw as one line of JSON.

Run as a program, with the MQTT version and the port: the SDK's native part wants a process of its own.
"""

import json
import sys
import threading
from concurrent.futures import Future
from typing import Any

import awsiot
from awscrt import mqtt, mqtt5
from awscrt.mqtt_request_response import ClientOptions, SubscriptionStatusEventType
from awsiot import V2ServiceException, iotshadow

SECONDS = 20.0
THING, SHADOW = "sdk-thing", "sdk-shadow"


def connect_3(port: int) -> Any:
    """An MQTT 3.1.1 connection without TLS."""
    connection = mqtt.Connection(
        mqtt.Client(None, None), host_name="127.0.0.1", port=port, client_id="device-3", clean_session=True
    )
    connection.connect().result(SECONDS)
    return connection


def connect_5(port: int) -> Any:
    """An MQTT 5 client without TLS."""
    connected = threading.Event()
    client = mqtt5.Client(
        mqtt5.ClientOptions(
            host_name="127.0.0.1",
            port=port,
            connect_options=mqtt5.ConnectPacket(client_id="device-5"),
            on_lifecycle_event_connection_success_fn=lambda _: connected.set(),
        )
    )
    client.start()
    if not connected.wait(SECONDS):
        raise TimeoutError("the SDK did not connect")
    return client


class Stream:
    """The first event of a stream."""

    def __init__(self) -> None:
        self._subscribed, self._event = threading.Event(), Future[Any]()
        self.options = awsiot.ServiceStreamOptions(
            incoming_event_listener=self._heard, subscription_status_listener=self._status
        )

    def open(self, operation: Any) -> None:
        """Open, and wait until the broker granted the subscription."""
        self._operation = operation
        operation.open()
        if not self._subscribed.wait(SECONDS):
            raise TimeoutError("the SDK's stream was not granted")

    def event(self) -> Any:
        """The first event."""
        return self._event.result(SECONDS)

    def _heard(self, event: Any) -> None:
        if not self._event.done():
            self._event.set_result(event)

    def _status(self, event: Any) -> None:
        if event.type == SubscriptionStatusEventType.SUBSCRIPTION_ESTABLISHED:
            self._subscribed.set()


def session(connection: Any) -> dict[str, Any]:
    """Get a missing shadow, update it, hear delta and documents, be refused, get and delete it."""
    options = ClientOptions(2, 2, int(SECONDS))
    client = iotshadow.IotShadowClientV2(connection, options)
    named = {"thing_name": THING, "shadow_name": SHADOW}
    seen: dict[str, Any] = {
        "missing": refusal(client.get_named_shadow(iotshadow.GetNamedShadowRequest(**named)))
    }
    delta, documents = Stream(), Stream()
    watched = iotshadow.NamedShadowDeltaUpdatedSubscriptionRequest(**named)
    delta.open(client.create_named_shadow_delta_updated_stream(watched, delta.options))
    followed = iotshadow.NamedShadowUpdatedSubscriptionRequest(**named)
    documents.open(client.create_named_shadow_updated_stream(followed, documents.options))
    state = iotshadow.ShadowState(desired={"color": "red"}, reported={"on": True})
    update = iotshadow.UpdateNamedShadowRequest(**named, state=state)
    updated = client.update_named_shadow(update).result(SECONDS)
    seen["updated"] = [updated.version, updated.state.desired, updated.state.reported]
    seen["delta"] = delta.event().state
    event = documents.event()
    seen["documents"] = [event.previous is None, event.current.state.desired, event.current.version]
    stale = iotshadow.UpdateNamedShadowRequest(**named, state=state, version=9)
    seen["stale"] = refusal(client.update_named_shadow(stale))
    shadow = client.get_named_shadow(iotshadow.GetNamedShadowRequest(**named)).result(SECONDS)
    seen["got"] = [shadow.version, shadow.state.delta]
    deleted = client.delete_named_shadow(iotshadow.DeleteNamedShadowRequest(**named)).result(SECONDS)
    seen["deleted"] = deleted.version
    return seen


def refusal(asked: Any) -> list[Any]:
    """Code and message of a request that must be refused."""
    try:
        asked.result(SECONDS)
    except V2ServiceException as refused:
        return [refused.modeled_error.code, refused.modeled_error.message]
    return ["accepted"]


if __name__ == "__main__":
    connect = {"3": connect_3, "5": connect_5}[sys.argv[1]]
    print(json.dumps(session(connect(int(sys.argv[2])))), flush=True)
