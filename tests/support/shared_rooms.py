"""A whole room on each broker for the tests of a module that only add things to it."""

from contextlib import ExitStack
from pathlib import Path

from shadowroom.ports import LOOPBACK, free_port
from tests.support.rooms import RunningRoom, running_room


class OneRoomAtATime:
    """The room on the broker that was asked for last: pytest runs a module's tests broker by broker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self._broker: str | None = None
        self._room: RunningRoom | None = None

    def on(self, broker: str) -> RunningRoom:
        """The room on `mosquitto` or `embedded`, opened now if another was.

        Devices may come in, with passwords and with certificates.
        """
        if self._room is None or broker != self._broker:
            self.close()
            folder = self._folder / broker
            folder.mkdir(exist_ok=True)
            mqtt = free_port()
            mqtts = free_port(other_than=[mqtt])
            listen = ("--mqtt-listen", f"{LOOPBACK}:{mqtt}", "--mqtts-listen", f"{LOOPBACK}:{mqtts}")
            self._room = self._open.enter_context(running_room(folder, broker, arguments=listen))
            self._broker = broker
        return self._room

    def close(self) -> None:
        """Close the room."""
        self._room = None
        self._open.close()
