"""Incidents: the log of a ServiceNow desk. One row is one state of one incident; facts are the differences between states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from makegood.kafka.input_records import InputRecord, of_fact
from makegood.replay.histories.records import Meter, Row, facts, in_order, local, local_if_any
from schemas.customers import Reference
from schemas.facts import Fact, Severity, TicketOpened, TicketReassigned, TicketReopened, TicketResolved, TicketUpdated

COLUMNS = (
    "ts",
    "number",
    "incident_state",
    "reassignment_count",
    "reopen_count",
    "sys_mod_count",
    "made_sla",
    "caller_id",
    "opened_at",
    "priority",
)
SEVERITY = {"1": Severity.URGENT, "2": Severity.HIGH, "3": Severity.NORMAL, "4": Severity.LOW}
ENDED = frozenset({"Resolved", "Closed"})


class _State(NamedTuple):
    reassigned: int
    reopened: int
    severity: Severity
    in_time: bool
    ended: bool


def read(paths: Sequence[Path], where: ZoneInfo, meter: Meter) -> Iterator[InputRecord]:
    """Tickets opened, updated, handed on, reopened, resolved; several files in the order of time.

    When an incident will be resolved and closed is in every row, and never used: what a row says holds from its own time on.
    """
    known: dict[str, _State] = {}

    def make(row: Row) -> Iterator[Fact]:
        now, before = _state(row), known.get(row["number"])
        yield from _facts(row, before, now, where)
        known[row["number"]] = now

    return map(of_fact, in_order(chain.from_iterable(facts(path, COLUMNS, meter, make) for path in paths)))


def _state(row: Row) -> _State:
    return _State(
        int(row["reassignment_count"] or 0),
        int(row["reopen_count"] or 0),
        SEVERITY.get(row["priority"][:1], Severity.NORMAL),
        row["made_sla"] != "False",
        row["incident_state"] in ENDED,
    )


def _facts(row: Row, before: _State | None, now: _State, where: ZoneInfo) -> Iterator[Fact]:
    number, version, caller = row["number"], int(row["sys_mod_count"] or 0), row["caller_id"]
    at = local(row["ts"], where)
    base: dict[str, Any] = {
        "source": "incidents",
        "object": number,
        "version": version,
        "occurred_at": at,
        "customer": Reference(id=caller) if caller and caller != "?" else Reference(aliases=(f"incident:{number}",)),
    }
    if before is None:
        opened = local_if_any(row["opened_at"], where) or at
        first = base | {"occurred_at": min(opened, at)}
        yield TicketOpened(id=f"{number}-opened", severity=now.severity, category=row.get("category") or None, **first)
        before = _State(0, 0, now.severity, in_time=True, ended=False)
    resolved, missed = now.ended and not before.ended, before.in_time and not now.in_time
    severity = now.severity if now.severity is not before.severity else None
    if severity is not None or (missed and not resolved):
        state = row["incident_state"] or None
        yield TicketUpdated(id=f"{number}-{version}-updated", severity=severity, status=state, target_missed=missed or None, **base)
    if now.reassigned > before.reassigned:
        assignee = row.get("assigned_to") or row.get("assignment_group") or None
        yield TicketReassigned(id=f"{number}-{version}-reassigned", assignee=assignee, times=now.reassigned, **base)
    if now.reopened > before.reopened:
        yield TicketReopened(id=f"{number}-{version}-reopened", times=now.reopened, **base)
    if resolved:
        yield TicketResolved(id=f"{number}-{version}-resolved", target_missed=not now.in_time, **base)
