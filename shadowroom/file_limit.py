"""Room for many connections: a tunnelled phone takes two file descriptors, and shells start with 1,024."""

import contextlib
import resource

WANTED = 65_536
"""Enough for 20,000 phones in one dashboard."""


def raise_file_limit() -> None:
    """Raise this process's limit of open files as far as the system lets it; children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reachable = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft < reachable:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
