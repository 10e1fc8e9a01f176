"""From an empty account to a room with fifty phones and back, on an emulator of AWS on 127.0.0.1."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from broker_bridge.transport.aws import AwsTransport
from broker_bridge.transport.awscrt_client import Certificate
from device_sim.runner import SimOptions, run
from shadowroom.aws.deploying import TEMPLATE
from shadowroom.aws.deployment import certificate_paths, load_deployment
from shadowroom.aws.room import operator_account
from tests.contract.transport_suite import Inbox
from tests.support.aws_emulator import KEYS, REGION, AwsEmulator, aws_emulator, client, tool
from tests.support.rooms import run_shadowroom, running_room

pytestmark = pytest.mark.broker

PHONES = 50


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsEmulator]:
    """One account for the tests of this file, in the order in which they stand here."""
    with pytest.MonkeyPatch.context() as patch, aws_emulator(tmp_path_factory.mktemp("aws")) as started:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        yield started


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory, emulator: AwsEmulator) -> Path:
    """The directory from which the account was made ready; `room` in it is the room's."""
    folder: Path = tmp_path_factory.mktemp("deployed") / "room"
    said = aws(
        "deploy",
        folder,
        "--region",
        REGION,
        "--yes",
        "--endpoint-url",
        emulator.url,
        "--mqtt-port",
        str(emulator.mtls_port),
        "--phones",
        "50",
    )
    assert "CREATE_COMPLETE" in said
    assert "AWS::IoT::TopicRule" in said
    assert "at prices read on 2026-09-20" in said
    certificate_paths(folder)[2].write_bytes(emulator.authority)
    return folder


def aws(command: str, data_dir: Path, *arguments: str) -> str:
    """What `shadowroom aws` prints when it ends well."""
    ended = run_shadowroom("aws", command, "--data-dir", str(data_dir), *arguments, timeout_s=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_template_is_without_fault() -> None:
    """cfn-lint knows every property of every resource in it."""
    checked = subprocess.run([tool("cfn-lint"), str(TEMPLATE)], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout


async def test_aws_s_client_hears_documents_of_all_things(data_dir: Path, emulator: AwsEmulator) -> None:
    """By mutual TLS with the certificate that `deploy` made, under one filter with a wildcard."""
    deployment, inbox = load_deployment(data_dir), Inbox()
    certificate, key, _ = certificate_paths(data_dir)
    transport = AwsTransport(operator_account(deployment, data_dir, "test"), Certificate(certificate, key))
    await transport.subscribe(["$aws/things/+/shadow/update/documents"], inbox, qos=1)
    await transport.connect()

    for number in range(3):
        topic = f"$aws/things/thing-{number}/shadow/update"
        await transport.publish(topic, b'{"state":{"reported":{"os":"iOS"}}}', qos=1)

    heard = {(await inbox.next()).topic for _ in range(3)}
    assert heard == {f"$aws/things/thing-{number}/shadow/update/documents" for number in range(3)}
    await transport.close()


async def test_fifty_phones_see_a_room_on_aws(data_dir: Path, emulator: AwsEmulator) -> None:
    """They come in by presigned addresses, show every scene, and nothing is wrong in the end. There is no
    tunnel and no bridge, and pages may connect to AWS."""
    with running_room(data_dir.parent, "aws") as room:
        assert (room.session["mqtt"], room.session["aws"]) == (None, None)
        assert room.part_pid("bridge") is None
        token = room.session["presenter_token"]
        report = await run(
            SimOptions(
                room.url, room.room, PHONES, duration=10.0, presenter_token=token, quiet=True, keep=True
            )
        )
        assert (report["joined"], report["wrong"], report["lost"], report["wrong_on_wall"]) == (
            PHONES,
            0,
            0,
            0,
        )
        assert report["recolour"]["rounds"] >= 2
        async with httpx.AsyncClient(base_url=room.url, trust_env=False) as browser:
            page = await browser.get(f"/j/{room.room}")
            tunnel = await browser.post("/mqtt/poll")
        assert load_deployment(data_dir).phones_url in page.headers["content-security-policy"]
        assert tunnel.status_code == 404


def test_clean_leaves_an_empty_account(data_dir: Path, emulator: AwsEmulator) -> None:
    """Things, shadows, certificate, policy, rule and stack are gone, and `status` finds nothing."""
    iot: Any = client(emulator, "iot")
    things = [thing["thingName"] for thing in iot.list_things()["things"]]
    assert len(things) >= PHONES + 1

    said = aws("clean", data_dir, "--yes")

    assert f"deleted {len(things)} things" in said
    assert iot.list_things()["things"] == []
    assert iot.list_certificates()["certificates"] == []
    assert iot.list_policies()["policies"] == []
    assert iot.list_topic_rules()["rules"] == []
    data: Any = client(emulator, "iot-data")
    for thing in things:
        with pytest.raises(data.exceptions.ResourceNotFoundException):
            data.get_thing_shadow(thingName=thing)
    assert not certificate_paths(data_dir)[1].exists()
    ended = run_shadowroom(
        "aws", "status", "--data-dir", str(data_dir), "--region", REGION, "--endpoint-url", emulator.url
    )
    assert ended.returncode == 1, ended.stdout
