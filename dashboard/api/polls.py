"""The presenter's polls over HTTP. Every route needs the presenter's token."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from dashboard.api.json_body import json_body
from dashboard.api.problems import Problem, json_response
from dashboard.polling import Polling
from dashboard.rooms.poll import Poll, PollError, parse_draft

CREATED = 201


def router_for(polling: Polling, presenter: Callable[..., Any]) -> APIRouter:
    """Routes under `/api/rooms/{room}`; `presenter` is the dependency that refuses everybody else."""
    router = APIRouter(prefix="/api/rooms/{room}", dependencies=[Depends(presenter), Depends(_only(polling))])
    _add_reading(router, polling)
    _add_changes(router, polling)
    return router


def _add_reading(router: APIRouter, polling: Polling) -> None:
    @router.get("/polls")
    async def all_polls() -> Response:
        return json_response({"polls": [polling.describe(poll) for poll in polling.list()]})

    # Before `/polls/{poll_id}`, which would take them for polls.
    @router.get("/export.csv")
    @router.get("/polls/export.csv")
    async def export_csv() -> Response:
        name = f'attachment; filename="polls-{polling.room}.csv"'
        headers = {"cache-control": "no-store", "content-disposition": name}
        return Response(polling.export_csv(), headers=headers, media_type="text/csv")

    @router.get("/export.json")
    @router.get("/polls/export.json")
    async def export_json() -> Response:
        return json_response(polling.export_json())

    @router.get("/polls/{poll_id}")
    async def one_poll(poll_id: str) -> Response:
        try:
            return json_response(polling.describe(polling.get(poll_id)))
        except PollError as error:
            raise _problem(error) from error


def _add_changes(router: APIRouter, polling: Polling) -> None:
    @router.post("/polls")
    async def create(request: Request) -> Response:
        body = await json_body(request)
        try:
            poll = await polling.create(parse_draft(body))
        except PollError as error:
            raise _problem(error) from error
        return json_response(polling.describe(poll), CREATED)

    def add(event: str, change: Callable[[str], Awaitable[Poll]]) -> None:
        @router.post(f"/polls/{{poll_id}}/{event}", name=f"{event} a poll")
        async def changed(poll_id: str) -> Response:
            try:
                await change(poll_id)
                return json_response(polling.describe(polling.get(poll_id)))
            except PollError as error:
                raise _problem(error) from error

    for event in ("open", "lock", "reveal", "reopen", "reset"):
        add(event, getattr(polling, event))


def _only(polling: Polling) -> Callable[[str], None]:
    def check(room: str) -> None:
        if room.upper() != polling.room.upper():
            raise Problem(404, "unknown_room", f"There is no room {room[:40]} here.")

    return check


def _problem(error: PollError) -> Problem:
    return Problem(error.status, error.code, str(error))
