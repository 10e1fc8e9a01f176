"""The recorded conversations over HTTP, with boto3, while another client listens over MQTT."""

import pytest

from tests.support.data_plane import data_plane
from tests.support.shadow_http import HttpAsker
from tests.support.shadow_vectors import VECTORS, Vector


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
async def test_http_answers_as_aws_does(vector: Vector) -> None:
    """Every step is answered as the vector says; updates and deletions are told over MQTT, refusals not."""
    async with data_plane() as service:
        asker = HttpAsker(service.boto("iot-data"), await service.transport("listener"), "thing-1")
        await asker.start()

        await vector.check("thing-1", asker.ask)

        assert asker.silent
