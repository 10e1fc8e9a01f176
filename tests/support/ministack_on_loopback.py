"""Runs ministack with all its listeners on 127.0.0.1: its port for mutual TLS has no setting for that.

A program of its own, for the Python of the emulator's environment.
"""

import asyncio
from typing import Any

_create_server = asyncio.BaseEventLoop.create_server


async def _on_loopback(self: Any, factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
    return await _create_server(self, factory, "127.0.0.1" if host == "0.0.0.0" else host, port, **options)


if __name__ == "__main__":
    asyncio.BaseEventLoop.create_server = _on_loopback  # type: ignore[method-assign,assignment]

    from ministack.app import main  # type: ignore[import-not-found,unused-ignore]

    main()
