"""Room for many connections: a tunnelled phone takes two file descriptors, and shells start with 1,024."""

import contextlib
import math
import resource

WANTED = 65_536
"""Enough for 20,000 phones in one process."""
WORKERS_MAX = 64
"""Processes that the tunnel may be spread over: more than cores of a machine that one would bring."""
FILES_A_PHONE = 2
"""A tunnelled phone is two connections, its own and the broker's."""
FILES_BESIDE = 256
"""Databases, logs, watchers and the web server's own."""


def raise_file_limit() -> None:
    """Raise this process's limit of open files as far as the system lets it; children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reachable = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft < reachable:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))


def files_needed(phones: int, workers: int = 0) -> int:
    """Files that one process of the tunnel opens at most for so many phones; without `workers` the dashboard.

    The kernel deals connections to workers by a hash: that one gets four standard deviations more than its
    share does not happen.
    """
    mine = phones
    if workers > 1:
        share = phones / workers
        mine = math.ceil(share + 4 * math.sqrt(share * (1 - 1 / workers)))
    return mine * FILES_A_PHONE + FILES_BESIDE
