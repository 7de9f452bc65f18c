"""What is known of each customer, put together from facts and decisions, in whichever order they are read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from console import tables
from console.database import ROWS_AT_ONCE, upsert
from console.fold import Patch, Rows
from console.reader import Reader

Known = dict[str, list[Any]]
"""Field -> [since, order, value]."""


async def patch(db: AsyncConnection, rows: Rows) -> list[str]:
    """Note what a batch says of customers; everybody of whom anything is said is known from then on. Whose chance of leaving is another now."""
    if not rows.customers:
        return []
    known = await known_of(db, rows.customers)
    before = {customer: json.dumps(fields) for customer, fields in known.items()}
    chances = {customer: value_of(fields, "chance") for customer, fields in known.items()}
    for patched in rows.patches:
        put(known.setdefault(patched.customer, {}), patched)
    for customer in rows.customers:
        known.setdefault(customer, {})
    changed = [row_of(customer, fields) for customer, fields in known.items() if before.get(customer) != json.dumps(fields)]
    await upsert(db, tables.customer, changed)
    return [customer for customer, was in chances.items() if was not in {None, value_of(known[customer], "chance")}]


async def known_of(db: AsyncConnection, customers: Iterable[str]) -> dict[str, Known]:
    c, ids, found = tables.customer.c, sorted(customers), {}
    for start in range(0, len(ids), ROWS_AT_ONCE):
        for row in await db.execute(select(c.id, c.known).where(c.id.in_(ids[start : start + ROWS_AT_ONCE]))):
            found[row.id] = json.loads(row.known)
    return found


def put(known: Known, patched: Patch) -> None:
    """The newest value of each field holds; the result is the same in whichever order patches come."""
    for name, value in patched.values.items():
        order = json.dumps(value) if patched.order is None else patched.order
        if name not in known or (patched.at, order) >= (known[name][0], known[name][1]):
            known[name] = [patched.at, order, value]


def row_of(customer: str, known: Known) -> dict[str, Any]:
    """The row of a customer: what lists sort and search by beside everything that is known."""
    name, owner = value_of(known, "name"), value_of(known, "owner") or value_of(known, "team")
    return {
        "id": customer,
        "name": name,
        "tier": value_of(known, "tier") or "unknown",
        "hic": bool(value_of(known, "hic")),
        "chance": value_of(known, "chance"),
        "known": json.dumps(dict(sorted(known.items())), ensure_ascii=False),
        "words": " ".join(text for text in (customer, name, owner) if text).casefold(),
    }


def value_of(known: Known, name: str) -> Any:
    return known[name][2] if name in known else None


def shown(raw: str, reader: Reader) -> dict[str, Any]:
    """The fields of the customer page, from the column `known`."""
    known: Known = json.loads(raw)
    plain = {name: value_of(known, name) for name in ("annual_value", "renews_on", "tier_why", "hic_why")}
    if not value_of(known, "hic"):
        plain["hic_why"] = None  # the newest decision says why they are no longer
    if (value_of(known, "tier") or "unknown") == "unknown":
        plain["tier_why"] = {"code": "no_business_value", "values": {}}
    return {
        **plain,
        "tier_because": reader.says_data(plain["tier_why"]),
        "behaviour": value_of(known, "behaviour"),
        "pillars": {name.removeprefix("pillar "): entry[2] for name, entry in known.items() if name.startswith("pillar ")},
        "hic_because": reader.says_data(plain["hic_why"]),
        "owner": value_of(known, "owner") or value_of(known, "team"),
        "labels": {name.removeprefix("label "): entry[2] for name, entry in known.items() if name.startswith("label ")},
    }
