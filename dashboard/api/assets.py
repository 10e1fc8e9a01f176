"""The pages' scripts, styles and pictures, packed once for all who ask."""

import asyncio
import gzip
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOREVER: Final = "public, max-age=31536000, immutable"
"""An asset's name has the hash of its content."""
PACKED: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
"""What gets shorter by gzip, and its media type. Everything else is served as it is."""
KEPT_MAX: Final = 64
"""Packed files kept, about 20 KB each: four times as many as the pages have."""


class Assets(StaticFiles):
    """Hashed files: cached for ever when there, 404 when not, and packed for a browser that takes that.

    A hall of phones asks for the same few files at once: each is packed once, not once for each phone.
    """

    def __init__(self, directory: Path) -> None:
        """The directory need not exist: in a checkout without a built front end every asset is a 404."""
        super().__init__(directory=directory, check_dir=False)
        self._packed: dict[str, bytes] = {}

    async def check_config(self) -> None:
        """No directory, no assets: nothing to complain of."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As StaticFiles, with the headers and packed."""
        response = await super().get_response(path, scope)
        if response.status_code not in (200, 304):
            return response
        media_type = PACKED.get(Path(path).suffix)
        if media_type and response.status_code == 200 and _takes_gzip(scope):
            response = Response(await self._pack(path), media_type=media_type)
            response.headers["content-encoding"] = "gzip"
        if media_type:
            response.headers["vary"] = "Accept-Encoding"
        response.headers["cache-control"] = FOREVER
        return response

    async def _pack(self, path: str) -> bytes:
        if path not in self._packed:
            found, _ = self.lookup_path(path)
            if len(self._packed) >= KEPT_MAX:
                self._packed.clear()
            self._packed[path] = await asyncio.to_thread(lambda: gzip.compress(Path(found).read_bytes(), 9))
        return self._packed[path]


def _takes_gzip(scope: Scope) -> bool:
    return scope["method"] == "GET" and "gzip" in Headers(scope=scope).get("accept-encoding", "")
