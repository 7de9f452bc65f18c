"""Rows as the board gets them: tasks, alerts, commands and deliveries as JSON objects, with sentences for whoever reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from console import tables
from console.fold import RESPONDED
from console.reader import Reader
from console.timeline import said_with
from schemas import sentences
from schemas.decisions import AlertSnapshot, Decision, Verdict
from schemas.deliveries import Outcome

Json = dict[str, Any]
_OF_SNAPSHOT = (
    "id", "version", "customer", "customer_name", "tier", "hic", "hic_why", "chance", "cause", "status", "priority", "score", "why",
    "owner", "opened_at", "due_at", "snoozed_until", "changed_at", "changed_by", "moved_at", "moved_by", "acknowledged_at",
    "acknowledged_by", "regressions",
)  # fmt: skip
_OF_ALERT = (
    "id", "version", "customer", "customer_name", "tier", "hic", "hic_why", "active", "level", "chance", "value_at_risk", "currency",
    "raised_at", "changed_at", "resolved_why", "newest_at", "without_signals",
)  # fmt: skip
PENDING_S = 600
"""A command without a verdict for so long is no longer shown as sent: its page still says that nothing was decided."""


class Row(NamedTuple):
    """What the read model has, once for all; `render` makes of it what one reader gets."""

    id: str
    render: Callable[[Reader], Json]


def iso(at: float | None) -> str | None:
    """Seconds since 1970 as ISO 8601 in UTC, to the millisecond."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# -- tasks and alerts --------------------------------------------------------------------------------------------------------------


def snapshots(table: Any, *columns: Any) -> Any:
    """Select snapshots of tasks or alerts, each with the customer's chance of leaving: one number, wherever it is shown."""
    c = tables.customer.c
    return select(table.c.snapshot, c.chance, *columns).join(tables.customer, c.id == table.c.customer, isouter=True)


def _known(found: Any) -> Json:
    known: Json = json.loads(found.snapshot)
    return known if found.chance is None else {**known, "chance": found.chance}


async def tasks(connection: AsyncConnection, found: Sequence[Any], now: float) -> list[Row]:
    """Task rows from `snapshots`, with what is pending and what became of the last attempt to notify people."""
    known = [_known(one) for one in found]
    ids = [task["id"] for task in known]
    pending, deliveries = await _pending(connection, ids, now), await _last_deliveries(connection, ids)
    return [_task(task, pending.get(task["id"]), deliveries.get(task["id"])) for task in known]


def _task(task: Json, pending: Json | None, delivery: Json | None) -> Row:
    plain = {name: task.get(name) for name in _OF_SNAPSHOT}
    plain |= {"responded": task["status"] in RESPONDED, "pending": pending, "delivery": delivery}

    def render(reader: Reader) -> Json:
        next_step = task.get("next_step") or sentences.next_step(task["cause"], reader.language)
        return {
            **plain,
            "sentence": reader.says_data(task["why"]),
            "hic_because": reader.says_data(task.get("hic_why")),
            "next_step": next_step,
        }

    return Row(task["id"], render)


def task_details(task: Json, reader: Reader) -> Json:
    """What only the page of a task shows of its snapshot."""
    addends = [{**one, "called": reader.call("addend", one["name"]), "because": reader.says_data(one["why"])} for one in task["addends"]]
    evidence = [{**one, "sentence": reader.says_data(one["why"])} for one in task["evidence"]]
    ended = task.get("resolution")
    resolution = {**ended, "because": reader.says_data(ended.get("why"))} if ended else None
    return {"addends": addends, "evidence": evidence, "resolution": resolution, "follows": task.get("follows"), "basis": task["basis"]}


async def _pending(connection: AsyncConnection, ids: Sequence[str], now: float) -> dict[str, Json]:
    c = tables.command.c
    statement = (
        select(c.id, c.task, c.verb, c.actor, c.at)
        .join(tables.verdict, tables.verdict.c.input == c.input, isouter=True)
        .where(c.task.in_(ids), tables.verdict.c.input.is_(None), c.at > now - PENDING_S)
        .order_by(c.at)
    )
    found = await connection.execute(statement)
    return {row.task: {"command": row.id, "verb": row.verb, "actor": row.actor, "at": iso(row.at)} for row in found}


