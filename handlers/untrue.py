"""What later decisions make untrue: a notice that claims something of a task or alert is suppressed once that is no longer so.

What happened (raised, worsened, regressed, closed) stays true and is sent in its order, whatever came later: who keeps a list of tasks must
hear of one before it hears of its end. What is claimed of the present ("nobody has acknowledged it") is sent only while it is so.
What is known are the notices and the snapshots that the handlers have read by the moment of the attempt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.sanitize import storable
from handlers.tables import known_status, notice
from schemas import sentences
from schemas.decisions import About, AlertSnapshot, NoticeKind, Status, TaskSnapshot

_KIND_OF: Mapping[type, About] = {TaskSnapshot: About.TASK, AlertSnapshot: About.ALERT}
RESOLVED_ALERT, ACTIVE_ALERT = "resolved", "active"
_CLOSED = (Status.RESOLVED.value, Status.VERIFIED.value, Status.DISMISSED.value)
_ASLEEP = (Status.SNOOZED.value, *_CLOSED)
"""A task that is snoozed does not warn in its sleep; the end of the snooze is notified, with the due time."""
_NOT_RESOLVED = tuple(status.value for status in Status if status is not Status.RESOLVED)
"""The customer has answered, or the task is open again: nobody is to ask whether it is well."""
_ANEW = (NoticeKind.TASK_CLOSED.value, NoticeKind.TASK_REGRESSED.value)

UNTRUE_WHEN: dict[str, tuple[str, ...]] = {
    NoticeKind.TASK_DUE_SOON.value: (Status.ACKNOWLEDGED.value, Status.CONTACTED.value, *_ASLEEP),
    NoticeKind.TASK_OVERDUE.value: (Status.CONTACTED.value, *_ASLEEP),
    NoticeKind.TASK_UNSOLVED.value: _CLOSED,
    NoticeKind.VERIFICATION_DUE.value: _NOT_RESOLVED,
    NoticeKind.SNOOZE_ENDED.value: _ASLEEP,
    NoticeKind.ALERT_WORSENED.value: (RESOLVED_ALERT,),
}
"""Kind of notice -> how the task or alert stands when it is untrue."""
UNTRUE_AFTER: dict[str, tuple[str, ...]] = {
    NoticeKind.TASK_DUE_SOON.value: (NoticeKind.TASK_OVERDUE.value, *_ANEW),
    NoticeKind.TASK_OVERDUE.value: _ANEW,
    NoticeKind.TASK_UNSOLVED.value: _ANEW,
    NoticeKind.VERIFICATION_DUE.value: _ANEW,
    NoticeKind.SNOOZE_ENDED.value: _ANEW,
    NoticeKind.ALERT_WORSENED.value: (NoticeKind.ALERT_RESOLVED.value,),
}
"""Kind of notice -> kinds of later notices about the same that make it untrue. A regressed task has a clock of its own."""


async def untrue(connection: AsyncConnection, notice_id: str) -> str:
    """Why a notice is no longer true, as a sentence; empty where it is, as far as we know."""
    row = (await connection.execute(select(notice).where(notice.c.id == storable(notice_id)))).first()
    if row is None or row.kind not in UNTRUE_WHEN:
        return ""
    says = f"“{sentences.call('notice', row.kind)}” is no longer true"
    same = (known_status.c.about == row.about, known_status.c.about_kind == row.about_kind)
    stands = select(known_status.c.status).where(*same, known_status.c.version > row.version)
    status = await connection.scalar(stands.where(known_status.c.status.in_(UNTRUE_WHEN[row.kind])))
    if status is not None:
        return f"{says}: the {row.about_kind} is {sentences.call('status', status)} by now"
    after = select(notice.c.kind).where(notice.c.about == row.about, notice.c.seq > row.seq, notice.c.kind.in_(UNTRUE_AFTER[row.kind]))
    later = await connection.scalar(after.order_by(notice.c.seq.desc()).limit(1))
    return "" if later is None else f"{says}: “{sentences.call('notice', later)}” came after it"


async def learn(connection: AsyncConnection, snapshots: Iterable[TaskSnapshot | AlertSnapshot], now: float) -> None:
    """Keep how tasks and alerts stand, by the newest version of each."""
    newest: dict[tuple[str, str], Mapping[str, object]] = {}
    for one in sorted(snapshots, key=lambda one: one.version):
        kind = _KIND_OF[type(one)].value
        stands = {"about": storable(one.id), "version": one.version, "status": _status(one), "seen_at": now}
        newest[kind, one.id] = {"about_kind": kind, **stands}
    if newest:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(known_status)
        values = {name: insert.excluded[name] for name in ("version", "status", "seen_at")}
        later = insert.excluded.version > known_status.c.version
        newer = insert.on_conflict_do_update(index_elements=["about_kind", "about"], set_=values, where=later)
        await connection.execute(newer, [newest[key] for key in sorted(newest)])


def _status(snapshot: TaskSnapshot | AlertSnapshot) -> str:
    if isinstance(snapshot, TaskSnapshot):
        return snapshot.status.value
    return ACTIVE_ALERT if snapshot.active else RESOLVED_ALERT
