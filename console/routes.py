"""The API of the board: lists, pages, commands and the live stream."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from console import dead_letters, feeds, pipeline, search
from console.accounts import AccountError, Accounts, SignedIn
from console.answers.alerts import AlertList, AlertPage
from console.answers.customers import Customer, FoundCustomers, SearchResults, Timeline
from console.answers.live import LiveRows
from console.answers.operations import DeadLetterPage, DeadLetters, Feeds, Pipeline
from console.answers.session import UserAdded, UserChanged, Users
from console.answers.shown import AS_JSON, REFUSALS, RequestRefused, documented
from console.answers.tasks import TaskList, TaskPage
from console.auth_middleware import COOKIE
from console.command_api import Answers, AskedAll, NothingSent, Send, ask
from console.database import storable
from console.live import ChangeStream
from console.login_routes import at_least, signed_in
from console.pipeline_health import PipelineHealth
from console.queries import Queries, TaskFilter
from console.reader import Reader, reader
from console.rows import Json
from console.settings import Role

Cursor = Annotated[str | None, Query(max_length=400)]
MOST_FOUND = 50
ForReader = Annotated[Reader, Depends(reader)]
Words = Annotated[str, Query(max_length=200)]


def _several(given: str) -> tuple[str, ...]:
    return tuple(part for part in given.split(",") if part)


def _found(answer: Json | None, what: str) -> Json:
    if answer is None:
        raise HTTPException(404, f"there is no {what} on the board")
    return answer


class TaskQuery(BaseModel):
    """The query of a list of tasks; several values of one field are divided by commas."""

    model_config = ConfigDict(extra="ignore")

    view: Literal["open", "closed", "all"] = "open"
    priority: str = ""
    tier: str = ""
    cause: str = ""
    status: str = ""
    owner: str = ""
    q: Annotated[str, Field(max_length=200)] = ""
    after: Annotated[str | None, Field(max_length=400)] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100

    def filter(self) -> TaskFilter:
        several = {name: _several(getattr(self, name)) for name in ("priority", "tier", "cause", "status", "owner")}
        return TaskFilter(view=self.view, q=self.q, **several)


def work(queries: Queries) -> APIRouter:
    """Tasks and alerts."""
    router = APIRouter(prefix="/api", tags=["read"])

    @router.get("/tasks", **documented(TaskList))
    async def tasks(asked: Annotated[TaskQuery, Query()], who: ForReader) -> Response:
        return JSONResponse(await queries.tasks(asked.filter(), asked.after, asked.limit, who))

    @router.get("/tasks/{task_id}", **documented(TaskPage))
    async def task(task_id: str, who: ForReader) -> Response:
        return JSONResponse(_found(await queries.task(task_id, who), f"task {task_id}"))

    @router.get("/alerts", **documented(AlertList))
    async def alerts(who: ForReader, view: Literal["active", "resolved"] = "active") -> Response:
        return JSONResponse(await queries.alerts(view, who))

    @router.get("/alerts/{alert_id}", **documented(AlertPage))
    async def alert(alert_id: str, who: ForReader) -> Response:
        return JSONResponse(_found(await queries.alert(alert_id, who), f"alert {alert_id}"))

    return router


def people(queries: Queries) -> APIRouter:
    """Customers, and the search for them and for their tasks."""
    router = APIRouter(prefix="/api", tags=["read"])

    @router.get("/customers", **documented(FoundCustomers))
    async def customers(q: Words = "") -> Response:
        async with queries.engine.connect() as db:
            return JSONResponse({"customers": await search.customers(db, storable(q), MOST_FOUND)})

    @router.get("/customers/{customer_id:path}/timeline", **documented(Timeline))
    async def timeline(customer_id: str, who: ForReader, after: Cursor = None) -> Response:
        return JSONResponse(await queries.timeline(customer_id, after, who))

    @router.get("/customers/{customer_id:path}", **documented(Customer))
    async def customer(customer_id: str, who: ForReader) -> Response:
        return JSONResponse(_found(await queries.customer(customer_id, who), f"customer {customer_id}"))

    @router.get("/search", **documented(SearchResults))
    async def found(who: ForReader, q: Words = "") -> Response:
        return JSONResponse(await search.search(queries, storable(q), who))

    return router


def plumbing(queries: Queries, health: PipelineHealth) -> APIRouter:
    """Dead letters and the pipeline."""
    router = APIRouter(prefix="/api", tags=["read"])

    @router.get("/dead-letters", **documented(DeadLetters))
    async def list_dead_letters(after: Cursor = None) -> Response:
        return JSONResponse(await dead_letters.page(queries, after))

    @router.get("/dead-letters/{letter_id}", **documented(DeadLetterPage))
    async def dead_letter(letter_id: str) -> Response:
        return JSONResponse(_found(await dead_letters.one(queries, letter_id), f"dead letter {letter_id}"))

    @router.get("/feeds", **documented(Feeds))
    async def the_feeds() -> Response:
        return JSONResponse(await feeds.page(queries, health))

    @router.get("/pipeline", **documented(Pipeline))
    async def the_pipeline() -> Response:
        return JSONResponse(await pipeline.page(queries, health))

    return router


STREAMED: dict[int | str, dict[str, Any]] = {200: {"model": LiveRows}, "4XX": {"description": "Why it was refused", "content": AS_JSON}}


def live(stream: ChangeStream, accounts: Accounts) -> APIRouter:
    """/api/events."""
    router = APIRouter(prefix="/api", tags=["live"])

    @router.get("/events", response_class=EventSourceResponse, response_model=None, responses=STREAMED)
    async def events(
        request: Request,
        who: ForReader,
        after: Annotated[int | None, Query(ge=0, le=2**53)] = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> AsyncIterator[ServerSentEvent]:
        async def still_authorized() -> bool:
            return await accounts.who(request.cookies.get(COOKIE)) is not None

        seen = int(last_event_id) if last_event_id and _NUMBER.fullmatch(last_event_id) else after
        async for event in stream.follow(seen, still_authorized, who):
            yield event

    return router


_NUMBER = re.compile(r"[0-9]{1,16}", re.ASCII)


def commands(queries: Queries, send: Send) -> APIRouter:
    """What people ask for."""
    router = APIRouter(prefix="/api", tags=["act"])

    @router.post("/commands", status_code=202, response_model=Answers, responses=REFUSALS | {503: {"model": NothingSent | RequestRefused}})
    async def ask_for(asked: AskedAll, known: Annotated[SignedIn, Depends(at_least("agent", "acting on tasks"))]) -> Any:
        if len(asked.commands) > 1 and not known.may("lead"):
            raise HTTPException(403, f"you have the role {known.role}: acting on several tasks at once takes the role lead")
        customers = await queries.customers_of([one.task for one in asked.commands])
        made = await ask(asked.commands, customers, known.name, queries.clock(), send)
        if made.nothing_sent is None:
            return Answers(results=made.answers)
        answer = NothingSent(detail=made.nothing_sent, results=made.answers)
        return JSONResponse(answer.model_dump(), status_code=503, headers={"Retry-After": "5"})

    return router


class NewUser(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=256)]
    role: Role
    password: Annotated[SecretStr, Field(max_length=1024)] | None = None


class ChangedUser(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    disabled: bool | None = None
    reset_password: bool = False


def users(accounts: Accounts) -> APIRouter:
    """Users, for admins."""
    router = APIRouter(prefix="/api/users", tags=["users"], dependencies=[Depends(at_least("admin", "looking after users"))])

    @router.get("", **documented(Users))
    async def every_user() -> Json:
        return {"users": await accounts.users()}

    @router.post("", status_code=201, **documented(UserAdded, 201))
    async def add_user(new: NewUser) -> Json:
        given = None if new.password is None else new.password.get_secret_value()
        with_password = await _or_refused(accounts.add(new.name, new.role, given))
        return {"name": new.name, "role": new.role, "password": with_password if given is None else None}

    @router.patch("/{name}", **documented(UserChanged))
    async def change_user(name: str, changed: ChangedUser, request: Request) -> Json:
        if name == signed_in(request).name and (changed.disabled or changed.role not in {None, "admin"}):
            raise HTTPException(409, "you cannot take your own rights away: another admin can")
        fresh = accounts.alter(name, role=changed.role, disabled=changed.disabled, new_password=changed.reset_password)
        return {"name": name, "password": await _or_refused(fresh)}

    return router


async def _or_refused(asked: Any) -> Any:
    try:
        return await asked
    except AccountError as error:
        raise HTTPException(409, str(error)) from None
