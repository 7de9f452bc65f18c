"""Promises of the ledger, on SQLite and on PostgreSQL: written once, claimed by one, settled by who claimed."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from handlers import ledger_queries, migrate
from handlers.delivery_records import attempted
from handlers.ledger import Arrival, Ledger, Place
from handlers.outbox import Outbox
from handlers.tables import State, delivery, outcome
from schemas.decisions import NoticeKind, Status
from schemas.deliveries import Outcome
from schemas.slugs import slug_of
from tests.handlers.test_order import a_task

HOUR = 3600.0


def arrival(id_="n-1", *places, priority="P1", at=1000.0, about=None, **more):
    """Each is about a task of its own, where none is given."""
    return Arrival(id_, "page", "{}", priority, at, about or f"T-{id_}", "C00", places or (Place("hook", "webhook"),), **more)


async def settle(ledger: Ledger, claim, what: Outcome, at: float, next_at: float | None = None):
    state = {Outcome.DELIVERED: State.DELIVERED, Outcome.FAILED: State.PENDING}[what]
    await ledger.settle(claim.delivery, state, attempted(claim.delivery, what, "so it was", at, next_at), next_at or at)


async def states(ledger: Ledger) -> dict[tuple[str, str], tuple[str, int]]:
    async with ledger.engine.connect() as connection:
        rows = await connection.execute(select(delivery.c.notice, delivery.c.destination, delivery.c.state, delivery.c.attempts))
        return {(row.notice, row.destination): (row.state, row.attempts) for row in rows}


async def outcomes(ledger: Ledger) -> list[str]:
    async with ledger.engine.connect() as connection:
        return list(await connection.scalars(select(outcome.c.id).order_by(outcome.c.seq)))


async def test_what_arrives_again_is_there_once(ledger):
    assert len(await ledger.take([arrival("n-1"), arrival("n-2")], 1)) == 2
    assert [a.notice for a in await ledger.take([arrival("n-2"), arrival("n-3"), arrival("n-3")], 2)] == ["n-3"]
    assert len(await states(ledger)) == 3


async def test_a_slug_of_a_later_version_has_room_however_long_it_is(ledger):
    longest = "w" * 64
    assert slug_of(NoticeKind, longest) == longest
    with pytest.raises(ValueError, match="not a valid"):
        slug_of(NoticeKind, longest + "w")
    assert len(await ledger.take([arrival("n-1", priority=longest, kind=longest, about_kind=longest)], 1)) == 1
    await ledger.learn([a_task(slug_of(Status, longest), 1)], 1)


async def test_two_processes_that_take_the_same_at_once_write_it_once(ledger):
    batch = [arrival(f"n-{n}") for n in range(50)]
    await asyncio.gather(ledger.take(batch, 1), ledger.take(batch[::-1], 1), ledger.take(batch[10:40], 1))
    assert len(await states(ledger)) == 50


async def test_of_many_who_claim_at_once_each_delivery_has_one_winner(ledger):
    await ledger.take([arrival(f"n-{n}") for n in range(20)], 1)

    async def claimer() -> list[str]:
        mine = []
        while (claim := await ledger.claim("hook", 2, 10)) is not None:
            mine.append(claim.delivery.notice)
        return mine

    won = [name for names in await asyncio.gather(*(claimer() for _ in range(4))) for name in names]
    assert sorted(won) == sorted(f"n-{n}" for n in range(20))


async def test_a_claim_lasts_as_long_as_its_lease(ledger):
    await ledger.take([arrival()], 1)
    first = await ledger.claim("hook", 2, 10)
    assert (first.delivery.attempts, first.leased_until) == (1, 12)
    assert await ledger.claim("hook", 11.9, 10) is None
    assert (await ledger.claim("hook", 12, 10)).delivery.attempts == 2
    assert await outcomes(ledger) == ["n-1/hook/1/failed"]


async def test_who_slept_through_its_lease_changes_nothing_by_a_failure(ledger):
    await ledger.take([arrival()], 1)
    asleep = await ledger.claim("hook", 2, 10)
    awake = await ledger.claim("hook", 13, 10)
    await settle(ledger, asleep, Outcome.FAILED, 14, 15)
    assert await states(ledger) == {("n-1", "hook"): ("attempting", 2)}
    await settle(ledger, awake, Outcome.DELIVERED, 16)
    assert await states(ledger) == {("n-1", "hook"): ("delivered", 2)}


async def test_what_was_delivered_counts_whoever_says_it_and_is_not_undone(ledger):
    await ledger.take([arrival()], 1)
    asleep = await ledger.claim("hook", 2, 10)
    awake = await ledger.claim("hook", 13, 10)
    await settle(ledger, asleep, Outcome.DELIVERED, 14)
    await settle(ledger, awake, Outcome.FAILED, 15, 16)
    assert (await states(ledger))[("n-1", "hook")][0] == "delivered"
    assert await ledger.claim("hook", 100, 10) is None
    assert set(await outcomes(ledger)) == {"n-1/hook/1/failed", "n-1/hook/1/delivered", "n-1/hook/2/failed"}


async def test_a_failure_waits_until_its_time(ledger):
    await ledger.take([arrival()], 1)
    await settle(ledger, await ledger.claim("hook", 2, 10), Outcome.FAILED, 3, 50)
    assert await ledger.claim("hook", 49.9, 10) is None
    assert await ledger.claim("hook", 50, 10) is not None


async def test_holding_is_told_once_for_each_attempt(ledger):
    await ledger.take([arrival(f"n-{n}") for n in range(3)], 1)
    assert await ledger.hold("hook", 2, 30, "unwell") == 3
    assert await ledger.hold("hook", 3, 40, "unwell") == 0
    assert await ledger.claim("hook", 39, 10) is None
    await settle(ledger, await ledger.claim("hook", 40, 10), Outcome.FAILED, 41, 42)
    assert await ledger.hold("hook", 43, 80, "unwell") == 1
    assert len(await outcomes(ledger)) == len(set(await outcomes(ledger))) == 5


async def test_a_record_is_told_until_it_was_taken_and_then_no_more(ledger):
    await ledger.take([arrival(f"n-{n}", Place("page", None, State.UNROUTED, "no route")) for n in range(3)], 1)
    outbox, seen = Outbox(ledger, 1), []

    async def broken(_records):
        raise ConnectionError

    async def tell(records):
        seen.extend(records)

    with pytest.raises(ConnectionError):
        await outbox.publish_some(broken)
    assert await outbox.unpublished() == 3
    assert await outbox.publish_some(tell) == 3
    assert await outbox.publish_some(tell) == 0
    assert [record.id for record in seen] == [f"n-{n}/page/0/unrouted" for n in range(3)]


async def test_what_is_old_settled_and_told_is_forgotten_and_nothing_else(ledger):
    await ledger.take([arrival("old"), arrival("pending", Place("other", "slack")), arrival("untold")], 1)
    claim = await ledger.claim("hook", 2, 10)
    await settle(ledger, claim, Outcome.DELIVERED, 3)
    outbox = Outbox(ledger, 1)

    async def tell(_records):
        pass

    await outbox.publish_some(tell)
    await settle(ledger, await ledger.claim("hook", 4, 10), Outcome.DELIVERED, 5)
    assert await ledger_queries.forget(ledger, 100) == 1
    assert sorted(notice for notice, _ in await states(ledger)) == sorted({"pending", "old", "untold"} - {claim.delivery.notice})


async def test_what_no_database_can_store_as_it_is_gets_in_all_the_same(ledger):
    odd = Arrival("n\x00-1", "pa\x00ge", '{"a":"\x00"}', "P1", 1.0, "T\x00", "C\x00", (Place("pa\x00ge", None, State.UNROUTED, "no\x00"),))
    await ledger.take([odd, arrival("n-2")], 1)
    await ledger.take([odd], 2)
    assert len(await states(ledger)) == 2


async def test_names_as_long_as_a_message_allows_fit(ledger):
    await ledger.take([Arrival("n" * 256, "r" * 256, "{}", "P1", 1.0, "a" * 256, "c" * 256, (Place("d" * 64, "slack"),))], 1)
    await settle(ledger, await ledger.claim("d" * 64, 2, 10), Outcome.DELIVERED, 3)
    assert len((await outcomes(ledger))[0]) <= 256


async def test_migrations_run_twice_and_at_once_without_harm(engine):
    await asyncio.gather(migrate.upgrade(engine), migrate.upgrade(engine))
    await migrate.upgrade(engine)
    await Ledger(engine).take([arrival()], 1)


async def test_migrations_make_the_tables_that_the_code_knows(engine):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from handlers.tables import LEDGER

    await migrate.upgrade(engine)

    def differences(connection):
        ours = set(LEDGER.tables)
        options = {"include_object": lambda thing, name, kind, _r, _c: kind != "table" or name in ours, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), LEDGER)

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
