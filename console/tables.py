"""Tables of the read model: what the topics say, arranged for the board. They can be dropped and read anew at any time."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text

READ_MODEL_VERSION = "1"
"""Raised with every change below: the console then reads the topics anew."""

READ_MODEL = MetaData()
_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself only for INTEGER

position = Table(
    "position",
    READ_MODEL,
    Column("topic", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("next", BigInteger, nullable=False),
    PrimaryKeyConstraint("topic", "partition"),
)

meta = Table("meta", READ_MODEL, Column("name", String, primary_key=True), Column("value", String, nullable=False))

task = Table(
    "task",
    READ_MODEL,
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("customer", String, nullable=False, index=True),
    Column("customer_name", String),
    Column("tier", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("status", String, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("priority", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("follows", String, index=True),
    Column("words", Text, nullable=False),
    Column("snapshot", Text, nullable=False),
    Index("task_queue", "is_open", "priority", "due_at", "id"),
    Index("task_changed", "is_open", "changed_at"),
)

alert = Table(
    "alert",
    READ_MODEL,
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("customer", String, nullable=False, index=True),
    Column("active", Boolean, nullable=False, index=True),
    Column("value", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("snapshot", Text, nullable=False),
)

customer = Table(
    "customer",
    READ_MODEL,
    Column("id", String, primary_key=True),
    Column("name", String),
    Column("owner", String),
    Column("tier", String, nullable=False),
    Column("tier_because", Text),
    Column("tier_at", Float, nullable=False),
    Column("hic", Boolean, nullable=False),
    Column("hic_because", Text),
    Column("hic_at", Float, nullable=False),
    Column("annual_value", Float),
    Column("renews_on", String),
    Column("labels", Text),
    Column("profile_at", Float, nullable=False),
    Column("renewal_at", Float, nullable=False),
    Column("words", Text, nullable=False),
)

entry = Table(
    "entry",
    READ_MODEL,
    Column("customer", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("id", String, nullable=False),
    Column("about", String, index=True),
    Column("type", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    PrimaryKeyConstraint("customer", "kind", "id"),
    Index("entry_timeline", "customer", "at"),
)
"""The timeline of each customer: facts, decisions, deliveries, commands. `about` is the task or alert, where there is one."""

command = Table(
    "command",
    READ_MODEL,
    Column("id", String, primary_key=True),
    Column("input", String, nullable=False, index=True),
    Column("task", String, nullable=False, index=True),
    Column("customer", String, nullable=False, index=True),
    Column("verb", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("detail", Text, nullable=False),
)

verdict = Table(
    "verdict",
    READ_MODEL,
    Column("input", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("sentence", Text, nullable=False),
)
"""What was decided about the command that came as this input (topic-partition-offset); either may be read first."""

delivery = Table(
    "delivery",
    READ_MODEL,
    Column("id", String, primary_key=True),
    Column("notice", String, nullable=False),
    Column("about", String, nullable=False, index=True),
    Column("customer", String, nullable=False, index=True),
    Column("destination", String, nullable=False),
    Column("channel", String),
    Column("attempt", Integer, nullable=False),
    Column("outcome", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("next_at", Float),
)

dead_letter = Table(
    "dead_letter",
    READ_MODEL,
    Column("id", String, primary_key=True),
    Column("topic", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("fault", String, nullable=False),
    Column("error", Text, nullable=False),
    Column("key", Text),
    Column("value", Text),
    Column("headers", Text, nullable=False),
)

replayed = Table("replayed", READ_MODEL, Column("id", String, primary_key=True), Column("at", Float, nullable=False))
"""Dead letters that were sent again."""

waiting = Table("waiting", READ_MODEL, Column("fact", String, primary_key=True), Column("source", String, nullable=False))

source = Table(
    "source",
    READ_MODEL,
    Column("source", String, primary_key=True),
    Column("facts", BigInteger, nullable=False),
    Column("last_event_at", Float, nullable=False),
    Column("last_arrived_at", Float, nullable=False),
)

minute = Table(
    "minute",
    READ_MODEL,
    Column("minute", BigInteger, primary_key=True),
    Column("facts", Integer, nullable=False),
    Column("decisions", Integer, nullable=False),
)
"""Records read, by the minute in which they were written (minutes since 1970)."""

happening = Table(
    "happening",
    READ_MODEL,
    Column("id", String, primary_key=True),
    Column("part", String, nullable=False),
    Column("state", String, nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("sentence", Text, nullable=False),
)

erased = Table("erased", READ_MODEL, Column("customer", String, primary_key=True), Column("at", Float, nullable=False))

change = Table(
    "change",
    READ_MODEL,
    Column("number", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("ref", String, nullable=False),
    sqlite_autoincrement=True,
)
"""What changed on the board, in order: the live stream reads it, and its numbers are the Last-Event-ID."""
