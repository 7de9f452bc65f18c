"""The pipeline page: lag, rates, the age of the last event per source, the parts of Makegood and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from console import rows, tables
from console.live import happening
from console.queries import Queries
from console.rows import Json

MINUTES = 60
HAPPENINGS = 50


@dataclass(slots=True)
class Vitals:
    """What the process that feeds the console knows of Kafka. `lags` is records to be decided by partition; None while nobody knows."""

    lags: dict[int, int] | None = None
    behind: int | None = None
    """Records that the read model has still to read."""
    trouble: str | None = None
    """Why Kafka cannot be followed at present."""
    trouble_since: float | None = None
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def lag(self) -> int | None:
        return None if self.lags is None else sum(self.lags.values())


async def page(queries: Queries, vitals: Vitals) -> Json:
    """Everything on the page."""
    now = queries.clock()
    async with queries.engine.connect() as db:
        minutes = await _minutes(db, now)
        s = tables.source.c
        return {
            "server_time": rows.iso(now),
            "partitions": [{"partition": number, "lag": lag} for number, lag in sorted((vitals.lags or {}).items())],
            "lag": vitals.lag,
            "rate": {"facts_per_min": _rate(minutes["facts"]), "decisions_per_min": _rate(minutes["decisions"])},
            "minutes": minutes,
            "sources": [_source(row) for row in (await db.execute(select(tables.source).order_by(s.last_arrived_at.desc()))).mappings()],
            "waiting": await db.scalar(select(func.count()).select_from(tables.waiting)),
            "dead_letters": await _letters(db),
            "parts": await _parts(db, vitals, now),
            "happenings": [happening(row) for row in await _happenings(db)],
            "reading": {"behind_records": vitals.behind, "as_of": rows.iso(now), "trouble": vitals.trouble},
        }


async def _minutes(db: AsyncConnection, now: float) -> dict[str, list[int]]:
    latest = int(now // 60)
    m = tables.minute.c
    found = {row.minute: row for row in await db.execute(select(tables.minute).where(m.minute > latest - MINUTES))}
    span = range(latest - MINUTES + 1, latest + 1)
    return {
        "t": [minute * 60 for minute in span],
        "facts": [found[minute].facts if minute in found else 0 for minute in span],
        "decisions": [found[minute].decisions if minute in found else 0 for minute in span],
    }


def _rate(counts: list[int]) -> float:
    """A minute's mean over the last five whole minutes."""
    return round(sum(counts[-6:-1]) / 5, 1)


def _source(row: Any) -> Json:
    times = {name: rows.iso(row[name]) for name in ("last_event_at", "last_arrived_at")}
    return {"source": row["source"], "facts": row["facts"], **times}


async def _letters(db: AsyncConnection) -> int:
    """Dead letters that nobody has replayed."""
    open_ones = select(func.count()).select_from(tables.dead_letter).where(tables.dead_letter.c.id.not_in(select(tables.replayed.c.id)))
    return await db.scalar(open_ones) or 0


async def _happenings(db: AsyncConnection) -> list[Any]:
    h = tables.happening.c
    return list((await db.execute(select(tables.happening).order_by(h.at.desc(), h.id.desc()).limit(HAPPENINGS))).mappings())


async def _parts(db: AsyncConnection, vitals: Vitals, now: float) -> list[Json]:
    """Each part by its last word; this console knows of itself that it runs, and of Kafka whether it can be read."""
    h = tables.happening.c
    last = select(h.part, func.max(h.at).label("at")).group_by(h.part).subquery()
    found = await db.execute(select(tables.happening).join(last, (last.c.part == h.part) & (last.c.at == h.at)))
    parts = {row["part"]: _part(row["part"], row["state"], row["at"], row["sentence"]) for row in found.mappings()}
    if vitals.trouble:
        parts["kafka"] = _part("kafka", "down", vitals.trouble_since or now, vitals.trouble)
    return [parts[name] for name in sorted(parts)]


def _part(name: str, state: str, at: float, sentence: str) -> Json:
    return {"name": name, "state": state, "since": rows.iso(at), "detail": sentence}
