"""What a device may do on each broker that we run, tried with real clients against real brokers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broker_bridge.transport.port import Account
from shadowroom.brokers.port import Broker, Role
from tests.support.mqtt_probe import MqttProbe
from tests.support.rooms import running_broker, wait_until

pytestmark = pytest.mark.broker

ROOM = "DEMO"
ME, OTHER = "phone-me", "phone-other"
MINE = f"$aws/things/{ME}/shadow"
OTHERS = f"$aws/things/{OTHER}/shadow"

ALLOWED_TO_PUBLISH = [
    f"{MINE}/get",
    f"{MINE}/update",
    f"{MINE}/delete",
    f"{MINE}/name/ballot/get",
    f"{MINE}/name/ballot/update",
    f"{MINE}/name/ballot/delete",
    f"room/{ROOM}/presence/{ME}",
]
FORBIDDEN_TO_PUBLISH = [
    f"{OTHERS}/update",
    f"{OTHERS}/name/ballot/update",
    f"{MINE}/update/accepted",
    f"{MINE}/update/delta",
    f"{MINE}/update/documents",
    f"{MINE}/name/ballot/update/accepted",
    f"room/{ROOM}/presence/{OTHER}",
    f"room/{ROOM}/scene",
    f"room/{ROOM}/poll",
    f"room/{ROOM}/notice",
    "room/OTHER/scene",
    f"things/{ME}/news",
    "somewhere/else",
    "$JS/API/STREAM/PURGE/$MQTT_rmsgs",
    "$MQTT/rmsgs/room",
]
ALLOWED_TO_HEAR = [
    f"{MINE}/update/delta",
    f"{MINE}/get/accepted",
    f"{MINE}/name/ballot/update/rejected",
    f"room/{ROOM}/scene",
    f"room/{ROOM}/poll",
    f"room/{ROOM}/notice",
]
FORBIDDEN_TO_HEAR = [
    f"{OTHERS}/update/delta",
    f"{OTHERS}/update",
    f"{OTHERS}/name/ballot/update",
    "$aws/things/room-demo-abcdefgh/shadow/name/scene/update/documents",
    f"room/{ROOM}/presence/{ME}",
    f"room/{ROOM}/presence/{OTHER}",
    f"things/{ME}/news",
    "somewhere/else",
]
PRYING_FILTERS = [
    "#",
    "+/#",
    "$aws/#",
    "$aws/things/+/shadow/update",
    "$aws/things/+/shadow/#",
    "$aws/things/*/shadow/>",
    "$aws/things/*/shadow/update",
    f"{OTHERS}/#",
    f"things/{ME}/#",
    f"room/{ROOM}/#",
    f"room/{ROOM}/presence/+",
    "$MQTT/#",
    "$MQTT/sub/#",
    "$JS/#",
    "$SYS/#",
    f"$share/group/{OTHERS}/#",
]


@pytest.fixture(scope="module", params=["embedded", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Each broker that Shadowroom runs, as its own command runs it."""
    data_dir: Path = tmp_path_factory.mktemp("data")
    with running_broker(data_dir, request.param) as broker:
        yield broker


def device(broker: Broker, thing: str) -> Account:
    credential = broker.devices.mint(thing, ROOM)
    return Account(broker.host, broker.port, thing, credential.username, credential.password)


@pytest.mark.parametrize("qos", [0, 1])
def test_a_device_publishes_on_its_own_topics_and_on_no_others(broker: Broker, qos: int) -> None:
    """Of everything a device publishes, others hear its own requests and presence and nothing else."""
    fence = (f"{MINE}/get", b"fence")
    with MqttProbe(broker.account(Role.OPERATOR)) as operator, MqttProbe(device(broker, ME)) as me:
        assert operator.subscribe("#", "$aws/#", qos=qos) == [True, True]
        for topic in FORBIDDEN_TO_PUBLISH + ALLOWED_TO_PUBLISH:
            me.publish(topic, b"try", qos=qos)
        me.publish(*fence, qos=qos)
        operator.wait_for_message(*fence)
        assert {topic for topic, payload in operator.messages if payload == b"try"} == set(ALLOWED_TO_PUBLISH)


