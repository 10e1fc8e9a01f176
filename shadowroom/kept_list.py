"""A small list in one private file, which one process changes while others use it.

Changing takes a lock, reads, writes the whole file anew (0600) and replaces it in one step, so that a reader
sees the old list or the new one.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from shadowroom.complaint import Complaint
from shadowroom.private_files import exclusive, write_private

List = TypeVar("List", bound=BaseModel)


class KeptList(Generic[List]):
    """The list in `path`, of the model `kind`; a file that is not there is the empty list."""

    def __init__(self, path: Path, kind: type[List]) -> None:
        self.path = path
        self._kind = kind

    def read(self) -> List:
        """The list now. Raises `Complaint` when the file cannot be read or is damaged."""
        try:
            return self._kind.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return self._kind()
        except OSError as error:
            raise Complaint(f"{self.path} cannot be read: {error.strerror or error}.") from error
        except ValidationError:
            raise Complaint(
                f"{self.path} is damaged or of another version of Shadowroom: "
                "restore it from a backup, or remove it and add what was in it again."
            ) from None

    def change(self, to: Callable[[List], List]) -> None:
        """Replace the list by `to(list)`, with nobody else changing it meanwhile. Raises what `to` raises."""
        with exclusive(self.path.with_suffix(".lock")):
            write_private(self.path, to(self.read()).model_dump_json(indent=1) + "\n")

    def stamp(self) -> tuple[int, int, int] | None:
        """Something that is another when the file is another; None without a file. One system call."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size
