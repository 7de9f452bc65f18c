"""The delivery ledger: the one truth of what is still to be sent, and the outbox of what became of it.

What holds, through any crash of any process at any point:

1. A notice is in the ledger before its offset is committed: what was read twice is there once, by the key (notice, destination).
2. A delivery is claimed before it is sent: a conditional update counts `attempts` up, sets ATTEMPTING and a lease. Of several processes one
   wins, and it alone sends, for less time than the lease lasts.
3. The outcome is written after the send, with its outbox row, in one transaction. A process that dies in between leaves a lease; when that is
   over the delivery is claimed anew and sent again with the same key: at most one duplicate for each death, and nothing lost.
4. Who settles names the attempt that it claimed: a process that slept through its lease changes nothing, except that DELIVERED always counts.
5. Of the notices about one task for one destination only the oldest that is unsettled is claimed; and what is no longer true by what was
   read until then is suppressed in the claim itself (handlers/turns.py, handlers/untrue.py).
6. An outbox row is marked as published after the topic has it: it may come twice, with the same id, and never not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Row, Table, and_, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.delivery_records import Delivery, attempted
from handlers.sanitize import storable
from handlers.tables import NEVER_HELD, State, delivery, notice, outcome
from handlers.turns import is_head, next_turn, turn_of
from handlers.untrue import learn, untrue
from schemas.decisions import AlertSnapshot, TaskSnapshot
from schemas.deliveries import NoticeAttempted, Outcome

INTERRUPTED = "the handlers were interrupted during this attempt; whether it arrived is not known, so it is sent again with the same key"
_DELIVERY = tuple(delivery.c[name] for name in Delivery._fields)
_HELD_AT_ONCE = 500


class Place(NamedTuple):
    """Where a notice goes: a destination by name, or, where the state says so, nowhere, and why."""

    destination: str
    channel: str | None
    state: State = State.PENDING
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A notice that was read, and where it goes. Times are seconds since 1970; `body` is the notice as JSON; `seq` is given by the ledger.

    `kind` and `about_kind` are None for what is no notice that can be read.
    """

    notice: str
    route: str
    body: str
    priority: str
    at: float
    about: str
    customer: str
    places: tuple[Place, ...]
    kind: str | None = None
    about_kind: str | None = None
    version: int = 0
    due_in_s: float = 0.0
    seq: int = 0


class Claim(NamedTuple):
    """A delivery that is ours until `leased_until`, and the notice as JSON; or one that was suppressed, and why."""

    delivery: Delivery
    body: str
    leased_until: float
    untrue: str = ""


