"""The presenter's checklist before the doors open: this machine's findings, and what the room sees itself."""

import asyncio
from collections.abc import Iterator

from fastapi import APIRouter, Depends, Response

from dashboard.api.health import OK, Readiness
from dashboard.api.presenter import presenter_only
from dashboard.api.problems import json_response
from dashboard.api.this_room import only_room
from dashboard.live_room import LiveRoom
from dashboard.ports import Finding
from dashboard.services import Services

_PARTS = ("broker", "bridge", "store")


def router_for(services: Services, readiness: Readiness) -> APIRouter:
    """`GET /api/rooms/{room}/checklist`."""
    router = APIRouter()
    configuration = services.configuration
    here = [Depends(only_room(configuration.room)), Depends(presenter_only(services.tokens))]

    @router.get("/api/rooms/{room}/checklist", dependencies=here)
    async def checklist() -> Response:
        report = await readiness.report()
        machine = await asyncio.to_thread(lambda: [*configuration.examine()])
        findings = [*machine, network(services.live_room), *parts(report)]
        return json_response(
            {
                "checks": [
                    {"name": found.what, "state": found.level, "sentence": found.sentence}
                    for found in findings
                ]
            }
        )

    return router


def network(live_room: LiveRoom) -> Finding:
    """Has a real phone come in? Only that shows that the network lets phones reach this machine."""
    what = "client isolation"
    if any(phone.connected and not phone.sim for phone in live_room.phones.phones()):
        return Finding(what, "ok", "A phone is in the room: the network lets phones reach this machine.")
    return Finding(
        what,
        "warn",
        "No phone has come in yet: scan the code with one that is on the audience's Wi-Fi, because a network "
        "that isolates its clients cannot be seen from here.",
    )


def parts(report: dict[str, object]) -> Iterator[Finding]:
    """Broker, bridge and store, as `/readyz` tells of them."""
    for part in _PARTS:
        state = str(report[part])
        sentence = f"The {part} answers." if state == OK else f"{state[:1].upper()}{state[1:]}."
        yield Finding(part, "ok" if state == OK else "fail", sentence)
