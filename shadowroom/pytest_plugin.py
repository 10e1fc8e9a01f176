"""The pytest plug-in: the fixture `aws_iot` is a local AWS IoT, empty at the start of each test.

pytest imports this module in every project of an environment that has Shadowroom, so it imports nothing
itself: a project that does not use the fixture pays a fraction of a millisecond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadowroom.local_aws_iot import LocalAwsIot


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the broker."""
    parser.addini(
        "shadowroom_broker",
        "broker of the fixture aws_iot: auto (Mosquitto where there is one, else embedded), mosquitto or"
        " embedded",
        default="auto",
    )


@pytest.fixture(scope="session")
def aws_iot_server(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalAwsIot]:
    """The one local AWS IoT of this test process, for fixtures that outlive a test. Nothing empties it but
    `aws_iot`, and its own `empty()`.
    """
    from shadowroom.local_aws_iot import LocalAwsIot

    server = LocalAwsIot.start(
        tmp_path_factory.mktemp("aws_iot"), str(pytestconfig.getini("shadowroom_broker"))
    )
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def aws_iot(aws_iot_server: LocalAwsIot) -> Iterator[LocalAwsIot]:
    """A local AWS IoT: MQTT broker, Device Shadow service, `iot-data` and the fleet index of `iot`.

    `aws_iot.url`, `.region`, `.access_key_id`, `.secret_access_key` for AWS's SDKs, `.client("iot-data")` for
    a boto3 client, `.mqtt` for MQTT clients, `.shadow(thing)` and `.things()` to look. After the test,
    everything in it is forgotten.
    """
    try:
        yield aws_iot_server
    finally:
        aws_iot_server.empty()
