"""What is kept of a room that was ended: its database, polls, roster and recordings, in a folder."""

import asyncio
import csv
import io
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson

from dashboard.database import DatabaseError, RoomDatabase
from dashboard.polling import Polling
from dashboard.room_shadows import room_time_ms

PARTIAL: Final = ".partial"
"""The end of a folder's name until it is whole."""
ROSTER_COLUMNS: Final = ("slot", "thing", "state", "sim", "joined_ms")
_ROSTER: Final = "SELECT slot, thing, state, sim, joined_ms FROM roster ORDER BY slot"


class Archive:
    """`archive/` of a data directory. Everything in it is the owner's alone (0700, 0600)."""

    def __init__(self, data_dir: Path, room: str) -> None:
        self._folder = data_dir / "archive"
        self._room = room
        recordings = data_dir / "recordings"
        self._recordings = (recordings / f"{room}.jsonl", recordings / f"{room}.before.jsonl")

    async def keep(self, name: str, database: RoomDatabase, polling: Polling) -> None:
        """Make the folder `name`, whole or not at all. Raises `DatabaseError`."""
        partial = self._folder / f"{name}{PARTIAL}"
        await polling.finish_texts()
        exported = polling.views.export_json(self._room, room_time_ms())
        texts = {
            "polls.json": orjson.dumps(exported, option=orjson.OPT_INDENT_2).decode(),
            "polls.csv": polling.views.export_csv(),
            "roster.csv": _table(await database.read(_ROSTER)),
        }
        try:
            await asyncio.to_thread(self._begin, partial, texts)
            await database.read("VACUUM INTO ?", (str(partial / "rooms.db"),))
            await asyncio.to_thread(self._finish, partial, self._folder / name)
        except OSError as error:
            raise DatabaseError(
                f"The room cannot be archived in {self._folder}: {error.strerror or error}."
            ) from error

    def drop_recordings(self) -> None:
        """The recordings of the room that was archived are not those of the new one. Raises `OSError`."""
        for file in self._recordings:
            file.unlink(missing_ok=True)

    def drop_partial(self) -> None:
        """Take away what a crash left half done."""
        if self._folder.is_dir():
            for folder in self._folder.glob(f"*{PARTIAL}"):
                shutil.rmtree(folder, ignore_errors=True)

    def _begin(self, partial: Path, texts: dict[str, str]) -> None:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700, parents=True)
        self._folder.chmod(0o700)
        for name, text in texts.items():
            _private(partial / name, text.encode())
        for file in self._recordings:
            # The same file under a second name, as long as it is not on another disk: it may be large.
            with suppress(FileNotFoundError):
                try:
                    os.link(file, partial / file.name)
                except PermissionError:
                    shutil.copy2(file, partial / file.name)

    def _finish(self, partial: Path, whole: Path) -> None:
        (partial / "rooms.db").chmod(0o600)
        partial.rename(whole)


def _private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(content)


def _table(rows: list[tuple[object, ...]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(ROSTER_COLUMNS)
    writer.writerows(rows)
    return text.getvalue()