class Ledger:
    """The ledger in a database: SQLite or PostgreSQL."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def take(self, arrivals: Sequence[Arrival], now: float) -> list[Arrival]:
        """Write down what arrived, in its order; returns what was new. In one transaction: all of it or nothing."""
        unique = {storable(arrival.notice): arrival for arrival in arrivals}
        async with self.engine.begin() as connection:
            known = set(await connection.scalars(select(notice.c.id).where(notice.c.id.in_(list(unique)))))
            numbered = await _numbered(connection, {key: one for key, one in unique.items() if key not in known})
            new = [numbered[key] for key in sorted(numbered)]  # one order for all, so that two processes never wait crosswise
            await insert_new(connection, notice, [_row_of(one, now) for one in new])
            await insert_new(connection, delivery, [row for one in new for row in rows_of(one, one.places, now)])
            await put(connection, [record for one in new for record in _settled_on_arrival(one, now)])
        return new

    async def learn(self, snapshots: Sequence[TaskSnapshot | AlertSnapshot], now: float) -> None:
        """Write down how tasks and alerts stand."""
        async with self.engine.begin() as connection:
            await learn(connection, snapshots, now)

    async def claim(self, destination: str, now: float, lease_s: float) -> Claim | None:
        """Take the delivery whose turn it is, so that nobody else sends it, or suppress it; None where nothing is due."""
        while True:
            async with self.engine.connect() as connection:
                row = (await connection.execute(next_turn(destination, now))).first()
            if row is None:
                return None
            async with self.engine.begin() as connection:
                claim = await _claimed(connection, row, now, lease_s)
            if claim is not None:  # else another process was quicker
                return claim

    async def settle(
        self, claimed: Delivery, state: State, record: NoticeAttempted, next_at: float, fallback: Sequence[Place] = ()
    ) -> None:
        """Write what became of an attempt, and its record; `fallback` are the destinations that get it then."""
        now = record.at.timestamp()
        counts = delivery.c.state != State.DELIVERED if state is State.DELIVERED else and_(*_as_seen(claimed, State.ATTEMPTING))
        async with self.engine.begin() as connection:
            changed = await connection.execute(
                update(delivery)
                .where(*_key(claimed), counts)
                .values(state=state, next_at=next_at, changed_at=now, detail=storable(record.detail))
            )
            await put(connection, [record])
            if changed.rowcount and fallback:
                await add_places(connection, claimed.notice, fallback, now)

    async def hold(self, destination: str, now: float, until: float, why: str) -> int:
        """What is due before `until` waits till then; it is published once for each attempt that was begun, not each time. Returns how many."""
        pending = and_(delivery.c.destination == destination, delivery.c.state == State.PENDING)
        new = and_(pending, delivery.c.held_for != delivery.c.attempts, delivery.c.next_at < until)
        async with self.engine.begin() as connection:
            rows = (await connection.execute(select(*_DELIVERY).where(new).order_by(delivery.c.notice).limit(_HELD_AT_ONCE))).all()
            held = [Delivery(*row) for row in rows]
            await put(connection, [attempted(one, Outcome.HELD, why, now, until) for one in held])
            mine = and_(new, delivery.c.notice.in_([storable(one.notice) for one in held]))
            if held:
                values = {"held_for": delivery.c.attempts, "next_at": until, "changed_at": now, "detail": storable(why)}
                await connection.execute(update(delivery).where(mine).values(values))
            await connection.execute(
                update(delivery)
                .where(pending, delivery.c.held_for == delivery.c.attempts, delivery.c.next_at < until)
                .values(next_at=until)
            )
        return len(held)

    async def give_up(self, destination: str, seen_before: float, now: float, why: str, fallback: Sequence[Place]) -> list[Delivery]:
        """End what has been pending since before `seen_before`; returns it."""
        pending = (delivery.c.destination == destination, delivery.c.state == State.PENDING, delivery.c.seen_at < seen_before)
        async with self.engine.begin() as connection:
            rows = (await connection.execute(select(*_DELIVERY).where(*pending).order_by(delivery.c.notice))).all()
            given_up = []
            for one in (Delivery(*row) for row in rows):
                values = {"state": State.GIVEN_UP, "changed_at": now, "detail": storable(why)}
                ended = await connection.execute(update(delivery).where(*_as_seen(one, State.PENDING)).values(values))
                if ended.rowcount:
                    given_up.append(one)
                    await put(connection, [attempted(one, Outcome.GIVEN_UP, why, now)])
                    await add_places(connection, one.notice, fallback, now)
        return given_up


async def _claimed(connection: AsyncConnection, row: Row[Any], now: float, lease_s: float) -> Claim | None:
    """What is untrue is asked after the row is ours: who took in the reason for it before that is heard."""
    before = Delivery(*row[: len(_DELIVERY)])
    begun = before._replace(attempts=before.attempts + 1)
    values = {"state": State.ATTEMPTING, "attempts": begun.attempts, "leased_until": now + lease_s, "changed_at": now}
    won = await connection.execute(update(delivery).where(*_as_seen(before, row.state), is_head(before)).values(values))
    if not won.rowcount:
        return None
    if row.state == State.ATTEMPTING:
        await put(connection, [attempted(before, Outcome.FAILED, INTERRUPTED, now, now)])
    why = await untrue(connection, before.notice)
    if not why:
        return Claim(begun, row.body, now + lease_s)
    suppressed = {"state": State.SUPPRESSED, "attempts": before.attempts, "detail": storable(why)}
    await connection.execute(update(delivery).where(*_key(before)).values(suppressed))
    await put(connection, [attempted(before, Outcome.SUPPRESSED, why, now)])
    return Claim(before, row.body, now, why)


async def _numbered(connection: AsyncConnection, new: dict[str, Arrival]) -> dict[str, Arrival]:
    """Each arrival with its place among the notices about the same task."""
    abouts = {storable(one.about) for one in new.values()}
    found = await connection.execute(
        select(notice.c.about, func.max(notice.c.seq)).where(notice.c.about.in_(abouts)).group_by(notice.c.about)
    )
    last = {row[0]: row[1] for row in found}
    numbered = {}
    for key, one in new.items():
        about = storable(one.about)
        last[about] = last.get(about, 0) + 1
        numbered[key] = replace(one, seq=last[about])
    return numbered


def _key(one: Delivery) -> tuple[Any, Any]:
    return delivery.c.notice == one.notice, delivery.c.destination == one.destination


def _as_seen(one: Delivery, state: str) -> tuple[Any, ...]:
    """Only if nothing has happened to it since: the count of attempts names who may change it."""
    return *_key(one), delivery.c.attempts == one.attempts, delivery.c.state == state


def _row_of(arrival: Arrival, now: float) -> dict[str, Any]:
    texts = {"id": arrival.notice, "route": arrival.route, "body": arrival.body, "about": arrival.about}
    kinds = {"kind": arrival.kind, "about_kind": arrival.about_kind}
    return {name: storable(text) for name, text in texts.items()} | kinds | {"version": arrival.version, "seq": arrival.seq, "seen_at": now}


def rows_of(arrival: Arrival, places: Iterable[Place], now: float) -> list[dict[str, Any]]:
    """The rows of a notice for its places."""
    shared = {"priority": arrival.priority, "at": arrival.at, "about": storable(arrival.about), "customer": storable(arrival.customer)}
    kinds = {"kind": arrival.kind, "about_kind": arrival.about_kind}
    counts = {
        "attempts": 0,
        "held_for": NEVER_HELD,
        "seen_at": now,
        "next_at": now + arrival.due_in_s,
        "leased_until": 0.0,
        "changed_at": now,
    }
    return [
        {"notice": storable(arrival.notice), "destination": storable(place.destination), "channel": place.channel}
        | {"state": place.state, "detail": storable(place.detail)}
        | shared
        | kinds
        | counts
        | {"seq": arrival.seq, "turn": turn_of(arrival.priority, arrival.at)}
        for place in places
    ]


_OUTCOME_OF = {State.UNROUTED: Outcome.UNROUTED, State.SUPPRESSED: Outcome.SUPPRESSED}


def _settled_on_arrival(arrival: Arrival, now: float) -> list[NoticeAttempted]:
    """The records of what is settled by its arrival."""
    return [
        attempted(_nowhere(arrival, place.destination, now), _OUTCOME_OF[place.state], place.detail, now)
        for place in arrival.places
        if place.state in _OUTCOME_OF
    ]


def _nowhere(arrival: Arrival, name: str, now: float) -> Delivery:
    """The delivery that there is not: `name` is the route's."""
    return Delivery(
        notice=storable(arrival.notice),
        destination=storable(name),
        channel=None,
        about=storable(arrival.about),
        customer=storable(arrival.customer),
        attempts=0,
        seen_at=now,
        kind=arrival.kind,
        about_kind=arrival.about_kind,
    )


async def add_places(connection: AsyncConnection, notice_id: str, places: Sequence[Place], now: float) -> None:
    """A notice that is in the ledger goes to these places too, where it does not yet."""
    row = (await connection.execute(select(delivery).where(delivery.c.notice == notice_id).limit(1))).mappings().first()
    if row is not None:
        like = {name: row[name] for name in ("priority", "at", "about", "customer", "kind", "about_kind", "seq")}
        arrival = Arrival(notice=notice_id, route="", body="", places=(), **like)
        await insert_new(connection, delivery, rows_of(arrival, places, now))


async def insert_new(connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; those whose key is there stay as they are."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    if rows:
        await connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))


async def put(connection: AsyncConnection, records: Sequence[NoticeAttempted]) -> None:
    """Into the outbox, each id once."""
    rows = [{"id": r.id, "notice": r.notice, "body": storable(r.model_dump_json()), "published": False} for r in records]
    await insert_new(connection, outcome, rows)
