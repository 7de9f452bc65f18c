"""Commands: what a person asks for, in the imperative. Streams decide them like facts; a refusal is a decision, not an error."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from schemas.customers import Reference
from schemas.message import Instant, Message, Name, Text


class Command(Message):
    """What every command carries. `task` is the task's id; `customer.id` is the customer it belongs to."""

    id: Name
    customer: Reference
    task: Name
    actor: Name
    issued_at: Instant

    @model_validator(mode="after")
    def _whose(self) -> Command:
        if self.customer.id is None:
            raise ValueError("a command names the customer by id: the task shows it")
        return self


class AcknowledgeTask(Command):
    type: Literal["task.acknowledge"] = "task.acknowledge"


class ContactTask(Command):
    """The customer has been spoken to."""

    type: Literal["task.contact"] = "task.contact"
    note: Text | None = None


class ResolveTask(Command):
    type: Literal["task.resolve"] = "task.resolve"
    cause: Text | None = None
    action: Text | None = None
    outcome: Text | None = None


class DismissTask(Command):
    type: Literal["task.dismiss"] = "task.dismiss"
    reason: Text | None = None


class SnoozeTask(Command):
    type: Literal["task.snooze"] = "task.snooze"
    until: Instant


class UndoTask(Command):
    """Take back the command that brought the task into its present status. `undoes` is that command's id."""

    type: Literal["task.undo"] = "task.undo"
    undoes: Name


AnyCommand = AcknowledgeTask | ContactTask | ResolveTask | DismissTask | SnoozeTask | UndoTask
