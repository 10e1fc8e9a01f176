"""A talk's file from disk, or a complaint that explains every mistake."""

from pathlib import Path

from dashboard.rooms.poll_file import BadFile, PollFile, read_polls
from shadowroom.complaint import USAGE, Complaint


def read_talk(path: Path) -> PollFile:
    """The polls of a file. Raises `Complaint` with one line `FILE:LINE: mistake` for each mistake."""
    try:
        return read_polls(path.read_text(encoding="utf-8"))
    except BadFile as error:
        lines = [f"{path}:{mistake.line}: {mistake.message}" for mistake in error.mistakes]
        raise Complaint("\n".join(lines), USAGE) from None
    except UnicodeDecodeError as error:
        raise Complaint(f"{path} is not text in UTF-8 (byte {error.start}).", USAGE) from None
    except OSError as error:
        raise Complaint(f"{path} cannot be read: {error.strerror}.", USAGE) from None
