"""Taking notices in, and how tasks and alerts stand: all of it is in the ledger before its offset is committed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog
from pydantic import ValidationError

from handlers.ledger import Arrival, Ledger, Place
from handlers.sanitize import plain
from handlers.settings import HandlerSettings
from handlers.tables import State
from schemas.decisions import AlertSnapshot, Notice, Priority, TaskSnapshot
from schemas.record import Record

log = structlog.get_logger(__name__)

_MOST_KEPT = 20_000
_MOST_SHOWN = 300
WAITED_S = 5.0
READ_ON_S = 2.0
"""What waited in Kafka longer than WAITED_S (nobody read for a while) is sent READ_ON_S after it was read: what came after it, and may
make it untrue, is read by then."""

Read = Callable[[], Awaitable[Sequence[Record]]]
Commit = Callable[[], Awaitable[None]]
"""Commits what the last Read returned."""


class Intake:
    """From records to rows of the ledger."""

    def __init__(self, settings: HandlerSettings, ledger: Ledger, clock: Callable[[], float], wake: Callable[[], None]) -> None:
        self._settings, self._ledger, self._clock, self._wake = settings, ledger, clock, wake

    async def take_in(self, read: Read, commit: Commit) -> None:
        """For ever: read, write down, commit, in this order."""
        while True:
            records = await read()
            if records:
                waited_s = self._clock() - min(record.timestamp_ms for record in records) / 1000
                await self.take(records, READ_ON_S if waited_s > WAITED_S else 0.0)
                await commit()

    async def take(self, records: Sequence[Record], due_in_s: float = 0.0) -> int:
        """Write records of `notices`, `tasks` and `alerts` down; returns how many notices were new. One without a value says nothing."""
        said = [record for record in records if record.value is not None]
        await self._ledger.learn([one for record in said if (one := self._snapshot_of_record(record)) is not None], self._clock())
        arrivals = [arrival_of(record, self._settings) for record in said if _model_of(record) is None]
        new = await self._ledger.take([replace(arrival, due_in_s=due_in_s) for arrival in arrivals], self._clock())
        for arrival in new:
            if any(place.state is State.UNROUTED for place in arrival.places):
                name, route = plain(arrival.notice, _MOST_SHOWN), plain(arrival.route, _MOST_SHOWN)
                log.error("notice has no destination", notice=name, route=route, because=arrival.places[0].detail)
        if new:
            self._wake()
        return len(new)

    def _snapshot_of_record(self, record: Record) -> TaskSnapshot | AlertSnapshot | None:
        """The snapshot in a record; what is older than the ledger remembers, or cannot be read, makes no notice untrue."""
        model = _model_of(record)
        if model is None or record.timestamp_ms / 1000 < self._clock() - self._settings.keep_days * 86_400:
            return None
        try:
            return model.model_validate_json(record.value or b"")
        except ValidationError:
            log.warning("a snapshot cannot be read", topic=record.topic, partition=record.partition, offset=record.offset)
            return None


def _model_of(record: Record) -> type[TaskSnapshot | AlertSnapshot] | None:
    """By the topic's name without its prefix; None for a notice."""
    return TaskSnapshot if record.topic.endswith("tasks") else AlertSnapshot if record.topic.endswith("alerts") else None


def arrival_of(record: Record, settings: HandlerSettings) -> Arrival:
    """What a record says and where it goes. One that is no notice goes nowhere, visibly."""
    try:
        notice = Notice.model_validate_json(record.value or b"")
    except ValidationError as error:
        return _unreadable(record, error)
    return Arrival(
        notice=notice.id,
        route=notice.route,
        body=notice.model_dump_json(),
        priority=notice.priority.value,
        at=notice.at.timestamp(),
        about=notice.about,
        customer=notice.customer,
        places=places_of(notice, settings),
        kind=notice.kind.value,
        about_kind=notice.about_kind.value,
        version=notice.version,
    )


def places_of(notice: Notice, settings: HandlerSettings) -> tuple[Place, ...]:
    """The destinations of its route; or the route's name, with why nobody is notified."""
    if settings.notify_from is not None and notice.at < settings.notify_from:
        why = f"it happened on {notice.at:%Y-%m-%d %H:%M UTC}, before {settings.notify_from:%Y-%m-%d %H:%M %Z}, from which people are notified"
        return (Place(notice.route, None, State.SUPPRESSED, why),)
    return routed(notice.route, settings) or (Place(notice.route, None, State.UNROUTED, unrouted(notice.route)),)


def routed(route: str, settings: HandlerSettings) -> tuple[Place, ...]:
    """The places of a route as the settings have them now; none where neither it nor `fallback` leads anywhere."""
    return tuple(Place(name, settings.destinations[name].channel) for name in settings.destinations_of(route))


def unrouted(route: str) -> str:
    """What to do about a route without destinations."""
    return f"route {plain(route, 80)} leads to no destination, and there is no route `fallback`: add one to [handlers.routes], then retry"


def _unreadable(record: Record, error: ValidationError) -> Arrival:
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"])) or "the record"
    name = f"{record.topic}-{record.partition}-{record.offset}"
    detail = plain(f"this record is no notice that can be read: {where}: {first['msg']}", _MOST_SHOWN)
    customer = plain((record.key or b"").decode("utf-8", "replace"), 200) or "unknown"
    body = (record.value or b"")[:_MOST_KEPT].decode("utf-8", "backslashreplace")
    places = (Place("unrouted", None, State.UNROUTED, detail),)
    return Arrival(name, "unrouted", body, Priority.P4.value, record.timestamp_ms / 1000, name, customer, places)
