"""The presenter's polls over HTTP. Every route needs the presenter's token."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response

from dashboard.api.json_body import json_body, text_body
from dashboard.api.problems import Problem, json_response
from dashboard.polling import Polling
from dashboard.room_shadows import room_time_ms
from dashboard.rooms.moderation import Act
from dashboard.rooms.poll import Poll, PollEvent
from dashboard.rooms.poll_drafts import Draft
from dashboard.rooms.poll_errors import BadPoll, PollError
from dashboard.rooms.poll_file import BadFile, read_polls
from dashboard.rooms.poll_parsing import parse_draft

T = TypeVar("T")

CREATED = 201
NO_CONTENT = 204


def router_for(polling: Polling, presenter: Callable[..., Any]) -> APIRouter:
    """Routes under `/api/rooms/{room}`; `presenter` is the dependency that refuses everybody else."""
    router = APIRouter(prefix="/api/rooms/{room}", dependencies=[Depends(presenter), Depends(_only(polling))])
    # In this order: what comes after `/polls/{poll_id}` would be taken for a poll's id.
    _add_exports(router, polling)
    _add_programme(router, polling)
    _add_clicker(router, polling)
    _add_one(router, polling)
    _add_moderation(router, polling)
    return router


def _add_exports(router: APIRouter, polling: Polling) -> None:
    @router.get("/export.csv")
    @router.get("/polls/export.csv")
    async def export_csv() -> Response:
        name = f'attachment; filename="polls-{polling.room}.csv"'
        headers = {"cache-control": "no-store", "content-disposition": name}
        await polling.finish_texts()
        return Response(polling.views.export_csv(), headers=headers, media_type="text/csv")

    @router.get("/report.html")
    @router.get("/polls/report.html")
    async def report() -> Response:
        # Styles are the page's own; nothing of it may run or ask for anything.
        policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        headers = {"cache-control": "no-store", "content-security-policy": policy}
        await polling.finish_texts()
        page = await asyncio.to_thread(polling.views.report, polling.room, room_time_ms())
        return Response(page, headers=headers, media_type="text/html")

    @router.get("/export.json")
    @router.get("/polls/export.json")
    async def export_json() -> Response:
        await polling.finish_texts()
        return json_response(polling.views.export_json(polling.room, room_time_ms()))


def _add_programme(router: APIRouter, polling: Polling) -> None:
    program, views = polling.program, polling.views

    @router.get("/polls")
    async def all_polls() -> Response:
        return json_response({"polls": [views.describe(poll) for poll in program.polls()]})

    @router.post("/polls")
    async def create(request: Request) -> Response:
        draft = await _draft(request)
        [poll] = await _done(program.create(draft))
        return json_response(views.describe(poll), CREATED)

    @router.post("/polls/file")
    async def create_from_file(request: Request) -> Response:
        try:
            file = read_polls(await text_body(request))
        except BadFile as error:
            mistakes = [{"line": one.line, "message": one.message} for one in error.mistakes]
            body = {"error": "bad_file", "message": str(error), "mistakes": mistakes}
            return json_response(body, BadFile.status)
        made = await _done(program.create(*file.drafts))
        return json_response({"polls": [views.describe(poll) for poll in made]}, CREATED)

    @router.post("/polls/order")
    async def order(request: Request) -> Response:
        polls = await _done(program.put_in_order(await _ids(request, "bad_order")))
        return json_response({"polls": [views.describe(poll) for poll in polls]})

    @router.delete("/polls")
    async def delete_all() -> Response:
        await _done(program.delete_all())
        return Response(status_code=NO_CONTENT)


def _add_clicker(router: APIRouter, polling: Polling) -> None:
    program, views = polling.program, polling.views

    def add(name: str, act: Callable[[], Awaitable[Poll]]) -> None:
        @router.post(f"/polls/{name}", name=f"{name} poll")
        async def acted() -> Response:
            return json_response(views.describe(await _done(act())))

    for name in ("next", "previous", "last"):
        add(name, getattr(program, name))

    @router.post("/polls/clear")
    async def clear() -> Response:
        await _done(program.clear())
        return Response(status_code=NO_CONTENT)

    @router.post("/polls/instant")
    async def instant(request: Request) -> Response:
        body = await json_body(request)
        if not isinstance(body, dict):
            raise Problem(400, "bad_poll", "Send a JSON object, which may be empty.")
        poll = await _done(program.instant(_parsed({**body, "kind": "abcd"})))
        return json_response(views.describe(poll), CREATED)


def _add_one(router: APIRouter, polling: Polling) -> None:
    book, program, views = polling.book, polling.program, polling.views

    @router.get("/polls/{poll_id}")
    async def one_poll(
        poll_id: str, by: str | None = None, where: Annotated[list[str] | None, Query()] = None
    ) -> Response:
        try:
            poll = book.get(poll_id)
            if by is not None and where:
                raise BadPoll('Ask with "by" or with "where", not both.')
            if by is not None:
                return json_response(views.grouped(poll, by))
            return json_response(views.filtered(poll, where) if where else views.describe(poll))
        except PollError as error:
            raise _problem(error) from error

    @router.put("/polls/{poll_id}")
    async def edit(request: Request, poll_id: str) -> Response:
        draft = await _draft(request)
        return json_response(views.describe(await _done(program.edit(poll_id, draft))))

    @router.delete("/polls/{poll_id}")
    async def delete(poll_id: str) -> Response:
        await _done(program.delete(poll_id))
        return Response(status_code=NO_CONTENT)

    def add(event: PollEvent) -> None:
        @router.post(f"/polls/{{poll_id}}/{event}", name=f"{event} a poll")
        async def changed(poll_id: str) -> Response:
            await _done(polling.change(poll_id, event))
            return json_response(views.describe(book.get(poll_id)))

    for event in PollEvent:
        add(event)


def _add_moderation(router: APIRouter, polling: Polling) -> None:
    moderation, views = polling.moderation, polling.views

    @router.get("/polls/{poll_id}/entries")
    async def entries(poll_id: str, status: str | None = None) -> Response:
        try:
            return json_response(views.entries(polling.book.get(poll_id), status))
        except PollError as error:
            raise _problem(error) from error

    @router.post("/polls/{poll_id}/entries/undo")
    async def undo(poll_id: str) -> Response:
        return json_response(views.entries(await _done(moderation.undo(poll_id))))

    @router.post("/polls/{poll_id}/entries/approve")
    async def approve(request: Request, poll_id: str) -> Response:
        seen = await _ids(request, "bad_entries")
        return json_response(views.entries(await _done(moderation.approve(poll_id, frozenset(seen)))))

    @router.post("/polls/{poll_id}/entries/{entry_id}/edit")
    async def edit_text(request: Request, poll_id: str, entry_id: str) -> Response:
        body = await json_body(request)
        text = body.get("text") if isinstance(body, dict) else None
        poll = await _done(moderation.decide(poll_id, entry_id, Act.EDIT, text))
        return json_response(views.entries(poll))

    def add(act: Act) -> None:
        @router.post(f"/polls/{{poll_id}}/entries/{{entry_id}}/{act}", name=f"{act} a text")
        async def decided(poll_id: str, entry_id: str) -> Response:
            return json_response(views.entries(await _done(moderation.decide(poll_id, entry_id, act))))

    for act in (Act.APPROVE, Act.DISMISS, Act.PIN, Act.UNPIN, Act.BAN):
        add(act)


async def _ids(request: Request, code: str) -> list[str]:
    body = await json_body(request)
    ids = body.get("ids") if isinstance(body, dict) else None
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise Problem(400, code, 'Send {"ids":["…",…]}.')
    return ids


async def _draft(request: Request) -> Draft:
    return _parsed(await json_body(request))


def _parsed(body: object) -> Draft:
    try:
        return parse_draft(body)
    except PollError as error:
        raise _problem(error) from error


async def _done(change: Awaitable[T]) -> T:
    try:
        return await change
    except PollError as error:
        raise _problem(error) from error


def _only(polling: Polling) -> Callable[[str], None]:
    def check(room: str) -> None:
        if room.upper() != polling.room.upper():
            raise Problem(404, "unknown_room", f"There is no room {room[:40]} here.")

    return check


def _problem(error: PollError) -> Problem:
    return Problem(error.status, error.code, str(error))
