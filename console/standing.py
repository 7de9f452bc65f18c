"""How a customer stands: since when and why of what class, how long silent against their own rhythm, and their chance of leaving over time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from console import tables
from console.customers import Known, value_of
from console.reader import Reader
from console.timeline import SAYS
from schemas.policy import Silence

DAY = 86_400.0
MOST_PURCHASES = 1_000
"""So many of the newest purchases are looked at."""
ANSWERS = ("survey.answered", "survey.amended", "ticket.rated")
MOST_ANSWERS = 20
"""So many of the newest are looked at for one with a score."""
MOST_STEPS = 200
"""So many of the newest changes of an alert are drawn."""
Json = dict[str, Any]


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# -- since when, and why ------------------------------------------------------------------------------------------------------------


def standing(raw: str | None, reader: Reader, currency: str) -> Json:
    """Tier, protection, value and satisfaction, each with when it was decided or said; from the column `known`. None: nobody said so."""
    known: Known = json.loads(raw or "{}")
    return {
        "tier": _decided(known, "tier", reader),
        "hic": _decided(known, "hic", reader),
        "protected": _decided(known, "protected", reader),
        "value": _value(known, currency),
        "satisfaction": _dated(known, "satisfaction"),
    }


def _decided(known: Known, name: str, reader: Reader) -> Json | None:
    """Of a decision: what holds, since when, and why; where the customer is protected as high-impact, the reason of that stands there."""
    if name not in known:
        return None
    why = value_of(known, f"{name}_why")
    return {"now": known[name][2], "since": _iso(known[name][0]), "because": reader.says_data(why)}


def _value(known: Known, currency: str) -> Json | None:
    """What the company said last, for as long as it says nothing else; else what decisions say that purchases are worth a year."""
    said, found = _dated(known, "annual_value"), _dated(known, "value")
    if said is not None:
        return {**said, "currency": currency, "said": True}
    return None if found is None else {**found, "now": found["now"][0], "currency": found["now"][1], "said": False}


def _dated(known: Known, name: str) -> Json | None:
    return {"now": known[name][2], "at": _iso(known[name][0])} if name in known else None


async def last_answer(db: AsyncConnection, customer: str, reader: Reader) -> Json | None:
    """The newest answer with a score, in words and on its own scale: satisfaction is one number of all answers, as of a decision."""
    e = tables.entry.c
    answers = select(e.at, e.message).where(e.customer == customer, e.kind == "fact", e.type.in_(ANSWERS))
    for row in await db.execute(answers.order_by(e.at.desc(), e.id.desc()).limit(MOST_ANSWERS)):
        if json.loads(row.message).get("score"):
            return {"at": _iso(row.at), "sentence": SAYS["fact"](row.message, reader).title}
    return None


# -- rhythm -------------------------------------------------------------------------------------------------------------------------


async def rhythm(db: AsyncConnection, customer: str, now: float, rules: Silence) -> Json | None:
    """The customer's own gap between purchase days against the present one, in days; None where they have bought nothing.

    Silence counts from the beginning of the last purchase day (UTC). `alert_from_days` is the least silence that the policy lets raise an
    alert, where there are purchase days enough: later, once so long a gap is rare for this customer.
    """
    days = await _purchase_days(db, customer)
    if not days:
        return None
    rules = await _in_force(db, rules)
    usual = (days[-1] - days[0]) / (len(days) - 1) if len(days) > 1 else None
    enough = usual is not None and len(days) >= rules.least_purchase_days
    return {
        "purchase_days": len(days),
        "usual_days": usual,
        "silent_days": max(0.0, now / DAY - days[-1]),
        "last_on": _iso(days[-1] * DAY),
        "alert_from_days": 1 + max(rules.floor_days, rules.least_gaps * (usual or 0.0)) if enough else None,
        "least_purchase_days": rules.least_purchase_days,
    }


async def _purchase_days(db: AsyncConnection, customer: str) -> list[int]:
    """Days (UTC, counted from 1970) on which the customer bought; what was returned is no purchase."""
    e = tables.entry.c
    bought = select(e.at, e.message).where(e.customer == customer, e.kind == "fact", e.type == "purchase.made")
    found = await db.execute(bought.order_by(e.at.desc()).limit(MOST_PURCHASES))
    return sorted({int(row.at // DAY) for row in found if json.loads(row.message)["amount"] > 0})


async def _in_force(db: AsyncConnection, rules: Silence) -> Silence:
    """The rules of the policy that was adopted last; those given, where none was adopted since the installation began."""
    adopted = await db.scalar(select(tables.policy.c.silence))
    return rules if adopted is None else Silence.model_validate_json(adopted)


# -- chance over time ---------------------------------------------------------------------------------------------------------------


async def chances(db: AsyncConnection, condition: Any, reader: Reader) -> list[Json]:
    """Each change of the alerts that fit, the oldest first: from when on which chance, at which level, by which signals. None: it had ended."""
    c = tables.chance.c
    found = await db.execute(select(tables.chance).where(condition).order_by(c.at.desc(), c.version.desc()).limit(MOST_STEPS))
    return [
        {
            "at": _iso(row.at),
            "chance": row.chance,
            "level": row.level if row.active else None,
            "signals": [
                {"name": name, "called": reader.call("signal", name), "strength": strength} for name, strength in json.loads(row.signals)
            ],
        }
        for row in reversed(found.all())
    ]
