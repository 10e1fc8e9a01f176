"""The presenter's checklist before the doors open: this machine's findings, and what the room sees itself."""

import asyncio
from collections.abc import Iterator
from typing import Literal

from fastapi import APIRouter, Depends, Response

from dashboard.api import health
from dashboard.api.health import Readiness
from dashboard.api.presenter import presenter_only
from dashboard.api.problems import json_response
from dashboard.api.this_room import only_room
from dashboard.findings import Finding
from dashboard.live_room import LiveRoom
from dashboard.services import Services

_PARTS = ("broker", "bridge", "store", "tunnel")


def router_for(services: Services, readiness: Readiness) -> APIRouter:
    """`GET /api/rooms/{room}/checklist`, its sentences in the `language` that is asked for."""
    router = APIRouter()
    configuration = services.configuration
    here = [Depends(only_room(configuration.room)), Depends(presenter_only(services.tokens))]

    @router.get("/api/rooms/{room}/checklist", dependencies=here)
    async def checklist(language: Literal["en", "fr"] = "en") -> Response:
        report = await readiness.report()
        machine = await asyncio.to_thread(lambda: [*configuration.examine()])
        findings = [*machine, network(services.live_room), *parts(report)]
        return json_response(
            {
                "checks": [
                    {"name": found.what, "state": found.level, "sentence": found.told(language)}
                    for found in findings
                ]
            }
        )

    return router


def network(live_room: LiveRoom) -> Finding:
    """Has a real phone come in? Only that shows that the network lets phones reach this machine."""
    what = "client isolation"
    if any(phone.connected and not phone.sim for phone in live_room.phones.phones()):
        return Finding(what, "ok", "well")
    return Finding(what, "warn", "unseen")


def parts(report: dict[str, object]) -> Iterator[Finding]:
    """Broker, bridge and store, and workers of the tunnel where it has some, as `/readyz` tells of them."""
    for part in (part for part in _PARTS if part in report):
        match report[part]:
            case health.OK:
                yield Finding(part, "ok", "well")
            case health.READING:
                yield Finding(part, "fail", "reading")
            case _:
                yield Finding(part, "fail", "silent")
