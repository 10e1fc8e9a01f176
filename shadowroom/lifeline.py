"""How a child learns that the process that started it is gone, even by `kill -9`.

Two independent ways: the kernel's parent death signal (Linux), and a pipe whose writing end only the parent
holds, so that its end means the parent's end (everywhere). Either one asks this process to stop as SIGTERM
does; one that does not stop within `GRACE_S` is ended.
"""

import ctypes
import os
import signal
import sys
import threading
import time

LIFELINE = "SHADOWROOM_LIFELINE"
"""Environment: number of the inherited descriptor, the pipe's reading end."""
GRACE_S = 6.0
"""Seconds between the parent's end and ours at the latest; below the lock's grace in `data_dir`."""
_PR_SET_PDEATHSIG = 1


class Lifeline:
    """The parent's side: hand `descriptor` to children, keep this object while they shall live."""

    def __init__(self) -> None:
        self.descriptor, self._kept = os.pipe()

    def close(self) -> None:
        """Let the children go."""
        os.close(self._kept)
        os.close(self.descriptor)


def hold() -> None:
    """In a child: stop when the parent does. Without a parent that asked for it, nothing happens."""
    text = os.environ.pop(LIFELINE, None)
    if text is None:
        return
    ask_for_death_signal(signal.SIGTERM)
    threading.Thread(target=_stop_at_end_of, args=(int(text),), name="lifeline", daemon=True).start()


def ask_for_death_signal(number: int) -> None:
    """Have the kernel send `number` to this process when its parent dies; survives exec. Linux only, else
    nothing.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def _stop_at_end_of(descriptor: int) -> None:
    while os.read(descriptor, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
