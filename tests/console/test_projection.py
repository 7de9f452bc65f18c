"""The read model is what the topics say, however they are read."""

from __future__ import annotations

import itertools
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import inspect, select, text

from console import dead_letters, tables
from console import projection as projection_
from console.accounts import ACCOUNTS
from console.fold import READ
from console.projection import Projection, Superseded
from console.queries import Queries
from makegood.config.database import open_engine
from makegood.kafka import Record
from schemas.decisions import Decision
from schemas.message import instant
from schemas.reasons import Why
from tests.console.board import PARTITIONS, Streams, tell

NOT_COMPARED = {tables.meta.name, tables.change.name}
"""Numbers of changes go on from model to model; the rest is what the topics say."""


@asynccontextmanager
async def a_projection(url: str):
    engine = open_engine(url)
    projection = Projection(engine)
    await projection.open()
    try:
        yield projection
    finally:
        await engine.dispose()


async def model_of(projection: Projection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    async with projection.engine.connect() as db:
        return {
            table.name: sorted((tuple(row) for row in await db.execute(select(table))), key=repr)
            for table in tables.READ_MODEL.sorted_tables
            if table.name not in NOT_COMPARED
        }


def batches(records: Sequence[Record], size: int) -> Iterator[Sequence[Record]]:
    for start in range(0, len(records), size):
        yield records[start : start + size]


def shuffled(records: Sequence[Record], seed: int) -> list[Record]:
    """As Kafka may hand them over: in order within each partition, in any order between them."""
    chance, queues = random.Random(seed), defaultdict(list)
    for record in reversed(records):
        queues[record.topic, record.partition].append(record)
    result, left = [], list(queues)
    while left:
        place = chance.choice(left)
        for _ in range(chance.choice((1, 5, 40))):
            if queues[place]:
                result.append(queues[place].pop())
        if not queues[place]:
            left.remove(place)
    return result


def with_an_erasure(streams: Streams) -> list[Record]:
    """And one customer asks to be forgotten, then buys again."""
    now = streams.at
    known = {"source": "shopify", "object": "again", "customer": {"id": "C-00006"}}
    tell(streams, {"type": "erasure.requested", "id": "e-1", "occurred_at": instant(now + 60).isoformat(), **known})
    tell(streams, {"type": "purchase.made", "id": "e-2", "occurred_at": instant(now + 90_000).isoformat(), "amount": 5, **known})
    return list(streams.records)


async def test_any_order_and_any_batches_give_the_same_read_model(url, streams):
    records = with_an_erasure(streams)
    models = []
    async with a_projection(url) as projection:
        for seed in range(5):
            await projection.rebuild()
            order, chance = (shuffled(records, seed) if seed else records), random.Random(seed)
            start = 0
            while start < len(order):
                size = chance.choice((1, 7, 300)) if seed else 2000
                await projection.apply(order[start : start + size])
                start += size
            models.append(await model_of(projection))
    for model in models[1:]:
        for table in models[0]:
            assert model[table] == models[0][table], table
    assert len(models[0][tables.task.name]) > 20
    assert models[0][tables.erased.name]


async def test_a_batch_that_comes_again_changes_nothing(url, records):
    async with a_projection(url) as projection:
        for batch in batches(records, 200):
            await projection.apply(batch)
        before = await model_of(projection)
        for batch in batches(records, 333):
            assert not await projection.apply(batch)
        assert await model_of(projection) == before


async def test_a_rebuilt_model_equals_the_live_one(board):
    projection = board.projection
    with_an_erasure(board.streams)
    await board.show()
    live, history = await model_of(projection), board.history
    assert await projection.rebuild() == {}
    for batch in batches(history, 500):
        await projection.apply(batch)
    assert await model_of(projection) == live


async def test_two_consoles_on_one_database_write_each_record_once(url, records):
    async with a_projection(url) as alone:
        for batch in batches(records, 500):
            await alone.apply(batch)
        expected = await model_of(alone)
        await alone.rebuild()
        async with a_projection(url) as one, a_projection(url) as other:
            for batch in batches(records, 500):
                await one.apply(batch)
                await other.apply(batch)
            assert await model_of(one) == expected
            assert one.written == len(records)
            assert other.written == 0


async def test_who_writes_is_told_that_the_model_was_begun_anew(url, records):
    async with a_projection(url) as live, a_projection(url) as rebuild:
        await live.apply(records[:100])
        await rebuild.rebuild()
        with pytest.raises(Superseded):
            await live.apply(records[100:200])
        assert await live.open() == {}
        await live.apply(records[:100])
        assert live.written == 200


async def test_another_cluster_has_another_read_model(url, records):
    async with a_projection(url) as projection:
        await projection.apply(records[:500])
        assert len(await projection.open("cluster one")) > PARTITIONS
        assert await projection.open("cluster two") == {}
        assert not (await model_of(projection))[tables.task.name]


async def test_an_older_version_of_the_tables_is_read_anew(url, records, monkeypatch):
    async with a_projection(url) as projection:
        await projection.apply(records[:500])
        monkeypatch.setattr(tables, "READ_MODEL_VERSION", "a newer one")
        assert await projection.open() == {}


def test_every_table_of_the_read_model_is_told_by_its_name():
    """What begins so is dropped when the model begins anew, and nothing else is: accounts share the database."""
    assert all(name.startswith(tables.PREFIX) for name in tables.READ_MODEL.tables)
    assert not any(name.startswith(tables.PREFIX) for name in ACCOUNTS.tables)


async def test_a_table_that_an_older_version_left_behind_is_dropped(url, records):
    async with a_projection(url) as projection:
        async with projection.engine.begin() as db:
            await db.execute(text("create table board_happening (id text primary key)"))
        await projection.rebuild()
        async with projection.engine.connect() as db:
            names = await db.run_sync(lambda connection: inspect(connection).get_table_names())
        assert sorted(name for name in names if name.startswith(tables.PREFIX)) == sorted(tables.READ_MODEL.tables)
        await projection.apply(records[:100])
        assert projection.written == 100


async def test_numbers_of_changes_go_on_from_one_model_to_the_next(url, records):
    async with a_projection(url) as projection:
        await projection.apply(records)
        async with projection.engine.connect() as db:
            before = list(await db.scalars(select(tables.change.c.number)))
        await projection.rebuild()
        async with projection.engine.connect() as db:
            (begun,) = list(await db.scalars(select(tables.change.c.number)))
        assert begun > max(before) + 1


async def test_an_erased_customer_is_gone_from_every_table_whichever_topic_comes_first(url, streams):
    records = with_an_erasure(streams)
    decisions_first = sorted(records, key=lambda record: record.topic != "decisions")
    async with a_projection(url) as projection:
        assert "Brasserie" in json.dumps([r.value.decode() for r in records if r.value and r.topic == "tasks"], ensure_ascii=False)
        for order in (records, decisions_first):
            await projection.rebuild()
            for batch in batches(order, 100):
                await projection.apply(batch)
            model = await model_of(projection)
            ours = {name: [row for row in rows if "C-00006" in row] for name, rows in model.items()}
            assert not ours[tables.task.name]
            assert not ours[tables.delivery.name]
            assert not ours[tables.alias.name]
            assert [row[3:6] for row in ours[tables.entry.name] if row[6] == "purchase.made"]
            assert not {name: row for name, rows in ours.items() for row in rows if "Brasserie" in repr(row)}


async def test_the_first_of_several_decisions_about_a_command_is_what_became_of_it(url):
    known = {"customer": "C-1", "about": "T-1", "about_kind": "task", "at": "2026-01-01T00:00:00Z"}
    known |= {"basis": {"input": "commands-0-7", "policy": "p"}}
    made = [
        Decision(**known, id="d-0", verdict="task_amended", by="makegood", why=Why(code="customer_matters_more")),
        Decision(**known, id="d-1", verdict="task_moved", by="jo", now="resolved", why=Why(code="resolved")),
        Decision(**known, id="d-2", verdict="alert_resolved", by="jo", why=Why(code="no_longer_protected")),
    ]
    records = [Record("decisions", 0, n, 0, b"C-1", one.model_dump_json().encode()) for n, one in enumerate(made)]
    async with a_projection(url) as projection:
        for size in (1, 2):
            await projection.rebuild()
            for batch in batches(records, size):
                await projection.apply(batch)
            ((_, _, _, state, message),) = (await model_of(projection))[tables.verdict.name]
            assert (state, Decision.model_validate_json(message)) == ("done", made[1])


HOSTILE = (
    b"\xff\xfe not text",
    b"[]",
    b'{"type": "purchase.made"}',
    json.dumps({"type": "task.snapshot", "id": "x"}).encode(),
    (
        b'{"type": "survey.answered", "id": "\\u0000", "source": "a\\u0000b", "object": "o", "occurred_at": "2026-01-01T00:00:00Z",'
        b' "customer": {"id": "C\\u0000"}, "comment": "nul \\u0000 nul"}'
    ),
    json.dumps(
        {
            "type": "survey.answered",
            "id": "漢" * 256,
            "source": "字" * 256,
            "object": "o",
            "occurred_at": "1900-01-01T00:00:00Z",
            "customer": {"id": "😀" * 256, "aliases": [f"email:{'é' * 300}"]},
            "comment": "x" * 20_000,
        }
    ).encode(),
)


async def test_hostile_records_hide_nothing_that_comes_after_them(url, records):
    topics = READ
    bad = [Record(t, 3, 10_000 + n, -1, b"\xff", value, (("ce_type", b"\xff"),)) for t in topics for n, value in enumerate(HOSTILE)]
    bad += [Record(t, 3, 10_100 + n, -1, b"\xff", value) for t in topics for n, value in enumerate(HOSTILE)]
    async with a_projection(url) as projection:
        for batch in batches([*records[:300], *bad], 50):
            await projection.apply(batch)
        good = [record for record in records[300:] if record.partition != 3]
        await projection.apply(good)
        assert projection.unread > len(topics)
        assert projection.written == 300 + len(bad) + len(good)


async def test_a_record_that_the_database_refuses_is_passed_over_alone(url, records):
    letter = {"type": "dead.letter", "id": "x-1-1", "topic": "x", "partition": 1, "offset": 1, "timestamp": 1.0}
    letter |= {"key": None, "value": None, "fault": "not_json", "error": "no", "schema_version": 1}
    beyond = 2**63 - 1  # the offset after it fits in no column
    refused = Record("dead-letters", 0, beyond, 0, b"x-1-1", json.dumps(letter).encode())
    async with a_projection(url) as projection:
        await projection.apply([*records[:50], refused, *records[50:100]])
        assert projection.written == 100
        model = await model_of(projection)
        assert len(model[tables.entry.name]) > 50
        assert not model[tables.dead_letter.name]


async def test_a_letter_that_was_cut_shows_how_large_its_record_was_and_that_it_cannot_be_replayed(url):
    letter = {"type": "dead.letter", "id": "x-1-1", "topic": "x", "partition": 1, "offset": 1, "timestamp": 1.0}
    letter |= {"key": None, "value": "YWJj", "fault": "not_json", "error": "no", "schema_version": 1}
    letters = [
        letter,
        letter | {"id": "x-1-2", "cut": {"value_bytes": 40_000_000, "value_sha256": "0"}},
        letter | {"id": "x-1-3", "fault": "broken_batch"},
    ]
    told = [Record("dead-letters", 0, n, 0, b"x", json.dumps(one).encode()) for n, one in enumerate(letters)]
    async with a_projection(url) as projection:
        await projection.apply(told)
        found = await dead_letters.page(Queries(projection.engine, "EUR", lambda: 0.0), None)
        assert {one["id"]: (one["size"], one["whole"], one["preview"]) for one in found["letters"]} == {
            "x-1-1": (3, True, "abc"),
            "x-1-2": (40_000_000, False, "abc"),
            "x-1-3": (3, False, "abc"),
        }


async def test_a_letter_shows_the_headers_of_its_record_as_far_as_they_are_text(url):
    letter = {"type": "dead.letter", "id": "x-1-1", "topic": "x", "partition": 1, "offset": 1, "timestamp": 1.0}
    letter |= {"key": "Qw==", "value": "YWJj", "fault": "not_json", "error": "no", "schema_version": 1}
    letter["headers"] = [["ce_source", "c2hvcA=="], ["ce_type", "c3VydmV5LmFuc3dlcmVk"], ["trace", "/w=="]]
    async with a_projection(url) as projection:
        await projection.apply([Record("dead-letters", 0, 0, 0, b"x", json.dumps(letter).encode())])
        found = await dead_letters.one(Queries(projection.engine, "EUR", lambda: 0.0), "x-1-1")
    assert found["key"] == "C"
    assert [(header["name"], header["value"]) for header in found["headers"]] == [
        ("ce_source", "shop"),
        ("ce_type", "survey.answered"),
        ("trace", "\ufffd"),
    ]


async def test_changes_are_kept_for_a_while_and_then_forgotten(url, records, monkeypatch):
    monkeypatch.setattr(projection_, "CHANGES_KEPT", 20)
    async with a_projection(url) as projection:
        await projection.apply(records)
        async with projection.engine.connect() as db:
            numbers = sorted(await db.scalars(select(tables.change.c.number)))
    assert len(numbers) == 20
    assert all(b == a + 1 for a, b in itertools.pairwise(numbers))
