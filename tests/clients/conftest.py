"""The rooms that clients talk to."""

from collections.abc import Iterator

import pytest

from tests.support.shared_rooms import OneRoomAtATime


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneRoomAtATime]:
    """Gives a room on either broker."""
    shared = OneRoomAtATime(tmp_path_factory.mktemp("rooms"))
    yield shared
    shared.close()
