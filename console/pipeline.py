"""The pipeline page: lag, rates, the age of the last event per source, the services of Makegood and what happened to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from console import rows, tables
from console.pipeline_health import PipelineHealth
from console.queries import Queries
from console.rows import Json

MINUTES = 60
SERVICE_EVENTS_SHOWN = 50


async def page(queries: Queries, health: PipelineHealth) -> Json:
    """Everything on the page."""
    now = queries.clock()
    async with queries.engine.connect() as db:
        change = await queries.change(db)
        minutes = await _minutes(db, now)
        s = tables.source.c
        return {
            "change": change,
            "server_time": rows.iso(now),
            "partitions": [{"partition": number, "lag": lag} for number, lag in sorted((health.lags or {}).items())],
            "lag": health.lag,
            "rate": {"facts_per_min": _rate(minutes["facts"]), "decisions_per_min": _rate(minutes["decisions"])},
            "minutes": minutes,
            "sources": [_source(row) for row in (await db.execute(select(tables.source).order_by(s.last_arrived_at.desc()))).mappings()],
            "waiting": await db.scalar(select(func.count()).select_from(tables.unresolved)),
            "dead_letters": await _letters(db),
            "services": await _services(db, health),
            "service_events": [rows.service_event(row) for row in await _service_events(db)],
            "reading": {
                "behind_records": health.behind,
                "as_of": rows.iso(health.as_of),
                "trouble": health.trouble,
                "trouble_since": rows.iso(health.trouble_since),
            },
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


async def _service_events(db: AsyncConnection) -> list[Any]:
    h = tables.service_event.c
    return list((await db.execute(select(tables.service_event).order_by(h.at.desc(), h.id.desc()).limit(SERVICE_EVENTS_SHOWN))).mappings())


async def _services(db: AsyncConnection, health: PipelineHealth) -> list[Json]:
    """Each service by its last word; whether Kafka can be read this console knows itself."""
    h = tables.service_event.c
    newest = select(
        tables.service_event, func.row_number().over(partition_by=h.service, order_by=(h.at.desc(), h.id.desc())).label("place")
    ).subquery()
    found = (await db.execute(select(newest).where(newest.c.place == 1))).mappings()
    services = {row["service"]: _service(row["service"], row["state"], row["at"], row["sentence"]) for row in found}
    if health.trouble:
        services["kafka"] = _service("kafka", "down", health.trouble_since, health.trouble)
    elif health.since is not None:
        services["kafka"] = _service("kafka", "running", health.since, "this console reads its topics")
    return [services[name] for name in sorted(services)]


def _service(name: str, state: str, at: float | None, sentence: str) -> Json:
    return {"name": name, "state": state, "since": rows.iso(at), "detail": sentence}
