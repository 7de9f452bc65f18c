"""Sending anew what was not delivered: when a person asks for it, and when a destination is no longer in the settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.delivery_records import Delivery, attempted
from handlers.intake import routed
from handlers.ledger import Ledger, Place, add_places, put
from handlers.sanitize import storable
from handlers.settings import HandlerSettings
from handlers.tables import State, delivery, notice
from handlers.untrue import untrue
from schemas.decisions import Notice
from schemas.deliveries import Outcome

_AGAIN = (State.PENDING, State.REFUSED, State.GIVEN_UP, State.SUPPRESSED)
_GONE = "the settings have no such destination any more; it goes where its route leads now"


class Redelivery(NamedTuple):
    """What came of asking: destinations that are tried again at once, those added by the routes of today, those that had it already.

    `untrue` says why it is not sent anywhere: a later decision made it untrue.
    """

    again: tuple[str, ...]
    added: tuple[str, ...]
    delivered: tuple[str, ...]
    untrue: str = ""


async def redeliver(ledger: Ledger, settings: HandlerSettings, notice_id: str, now: float) -> Redelivery | None:
    """Try a notice again where it was not delivered, at once and with a new time limit for retries; None where the ledger has no such notice.

    Where it was unrouted, or happened before people are notified, it goes where its route leads now. Whoever has it does not get it
    twice. What was suppressed because it is untrue is sent only if it has become true again (an acknowledgement was taken back).
    """
    async with ledger.engine.begin() as connection:
        statement = select(delivery.c.destination, delivery.c.state, delivery.c.channel).where(delivery.c.notice == storable(notice_id))
        before = {row.destination: row for row in await connection.execute(statement)}
        if not before:
            return None
        delivered = tuple(name for name, row in before.items() if row.state == State.DELIVERED)
        why = await untrue(connection, notice_id)
        if why:
            return Redelivery((), (), delivered, why)
        places = await _places_now(connection, notice_id, settings)
        leads = {place.destination for place in places}
        again = tuple(name for name, row in before.items() if name in settings.destinations and _goes_again(row, name in leads))
        for name in again:
            values = {"channel": settings.destinations[name].channel, "state": State.PENDING, "detail": "a person asked for another try"}
            mine = (
                delivery.c.notice == storable(notice_id),
                delivery.c.destination == name,
                delivery.c.state.in_((*_AGAIN, State.UNROUTED)),
            )
            await connection.execute(update(delivery).where(*mine).values(next_at=now, seen_at=now, changed_at=now, **values))
        new = [place for place in places if place.destination not in before]
        await add_places(connection, storable(notice_id), new, now)
    return Redelivery(again, tuple(place.destination for place in new), delivered)


def _goes_again(row: Any, leads_there: bool) -> bool:
    """A row without a channel stands for a route that led nowhere, or was suppressed; it may have the name of a destination."""
    return row.state in _AGAIN if row.channel is not None else leads_there and row.state in (*_AGAIN, State.UNROUTED)


async def reroute_orphans(ledger: Ledger, settings: HandlerSettings, now: float) -> list[Delivery]:
    """What waits for a destination that the settings no longer have goes where its route leads now; returns what was given up for it."""
    waits = and_(delivery.c.state == State.PENDING, delivery.c.destination.not_in(settings.destinations))
    abandoned = and_(
        delivery.c.state == State.ATTEMPTING, delivery.c.leased_until <= now, delivery.c.destination.not_in(settings.destinations)
    )
    columns = [delivery.c[name] for name in Delivery._fields]
    async with ledger.engine.begin() as connection:
        rows = (await connection.execute(select(*columns).where(or_(waits, abandoned)).order_by(delivery.c.notice))).all()
        orphans = [Delivery(*row) for row in rows]
        for orphan in orphans:
            mine = (delivery.c.notice == orphan.notice, delivery.c.destination == orphan.destination)
            await connection.execute(update(delivery).where(*mine).values(state=State.GIVEN_UP, changed_at=now, detail=_GONE))
            await put(connection, [attempted(orphan, Outcome.GIVEN_UP, _GONE, now)])
            await add_places(connection, orphan.notice, await _places_now(connection, orphan.notice, settings), now)
    return orphans


async def _places_now(connection: AsyncConnection, notice_id: str, settings: HandlerSettings) -> Sequence[Place]:
    body = await connection.scalar(select(notice.c.body).where(notice.c.id == storable(notice_id)))
    try:
        return routed(Notice.model_validate_json(body or "").route, settings)
    except ValidationError:  # it never was a notice that can be read
        return ()
