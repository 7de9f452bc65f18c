"""Rows as the board gets them: tasks, alerts, commands, deliveries and timeline entries as JSON objects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, and_, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from console import tables
from console.fold import RESPONDED
from schemas.deliveries import Outcome

Json = dict[str, Any]
_OF_SNAPSHOT = (
    "id", "version", "customer", "customer_name", "tier", "hic", "cause", "status", "priority", "score", "sentence", "owner",
    "next_step", "opened_at", "due_at", "snoozed_until", "changed_at", "changed_by", "regressions",
)  # fmt: skip
_OF_ALERT = (
    "id", "version", "customer", "customer_name", "tier", "hic", "active", "level", "chance", "value_at_risk", "signals", "sentence",
    "raised_at", "changed_at", "resolved_because",
)  # fmt: skip
PENDING_S = 600
"""A command without a verdict for so long is no longer shown as sent: its page still says that nothing was decided."""


def iso(at: float | None) -> str | None:
    """Seconds since 1970 as ISO 8601 in UTC, to the millisecond."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def tasks(connection: AsyncConnection, snapshots: Sequence[str], now: float) -> list[Json]:
    """Task rows from snapshots (JSON text), with what is pending and what became of the last attempt to notify people."""
    found = [json.loads(snapshot) for snapshot in snapshots]
    ids = [task["id"] for task in found]
    pending, deliveries = await _pending(connection, ids, now), await _last_deliveries(connection, ids)
    return [_task(task, pending.get(task["id"]), deliveries.get(task["id"])) for task in found]


def _task(task: Json, pending: Json | None, delivery: Json | None) -> Json:
    responded = task["status"] in RESPONDED
    return {**{name: task.get(name) for name in _OF_SNAPSHOT}, "responded": responded, "pending": pending, "delivery": delivery}


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
    suppressed = d.outcome == literal_column(f"'{Outcome.SUPPRESSED.value}'")  # a literal, so that it is the same where it is grouped by
    last = (
        select(d.about, func.max(d.at).label("at"), suppressed.label("suppressed"))
        .where(d.about.in_(ids))
        .group_by(d.about, suppressed)
        .subquery()
    )
    statement = (
        select(d.about, d.outcome, d.destination, d.at)
        .join(last, and_(last.c.about == d.about, last.c.at == d.at, last.c.suppressed == suppressed))
        .order_by(suppressed.desc(), d.attempt, d.id)
    )
    found = await connection.execute(statement)
    return {row.about: {"outcome": row.outcome, "destination": row.destination, "at": iso(row.at)} for row in found}


def alert(snapshot: str, currency: str) -> Json:
    """An alert row."""
    known = json.loads(snapshot)
    return {**{name: known.get(name) for name in _OF_ALERT}, "currency": currency}


def commands(rows: Iterable[RowMapping]) -> list[Json]:
    """Commands with what was decided about them. Rows: the columns of command, and `state` and `sentence` of its verdict or None."""
    return [
        {
            "id": row["id"],
            "task": row["task"],
            "verb": row["verb"],
            "actor": row["actor"],
            "at": iso(row["at"]),
            "state": row["state"] or "sent",
            "sentence": row["sentence"] or row["detail"],
        }
        for row in rows
    ]


def with_verdicts() -> Any:
    """Select commands with their verdicts."""
    v = tables.verdict.c
    return select(tables.command, v.state, v.sentence).join(tables.verdict, v.input == tables.command.c.input, isouter=True)


def delivery(row: RowMapping) -> Json:
    shown = ("id", "notice", "destination", "channel", "attempt", "outcome", "detail")
    return {**{name: row[name] for name in shown}, "at": iso(row["at"]), "next_at": iso(row["next_at"])}


def entry(row: RowMapping) -> Json:
    """A timeline entry, with a link to what it is about."""
    shown = {name: row[name] for name in ("kind", "type", "id", "title", "detail")}
    return {**shown, "at": iso(row["at"]), "link": link(row["about"])}


def link(about: str | None) -> str | None:
    """The page of a task or alert, by the first letters of its id."""
    pages = {"T-": "tasks", "A-": "alerts"}
    return next((f"/{page}/{about}" for prefix, page in pages.items() if (about or "").startswith(prefix)), None)


def dead_letter(row: RowMapping, value: bytes) -> Json:
    shown = {name: row[name] for name in ("id", "topic", "partition", "offset", "fault", "error")}
    preview = value[:160].decode("utf-8", "replace")
    return {**shown, "at": iso(row["at"]), "replayed_at": iso(row["replayed_at"]), "size": len(value), "preview": preview}


def service_event(row: Any) -> Json:
    """What happened to a service."""
    return {"at": iso(row["at"]), "service": row["service"], "state": row["state"], "sentence": row["sentence"]}
