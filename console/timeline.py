"""Entries of a timeline as the board gets them: each message said in the reader's language, with a link to what it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import RowMapping

from console.database import storable
from console.reader import Reader
from schemas import sentences
from schemas.commands import AnyCommand
from schemas.decisions import About, Decision
from schemas.deliveries import NoticeAttempted
from schemas.inputs import FACT
from schemas.sentences import HistoryText

_COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)
PAGES = {About.TASK.value: "tasks", About.ALERT.value: "alerts"}


def entry(row: RowMapping, at: str | None, reader: Reader) -> dict[str, Any]:
    """An entry, `at` written for the board."""
    title, detail = SAYS[row["kind"]](row["message"], reader)
    same = {name: row[name] for name in ("kind", "type", "id", "about", "about_kind")}
    return {**same, "title": storable(title), "detail": storable(detail), "at": at, "link": link(row["about_kind"], row["about"])}


def link(about_kind: str | None, about: str | None) -> str | None:
    """The page of a task or alert; None where it is about something else."""
    page = PAGES.get(about_kind) if about_kind else None
    return f"/{page}/{about}" if page else None


def _decision(message: str, reader: Reader) -> HistoryText:
    made = Decision.model_validate_json(message).model_copy(update={"task": None})  # the entry links to it, and names no id
    return HistoryText(reader.call("verdict", made.verdict.value), reader.decided(made))


def _delivery(message: str, _: Reader) -> HistoryText:
    made = NoticeAttempted.model_validate_json(message)
    return HistoryText(made.destination, made.detail)


SAYS: dict[str, Callable[[str, Reader], HistoryText]] = {
    "fact": lambda message, reader: sentences.say_fact(FACT.validate_json(message), *reader),
    "decision": _decision,
    "delivery": _delivery,
    "command": lambda message, reader: sentences.say_command(_COMMAND.validate_json(message), *reader),
}


def said_with(message: str, reader: Reader) -> str:
    """What was said with a command."""
    return sentences.say_command(_COMMAND.validate_json(message), *reader).detail
