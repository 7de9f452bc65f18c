"""Promises of the database: whoever is cut off within a transaction keeps nobody from writing."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from makegood.config.database import open_engine, url_of

CUTS = 60


async def _written(engine: AsyncEngine) -> None:
    """A transaction that writes, and reads what it has not read to its end when it is cut off."""
    async with engine.begin() as db:
        await db.execute(text("insert into t (b) values ('x')"))
        await db.execute(text("select a, b from t where b > 'w' order by b limit 2000"))
        await db.execute(text("insert into t (b) values (:b)"), [{"b": "x"}] * 300)
        await db.execute(text("select a, b from t limit 2000"))


def _may_write(file: Path) -> bool:
    with closing(sqlite3.connect(file, timeout=1.0, isolation_level=None)) as other:
        try:
            other.execute("begin immediate")
        except sqlite3.OperationalError:
            return False
        other.execute("rollback")
        return True


async def test_a_task_that_is_cancelled_within_a_transaction_leaves_no_lock_behind(tmp_path):
    chance, engine = random.Random(1), open_engine(url_of(None, tmp_path, "ledger"))
    async with engine.begin() as db:
        await db.execute(text("create table t (a integer primary key, b text)"))
        await db.execute(text("insert into t (b) values (:b)"), [{"b": "x" * 50}] * 3000)
    for cut in range(CUTS):
        task = asyncio.create_task(_written(engine))
        await asyncio.sleep(chance.uniform(0, 0.012))
        task.cancel()
        ended = await asyncio.gather(task, return_exceptions=True)  # as whoever ends several: what each raised is held till all have ended
        assert await asyncio.to_thread(_may_write, tmp_path / "ledger.db"), (cut, ended)
    await engine.dispose()
