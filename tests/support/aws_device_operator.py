"""Sessions of AWS's device SDK with a whole room, as its operator; each prints what it saw as a line of JSON.

Run as a program, one client per process, with `v1` or `v2`, the MQTT version `3` or `5`, and `session.json`.
"""

import json
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from awscrt import mqtt, mqtt5
from awsiot import iotshadow

from tests.support import aws_device_session

SECONDS = 20.0


def connect_3(account: dict[str, Any]) -> Any:
    """An MQTT 3.1.1 connection without TLS."""
    connection = mqtt.Connection(
        mqtt.Client(None, None),
        host_name=account["host"],
        port=account["port"],
        client_id="operator-3",
        username=account["username"],
        password=account["password"],
        disable_metrics=True,
    )
    connection.connect().result(SECONDS)
    return connection


def connect_5(account: dict[str, Any]) -> Any:
    """An MQTT 5 client without TLS."""
    connected = threading.Event()
    client = mqtt5.Client(
        mqtt5.ClientOptions(
            host_name=account["host"],
            port=account["port"],
            connect_options=mqtt5.ConnectPacket(
                client_id="operator-5", username=account["username"], password=account["password"]
            ),
            disable_metrics=True,
            on_lifecycle_event_connection_success_fn=lambda _: connected.set(),
        )
    )
    client.start()
    if not connected.wait(SECONDS):
        raise TimeoutError("the SDK did not connect")
    return client


class Answers:
    """What arrived on one subscription, in order."""

    def __init__(self, subscribe: Callable[..., Any], request: Any) -> None:
        self._futures: list[Future[Any]] = [Future(), Future()]
        self._count = 0
        subscribe(request, mqtt.QoS.AT_LEAST_ONCE, self._heard)[0].result(SECONDS)

    def nth(self, number: int) -> Any:
        """The answer with this number, from 0."""
        return self._futures[number].result(SECONDS)

    def _heard(self, answer: Any) -> None:
        self._futures[self._count].set_result(answer)
        self._count += 1


def v1_session(connection: Any, name: str) -> dict[str, Any]:
    """The cycle of the older client on a classic shadow, which subscribes to each answer by itself."""
    client, thing = iotshadow.IotShadowClient(connection), {"thing_name": name}
    gets = iotshadow.GetShadowSubscriptionRequest(**thing)
    updates = iotshadow.UpdateShadowSubscriptionRequest(**thing)
    deletes = iotshadow.DeleteShadowSubscriptionRequest(**thing)
    got = Answers(client.subscribe_to_get_shadow_accepted, gets)
    missing = Answers(client.subscribe_to_get_shadow_rejected, gets)
    updated = Answers(client.subscribe_to_update_shadow_accepted, updates)
    refused = Answers(client.subscribe_to_update_shadow_rejected, updates)
    delta = Answers(
        client.subscribe_to_shadow_delta_updated_events,
        iotshadow.ShadowDeltaUpdatedSubscriptionRequest(**thing),
    )
    documents = Answers(
        client.subscribe_to_shadow_updated_events, iotshadow.ShadowUpdatedSubscriptionRequest(**thing)
    )
    deleted = Answers(client.subscribe_to_delete_shadow_accepted, deletes)

    def send(publish: Callable[..., Any], request: Any) -> None:
        publish(request, mqtt.QoS.AT_LEAST_ONCE).result(SECONDS)

    seen: dict[str, Any] = {}
    send(client.publish_get_shadow, iotshadow.GetShadowRequest(client_token="a", **thing))
    answer = missing.nth(0)
    seen["missing"] = [answer.code, answer.message, answer.client_token]

    state = iotshadow.ShadowState(desired={"color": "red"}, reported={"on": True})
    # The SDK's own test sends updates without a token, and so gets answers without.
    send(client.publish_update_shadow, iotshadow.UpdateShadowRequest(state=state, **thing))
    answer = updated.nth(0)
    seen["updated"] = [answer.version, answer.state.desired, answer.state.reported, answer.client_token]
    answer = delta.nth(0)
    seen["delta"] = [answer.version, answer.state]
    answer = documents.nth(0)
    seen["documents"] = [answer.previous is None, answer.current.state.desired, answer.current.version]

    stale = iotshadow.UpdateShadowRequest(state=state, version=9, client_token="b", **thing)
    send(client.publish_update_shadow, stale)
    answer = refused.nth(0)
    seen["stale"] = [answer.code, answer.message, answer.client_token]

    cleared = iotshadow.ShadowState(reported={"color": "red"}, desired_is_nullable=True)
    send(client.publish_update_shadow, iotshadow.UpdateShadowRequest(state=cleared, **thing))
    seen["cleared"] = [updated.nth(1).version, documents.nth(1).previous.version]

    send(client.publish_get_shadow, iotshadow.GetShadowRequest(client_token="c", **thing))
    answer = got.nth(0)
    seen["got"] = [answer.version, answer.state.desired, answer.state.reported, answer.state.delta]
    send(client.publish_delete_shadow, iotshadow.DeleteShadowRequest(client_token="d", **thing))
    answer = deleted.nth(0)
    seen["deleted"] = [answer.version, answer.client_token]
    return seen


def main(client: str, protocol: str, path: str) -> None:
    """Run one session."""
    account = json.loads(Path(path).read_text(encoding="utf-8"))["mqtt"]
    connection = {"3": connect_3, "5": connect_5}[protocol](account)
    if client == "v2":
        aws_device_session.THING = f"v2-thing-{protocol}"
        seen = aws_device_session.session(connection)
    else:
        one = connection.new_connection() if protocol == "5" else connection
        seen = v1_session(one, f"v1-thing-{protocol}")
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
