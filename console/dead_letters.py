"""Dead letters as the board shows them."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, tuple_

from console import rows, tables
from console.paging import decode_cursor, encode_cursor
from console.queries import Queries
from console.rows import Json

AT_ONCE = 50
_D, _R = tables.dead_letter.c, tables.replayed.c


_BEGINNING = 216
"""Characters of base64: as much of a value as a list shows. A letter may hold millions, and a page has fifty."""


def _with_replays(*columns: Any) -> Any:
    return select(*columns, _R.at.label("replayed_at")).join(tables.replayed, _R.id == _D.id, isouter=True)


def _for_a_list() -> Any:
    beginning = func.substr(_D.value, 1, _BEGINNING).label("value")
    return _with_replays(*(column for column in _D if column.name not in {"key", "value", "headers"}), beginning)


async def page(queries: Queries, after: str | None) -> Json:
    """The newest first. `unrepaired` counts those that nobody has sent again."""
    statement = _for_a_list().order_by(_D.at.desc(), _D.id.desc()).limit(AT_ONCE + 1)
    if after:
        statement = statement.where(tuple_(_D.at, _D.id) < tuple_(*decode_cursor(after, float, str)))
    async with queries.engine.connect() as db:
        change = await queries.change(db)
        found = (await db.execute(statement)).mappings().all()
        total = await db.scalar(select(func.count()).select_from(tables.dead_letter))
        left = select(func.count()).select_from(tables.dead_letter).where(_D.id.not_in(select(_R.id)))
        unrepaired = await db.scalar(left)
    last = found[AT_ONCE - 1] if len(found) > AT_ONCE else None
    letters = [rows.dead_letter(row, _bytes(row["value"])) for row in found[:AT_ONCE]]
    following = encode_cursor(last["at"], last["id"]) if last else None
    return {"change": change, "letters": letters, "total": total, "unrepaired": unrepaired, "next": following}


async def several(queries: Queries, ids: Sequence[str]) -> list[Json]:
    """Rows of the list, by id."""
    async with queries.engine.connect() as db:
        found = (await db.execute(_for_a_list().where(_D.id.in_(ids)))).mappings().all()
    return [rows.dead_letter(row, _bytes(row["value"])) for row in found]


async def one(queries: Queries, letter_id: str) -> Json | None:
    """A letter with the record as it came, as far as it is text."""
    async with queries.engine.connect() as db:
        row = (await db.execute(_with_replays(tables.dead_letter).where(_D.id == letter_id))).mappings().first()
    if row is None:
        return None
    value, key = _bytes(row["value"]), _bytes(row["key"]).decode("utf-8", "replace") if row["key"] else None
    headers = [{"name": name, "value": held} for name, held in json.loads(row["headers"])]
    record = {"key": key, "value_text": value.decode("utf-8", "replace"), "headers": headers}
    return {**rows.dead_letter(row, value), **record}


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")
