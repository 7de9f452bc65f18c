"""Tables of the delivery ledger: notices, one row per notice and destination, what became of each attempt, the status of tasks and alerts."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text, text

LEDGER = MetaData()


class State(StrEnum):
    """Where a delivery stands. PENDING and ATTEMPTING are still to be settled."""

    PENDING = "pending"
    ATTEMPTING = "attempting"
    DELIVERED = "delivered"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    UNROUTED = "unrouted"
    SUPPRESSED = "suppressed"


UNSETTLED = (State.PENDING.value, State.ATTEMPTING.value)
NEVER_HELD = -1
_IS_UNSETTLED = text("state IN ('pending', 'attempting')")
_OF_THE_UNSETTLED: dict[str, Any] = {"sqlite_where": _IS_UNSETTLED, "postgresql_where": _IS_UNSETTLED}

notice = Table(
    "handlers_notice",
    LEDGER,
    Column("id", String(300), primary_key=True),
    Column("route", String(300), nullable=False),
    Column("body", Text, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("about", String(300), nullable=False),
    Column("kind", String(64)),
    Column("about_kind", String(64)),
    Column("version", BigInteger, nullable=False),
    Column("seq", Integer, nullable=False),
    Index("ix_handlers_notice_line", "about", "seq"),
)
"""Each notice as it was read, as JSON; what could not be read as a notice is kept as text, without a kind.

`seq` counts the notices about one task or alert in the order in which they came; `version` is that of the snapshot it is about.
"""

delivery = Table(
    "handlers_delivery",
    LEDGER,
    Column("notice", String(300), primary_key=True),
    Column("destination", String(300), primary_key=True),
    Column("channel", String(20)),
    Column("state", String(20), nullable=False),
    Column("priority", String(64), nullable=False),
    Column("at", Float, nullable=False),
    Column("about", String(300), nullable=False),
    Column("customer", String(300), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("held_for", Integer, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("next_at", Float, nullable=False),
    Column("leased_until", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("detail", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("turn", Float, nullable=False),
    Column("kind", String(64)),
    Column("about_kind", String(64)),
    Index("ix_handlers_delivery_due", "destination", "state", "next_at"),
    Index("ix_handlers_delivery_turn", "destination", "turn", "notice", "next_at", **_OF_THE_UNSETTLED),
    Index("ix_handlers_delivery_line", "destination", "customer", "about", "seq", "notice", **_OF_THE_UNSETTLED),
    Index("ix_handlers_delivery_changed", "state", "changed_at"),
)
"""`attempts` counts those begun; `held_for` is the count at which HELD was last published; times are seconds since 1970.

`seq`, `kind` and `about_kind` are the notice's; `turn` is smaller for what goes first: by priority, then the newest.
"""

known_status = Table(
    "handlers_known_status",
    LEDGER,
    Column("about_kind", String(64), primary_key=True),
    Column("about", String(300), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("status", String(64), nullable=False),
    Column("seen_at", Float, nullable=False, index=True),
)
"""The status of each task and alert, by the newest snapshot that was read."""

outcome = Table(
    "handlers_outcome",
    LEDGER,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(300), nullable=False, unique=True),
    Column("notice", String(300), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("published", Boolean, nullable=False),
    Index("ix_handlers_outcome_published", "published", "seq"),
)
"""The outbox: each record for the topic of deliveries, and whether it is on the topic."""
