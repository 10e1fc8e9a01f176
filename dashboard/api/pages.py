"""The pages and their assets, from `dashboard/static`, where the front end is built to."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

STATIC: Final = Path(__file__).resolve().parent.parent / "static"
NOT_BUILT: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Not built</title>
<h1>The pages are not built</h1>
<p>This checkout has no front end yet: run <code>make web</code>, or install the wheel, which has
it.</p></html>"""

_INLINE = re.compile(rb"<(script|style)\b(?![^>]*\bsrc=)[^>]*>(.*?)</\1>", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]{1,255}\Z")


@dataclass(frozen=True, slots=True)
class _Page:
    body: bytes
    policy: str
    """The content security policy but for `connect-src`, which depends on the name we are called by, and
    `frame-ancestors`."""


def router_for(static: Path = STATIC, embed_origins: Sequence[str] = (), broker: str = "") -> APIRouter:
    """`/`, `/j/{room}`, `/stage/{room}`, `/present/{room}`, `/assets/…` and what else was built.

    No page may be framed, but `/stage/{room}?embed` by pages of `embed_origins`. `broker` is an origin that
    phones connect to besides ours.
    """
    embedded = " ".join(embed_origins) or "'none'"
    router = APIRouter(include_in_schema=False)
    pages: dict[str, _Page] = {}

    def page(name: str, request: Request, framed_by: str = "'none'") -> Response:
        if name not in pages:
            path = static / name
            if not path.is_file():
                return HTMLResponse(
                    NOT_BUILT, 503, headers={"cache-control": "no-store", "retry-after": "10"}
                )
            pages[name] = _page(path.read_bytes())
        return _served(pages[name], request, framed_by, broker)

    @router.get("/")
    async def index(request: Request) -> Response:
        return page("index.html", request)

    @router.get("/j/{room}")
    async def join(room: str, request: Request) -> Response:  # noqa: ARG001 - the page reads it itself
        return page("join.html", request)

    @router.get("/stage/{room}")
    async def stage(room: str, request: Request) -> Response:  # noqa: ARG001
        return page("stage.html", request, embedded if "embed" in request.query_params else "'none'")

    @router.get("/present/{room}")
    async def present(room: str, request: Request) -> Response:  # noqa: ARG001
        return page("present.html", request)

    return router


def _page(body: bytes) -> _Page:
    """Work out the policy: nothing from elsewhere, and only the inline parts that were built in."""
    hashes: dict[bytes, list[str]] = {b"script": [], b"style": []}
    for kind, text in _INLINE.findall(body):
        digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
        hashes[kind].append(f"'sha256-{digest}'")
    scripts = " ".join(["'self'", *hashes[b"script"]])
    styles = " ".join(["'self'", *hashes[b"style"]])
    policy = (
        f"default-src 'self'; script-src {scripts}; style-src {styles}; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'"
    )
    return _Page(body, policy)


def _served(page: _Page, request: Request, framed_by: str, broker: str) -> Response:
    host = request.headers.get("host", "")
    # Older Safaris do not take a websocket for 'self'.
    sockets = f" ws://{host} wss://{host}" if _HOST.match(host) else ""
    if broker:
        sockets += f" {broker}"
    policy = f"{page.policy}; frame-ancestors {framed_by}; connect-src 'self'{sockets}"
    return HTMLResponse(
        page.body,
        headers={
            "cache-control": "no-store",
            "content-security-policy": policy,
        },
    )