async def _last_deliveries(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, Json]:
    """What was suppressed stands for a task only where nothing else was tried: it hides no page that was sent."""
    d = tables.delivery.c
    suppressed = d.outcome == literal_column(f"'{Outcome.SUPPRESSED.value}'")
    newest = func.row_number().over(partition_by=d.about, order_by=(suppressed, d.at.desc(), d.attempt.desc(), d.id.desc()))
    last = select(d.about, d.outcome, d.destination, d.at, newest.label("place")).where(d.about.in_(ids)).subquery()
    found = await connection.execute(select(last).where(last.c.place == 1))
    return {row.about: {"outcome": row.outcome, "destination": row.destination, "at": iso(row.at)} for row in found}


def alert(found: Any, currency: str) -> Row:
    """An alert row from `snapshots`. `currency` is that of values where the alert names none."""
    known = _known(found)
    snapshot = AlertSnapshot.model_validate(known)
    plain = {name: known.get(name) for name in _OF_ALERT} | {"currency": known.get("currency") or currency}

    def render(reader: Reader) -> Json:
        signals = [
            {**one, "called": reader.call("signal", one["name"]), "sentence": reader.says_data(one["why"])} for one in known["signals"]
        ]
        reasons = {"hic_because": reader.says_data(known.get("hic_why")), "resolved_because": reader.says_data(known.get("resolved_why"))}
        changed = [reader.says_data(one) for one in known.get("changes", ())]
        return {
            **plain,
            **reasons,
            "signals": signals,
            "changed": changed,
            "sentence": sentences.say_alert(snapshot, reader.language, reader.zone),
        }

    return Row(known["id"], render)


# -- commands and what became of them ----------------------------------------------------------------------------------------------


def with_verdicts() -> Any:
    """Select commands with their verdicts."""
    v = tables.verdict.c
    return select(tables.command, v.state, v.message.label("verdict")).join(tables.verdict, v.input == tables.command.c.input, isouter=True)


def commands(found: Iterable[RowMapping]) -> list[Row]:
    """Commands with what was decided about them, from `with_verdicts`."""
    return [_command(row) for row in found]


def _command(row: RowMapping) -> Row:
    verdict = json.loads(row["verdict"]) if row["verdict"] else {}
    plain = {**{name: row[name] for name in ("id", "task", "verb", "actor")}, "at": iso(row["at"])}
    plain |= {"state": row["state"] or "sent", "why": verdict.get("why")}

    def render(reader: Reader) -> Json:
        return {**plain, "sentence": _judged(verdict, reader) if verdict else said_with(row["message"], reader)}

    return Row(row["id"], render)


def _judged(verdict: Json, reader: Reader) -> str:
    """What was decided; of a refusal why, as the predicate of a sentence about the task."""
    if verdict["type"] == "dead.letter":
        return sentences.say_undecided(verdict["fault"], verdict["error"], reader.language)
    made = Decision.model_validate(verdict)
    return reader.says(made.why) if made.verdict is Verdict.COMMAND_REFUSED else reader.decided(made)


def delivery(row: RowMapping) -> Json:
    shown = ("id", "notice", "kind", "about", "about_kind", "destination", "channel", "attempt", "outcome", "detail")
    return {**{name: row[name] for name in shown}, "at": iso(row["at"]), "next_at": iso(row["next_at"])}


# -- what Makegood itself went through ---------------------------------------------------------------------------------------------


def dead_letter(row: RowMapping, value: bytes) -> Json:
    shown = {name: row[name] for name in ("id", "topic", "partition", "offset", "fault", "error", "size", "whole")}
    preview = value[:160].decode("utf-8", "replace")
    return {**shown, "at": iso(row["at"]), "replayed_at": iso(row["replayed_at"]), "preview": preview}


def service_event(row: Any) -> Json:
    """What happened to a service."""
    return {"at": iso(row["at"]), "service": row["service"], "state": row["state"], "sentence": row["sentence"]}
