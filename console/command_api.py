"""The command API: what a person clicks becomes commands on a topic; each is answered on its own, the decision comes by the live stream."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from console.unsent_commands import Missed, Unsent, said
from schemas.commands import AcknowledgeTask, AnyCommand, ContactTask, DismissTask, ResolveTask, SnoozeTask, UndoTask
from schemas.message import Instant, Name, Text, instant

Verb = Literal["acknowledge", "contact", "resolve", "dismiss", "snooze", "undo"]
State = Literal["sent", "not_sent", "unknown", "refused"]


Send = Callable[[Sequence[AnyCommand]], Awaitable[Sequence[Unsent | None]]]
"""Writes commands to Kafka: for each None once it is durable. What it says is not sent must not be sent afterwards."""

MOST_AT_ONCE = 500


class Customer(NamedTuple):
    """Whose task it is."""

    id: str
    name: str | None

    @property
    def called(self) -> str:
        return self.name or self.id


class Asked(BaseModel):
    """One thing that a person asks for."""

    model_config = ConfigDict(extra="forbid")

    verb: Verb
    task: Name
    note: Text | None = None
    cause: Text | None = None
    action: Text | None = None
    outcome: Text | None = None
    reason: Text | None = None
    until: Instant | None = None
    undoes: Name | None = None


class AskedAll(BaseModel):
    model_config = ConfigDict(extra="forbid")

    commands: Annotated[list[Asked], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Answer(BaseModel):
    """What became of one of them. `command` is its id on the topic, where it is or may be there; `error` says what went wrong."""

    task: str
    customer: str | None = None
    state: State
    command: str | None = None
    error: str | None = None


class Answers(BaseModel):
    results: list[Answer]


class NothingSent(Answers):
    """None of them is known to be sent: `detail` says so about all of them, for people."""

    detail: str


KINDS: dict[str, type[AcknowledgeTask | ContactTask | ResolveTask | DismissTask | SnoozeTask | UndoTask]] = {
    "acknowledge": AcknowledgeTask,
    "contact": ContactTask,
    "resolve": ResolveTask,
    "dismiss": DismissTask,
    "snooze": SnoozeTask,
    "undo": UndoTask,
}
VERBS = {kind.model_fields["type"].default: verb for verb, kind in KINDS.items()}
"""The type of a command -> its verb."""


_ASKS = {
    "until": "a snooze says until when",
    "undoes": "an undo names the command that it takes back",
}


def build(asked: Asked, customer: Customer | None, actor: str, now: float) -> AnyCommand | str:
    """The command, or a sentence that says why there is none."""
    if customer is None:
        return f"there is no task {asked.task} on the board"
    kind, given = KINDS[asked.verb], asked.model_dump(exclude={"verb"}, exclude_none=True)
    if strange := sorted(given.keys() - kind.model_fields.keys()):
        return f"{asked.verb} takes no {' and no '.join(strange)}"
    known = {"id": f"K-{secrets.token_hex(8)}", "customer": {"id": customer.id}, "actor": actor, "issued_at": instant(now), **given}
    try:
        return kind.model_validate(known)
    except ValidationError as error:
        return "; ".join(_said(one) for one in error.errors())


def _said(error: Any) -> str:
    name = ".".join(map(str, error["loc"]))
    return _ASKS.get(name, f"{name} is missing") if error["type"] == "missing" else f"{name}: {error['msg']}"


class AskedOutcome(NamedTuple):
    """What became of all of them. `nothing_sent` says why, where some should have been sent and none is known to be."""

    answers: list[Answer]
    nothing_sent: str | None


async def ask(asked: Sequence[Asked], customers: Mapping[str, Customer], actor: str, now: float, send: Send) -> AskedOutcome:
    """Send those that make sense; an answer for each, in the same order."""
    built = [build(one, customers.get(one.task), actor, now) for one in asked]
    commands = [command for command in built if not isinstance(command, str)]
    unsent = dict(zip((command.id for command in commands), await send(commands) if commands else (), strict=True))
    missed = [
        Missed(one.verb, customers[one.task].called, why)
        for one, made in zip(asked, built, strict=True)
        if not isinstance(made, str) and (why := unsent[made.id]) is not None
    ]
    answers = [
        _refused(one, made, customers.get(one.task)) if isinstance(made, str) else _sent(one, made.id, customers[one.task], unsent[made.id])
        for one, made in zip(asked, built, strict=True)
    ]
    return AskedOutcome(answers, said(missed) if missed and len(missed) == len(commands) else None)


def _refused(asked: Asked, why: str, customer: Customer | None) -> Answer:
    return Answer(task=asked.task, customer=customer.called if customer else None, state="refused", error=why)


def _sent(asked: Asked, command: str, customer: Customer, unsent: Unsent | None) -> Answer:
    known = {"task": asked.task, "customer": customer.called}
    if unsent is None:
        return Answer(**known, state="sent", command=command)
    error = said([Missed(asked.verb, customer.called, unsent)])
    if unsent.unknown:
        return Answer(**known, state="unknown", command=command, error=error)
    return Answer(**known, state="not_sent", error=error)