@pytest.mark.parametrize("qos", [0, 1])
def test_a_device_hears_its_own_topics_and_the_room_and_nothing_else(broker: Broker, qos: int) -> None:
    """Whatever a device subscribes to, it hears its own shadows and the room's three topics only."""
    fence = (f"{MINE}/update/delta", b"fence")
    with MqttProbe(broker.account(Role.OPERATOR)) as operator, MqttProbe(device(broker, ME)) as me:
        for prying in PRYING_FILTERS:
            me.subscribe(prying, qos=qos)
        granted = me.subscribe(f"{MINE}/#", *(f"room/{ROOM}/{name}" for name in ("scene", "poll", "notice")))
        assert all(granted)
        for topic in FORBIDDEN_TO_HEAR + ALLOWED_TO_HEAR:
            operator.publish(topic, b"told", qos=qos)
        operator.publish(*fence, qos=qos)
        me.wait_for_message(*fence)
        assert {topic for topic, payload in me.messages if payload == b"told"} == set(ALLOWED_TO_HEAR)


def test_a_device_gets_what_is_retained_in_the_room(broker: Broker) -> None:
    """A device that comes later still hears the last scene; NATS lets it wait a moment for that."""
    scene, fence = (f"room/{ROOM}/scene", b'{"version":7}'), (f"room/{ROOM}/notice", b"fence")

    def newcomer_hears_it() -> bool:
        with MqttProbe(device(broker, ME)) as me:
            me.subscribe(scene[0], fence[0])
            dashboard.publish(*fence)
            me.wait_for_message(*fence)
            return scene in me.messages

    with MqttProbe(broker.account(Role.DASHBOARD)) as dashboard:
        dashboard.publish(*scene, qos=1, retain=True)
        wait_until(newcomer_hears_it, "newcomers hear the last scene")


def test_a_device_that_vanishes_is_told_of_by_its_will(broker: Broker) -> None:
    """The last will on a device's presence topic arrives; one on somebody else's does not."""
    mine = (f"room/{ROOM}/presence/{ME}", b"gone")
    with MqttProbe(broker.account(Role.OPERATOR)) as operator:
        operator.subscribe(f"room/{ROOM}/presence/+", qos=1)
        # Mosquitto refuses such a will at once, NATS does when it is due.
        liar = MqttProbe(device(broker, OTHER), will=(mine[0], b"lie"))
        liar.vanish()
        MqttProbe(device(broker, ME), will=mine).vanish()
        operator.wait_for_message(*mine)
        assert operator.messages == [mine]


@pytest.mark.parametrize("role", list(Role))
def test_the_rooms_own_accounts_use_every_topic_but_those_of_the_server(broker: Broker, role: Role) -> None:
    """Bridge, dashboard and operator hear and publish room and shadow topics; `$SYS` they do not hear."""
    with MqttProbe(broker.account(role)) as client:
        client.subscribe("#", "$aws/#", "$SYS/#")
        for topic in (f"{OTHERS}/update/accepted", f"room/{ROOM}/scene", "any/thing"):
            client.publish(topic, b"x", qos=1)
            client.wait_for_message(topic, b"x")
        assert not any(topic.startswith("$SYS") for topic, _ in client.messages)


@pytest.mark.parametrize(
    ("username", "password"), [(None, None), (ME, "wrong"), ("phone", ""), ("operator", "a.b.c")]
)
def test_nobody_gets_in_without_a_credential(
    broker: Broker, username: str | None, password: str | None
) -> None:
    """No password and wrong passwords are refused."""
    with MqttProbe(Account(broker.host, broker.port, ME, username, password)) as client:
        assert client.refused is not None
