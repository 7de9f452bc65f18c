"""Asking: what a person clicks becomes commands on a topic; each is answered on its own, the decision comes by the live stream."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.commands import AcknowledgeTask, AnyCommand, ContactTask, DismissTask, ResolveTask, SnoozeTask, UndoTask
from schemas.message import Instant, Name, Text, instant

Verb = Literal["acknowledge", "contact", "resolve", "dismiss", "snooze", "undo"]
Send = Callable[[Sequence[AnyCommand]], Awaitable[None]]
"""Writes commands to Kafka and returns when they are durable. Raises NotSent."""

MOST_AT_ONCE = 500


class NotSent(RuntimeError):
    """Kafka did not take the commands in time: nothing is known to have happened, and asking again is safe."""


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
    """What became of one of them: the id of the command that was sent, or why it was not."""

    task: str
    command: str | None = None
    error: str | None = None


KINDS: dict[str, type[AcknowledgeTask | ContactTask | ResolveTask | DismissTask | SnoozeTask | UndoTask]] = {
    "acknowledge": AcknowledgeTask,
    "contact": ContactTask,
    "resolve": ResolveTask,
    "dismiss": DismissTask,
    "snooze": SnoozeTask,
    "undo": UndoTask,
}


_ASKS = {
    "until": "a snooze says until when",
    "undoes": "an undo names the command that it takes back",
}


def build(asked: Asked, customer: str | None, actor: str, now: float) -> AnyCommand | str:
    """The command, or a sentence that says why there is none."""
    if customer is None:
        return f"there is no task {asked.task} on the board"
    kind, given = KINDS[asked.verb], asked.model_dump(exclude={"verb"}, exclude_none=True)
    if strange := sorted(given.keys() - kind.model_fields.keys()):
        return f"{asked.verb} takes no {' and no '.join(strange)}"
    known = {"id": f"K-{secrets.token_hex(8)}", "customer": {"id": customer}, "actor": actor, "issued_at": instant(now), **given}
    try:
        return kind.model_validate(known)
    except ValidationError as error:
        return "; ".join(_said(one) for one in error.errors())


def _said(error: Any) -> str:
    name = ".".join(map(str, error["loc"]))
    return _ASKS.get(name, f"{name} is missing") if error["type"] == "missing" else f"{name}: {error['msg']}"


async def ask(asked: Sequence[Asked], customers: dict[str, str], actor: str, now: float, send: Send) -> list[Answer]:
    """Send those that make sense; an answer for each, in the same order. Raises NotSent."""
    built = [build(one, customers.get(one.task), actor, now) for one in asked]
    if commands := [command for command in built if not isinstance(command, str)]:
        await send(commands)
    return [
        Answer(task=one.task, error=made) if isinstance(made, str) else Answer(task=one.task, command=made.id)
        for one, made in zip(asked, built, strict=True)
    ]
