"""Tables of the read model: what the topics say, arranged for the board. They can be dropped and read anew at any time."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text

READ_MODEL_VERSION = "8"
"""Raised with every change below: the console then reads the topics anew."""

PREFIX = "board_"
"""With which every table below begins, and no other in the database."""
READ_MODEL = MetaData()


_WORD = String().with_variant(String(collation="C"), "postgresql")
"""Text that is compared byte by byte, as SQLite does it: so both databases sort and page in one order."""

position = Table(
    "board_position",
    READ_MODEL,
    Column("topic", _WORD, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("next", BigInteger, nullable=False),
    PrimaryKeyConstraint("topic", "partition"),
)

meta = Table("board_meta", READ_MODEL, Column("name", _WORD, primary_key=True), Column("value", _WORD, nullable=False))

task = Table(
    "board_task",
    READ_MODEL,
    Column("id", _WORD, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("customer", _WORD, nullable=False, index=True),
    Column("customer_name", _WORD),
    Column("tier", _WORD, nullable=False),
    Column("cause", _WORD, nullable=False),
    Column("status", _WORD, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("priority", _WORD, nullable=False),
    Column("owner", _WORD, nullable=False),
    Column("settled", Integer, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("follows", _WORD, index=True),
    Column("words", Text, nullable=False),
    Column("snapshot", Text, nullable=False),
    Index("board_task_queue", "is_open", "priority", "settled", "due_at", "id"),
    Index("board_task_changed", "is_open", "changed_at"),
)
"""`settled` is 1 where no clock runs: the customer was answered, or the task put off. In the queue these come after the others."""

alert = Table(
    "board_alert",
    READ_MODEL,
    Column("id", _WORD, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("customer", _WORD, nullable=False, index=True),
    Column("active", Boolean, nullable=False, index=True),
    Column("value", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("snapshot", Text, nullable=False),
)

chance = Table(
    "board_chance",
    READ_MODEL,
    Column("alert", _WORD, nullable=False),
    Column("version", Integer, nullable=False),
    Column("customer", _WORD, nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("level", _WORD, nullable=False),
    Column("chance", Float, nullable=False),
    Column("signals", Text, nullable=False),
    PrimaryKeyConstraint("alert", "version"),
)
"""Every version of an alert: the chance of leaving over time. `signals` is JSON: [[name, strength], ...]."""

policy = Table(
    "board_policy",
    READ_MODEL,
    Column("name", _WORD, primary_key=True),
    Column("at", Float, nullable=False),
    Column("silence", Text, nullable=False),
)
"""One row, `adopted`: of the policy that was adopted last, the rules of silence as JSON."""

customer = Table(
    "board_customer",
    READ_MODEL,
    Column("id", _WORD, primary_key=True),
    Column("name", _WORD),
    Column("tier", _WORD, nullable=False),
    Column("hic", Boolean, nullable=False),
    Column("chance", Float),
    Column("known", Text, nullable=False),
    Column("words", Text, nullable=False),
)
"""`chance` is that of leaving, 0 to 1, as the newest snapshot has it.

`known` is JSON: field -> [since, order, value]; the newest by these two holds, so the order of reading does not matter."""

alias = Table(
    "board_alias",
    READ_MODEL,
    Column("alias", _WORD, nullable=False),
    Column("customer", _WORD, nullable=False, index=True),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("alias", "customer"),
)
"""By which e-mail addresses and other names facts have called a customer."""

entry = Table(
    "board_entry",
    READ_MODEL,
    Column("customer", _WORD, nullable=False),
    Column("kind", _WORD, nullable=False),
    Column("id", _WORD, nullable=False),
    Column("step", Integer, nullable=False),
    Column("about", _WORD, index=True),
    Column("about_kind", _WORD),
    Column("type", _WORD, nullable=False),
    Column("at", Float, nullable=False),
    Column("message", Text, nullable=False),
    PrimaryKeyConstraint("customer", "kind", "id"),
    Index("board_entry_timeline", "customer", "at"),
)
"""The timeline of each customer: facts, decisions, deliveries, commands. `about` is the task or alert, where there is one.

`message` is what crossed the topic, as JSON: it is said when somebody reads it, in their language.

`step` puts what happened at the same instant in order: first the fact, at last what was sent because of it."""

command = Table(
    "board_command",
    READ_MODEL,
    Column("id", _WORD, primary_key=True),
    Column("input", _WORD, nullable=False, index=True),
    Column("task", _WORD, nullable=False, index=True),
    Column("customer", _WORD, nullable=False, index=True),
    Column("verb", _WORD, nullable=False),
    Column("actor", _WORD, nullable=False),
    Column("at", Float, nullable=False),
    Column("message", Text, nullable=False),
)

verdict = Table(
    "board_verdict",
    READ_MODEL,
    Column("input", _WORD, primary_key=True),
    Column("customer", _WORD, nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("state", _WORD, nullable=False),
    Column("message", Text, nullable=False),
)
"""What was decided about the command that came as this input; either may be read first. `message` is the decision or the dead letter."""

delivery = Table(
    "board_delivery",
    READ_MODEL,
    Column("id", _WORD, primary_key=True),
    Column("notice", _WORD, nullable=False),
    Column("kind", _WORD),
    Column("about", _WORD, nullable=False, index=True),
    Column("about_kind", _WORD),
    Column("customer", _WORD, nullable=False, index=True),
    Column("destination", _WORD, nullable=False),
    Column("channel", _WORD),
    Column("attempt", Integer, nullable=False),
    Column("outcome", _WORD, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("next_at", Float),
)

dead_letter = Table(
    "board_dead_letter",
    READ_MODEL,
    Column("id", _WORD, primary_key=True),
    Column("topic", _WORD, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("fault", _WORD, nullable=False),
    Column("error", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("key", Text),
    Column("value", Text),
    Column("headers", Text, nullable=False),
)

"""`size` is that of the record's value in bytes; where it is not `whole`, `value` is a part of it, or no record at all."""

replayed = Table("board_replayed", READ_MODEL, Column("id", _WORD, primary_key=True), Column("at", Float, nullable=False))
"""Dead letters that were sent again."""

unresolved = Table("board_unresolved", READ_MODEL, Column("fact", _WORD, primary_key=True), Column("source", _WORD, nullable=False))

source = Table(
    "board_source",
    READ_MODEL,
    Column("source", _WORD, primary_key=True),
    Column("facts", BigInteger, nullable=False),
    Column("last_event_at", Float, nullable=False),
    Column("last_arrived_at", Float, nullable=False),
)

feed = Table(
    "board_feed",
    READ_MODEL,
    Column("feed", _WORD, primary_key=True),
    Column("facts", BigInteger, nullable=False),
    Column("last_arrived_at", Float, nullable=False),
)
"""What arrives of that which the judgement lives on."""

feed_hour = Table(
    "board_feed_hour",
    READ_MODEL,
    Column("feed", _WORD, nullable=False),
    Column("hour", BigInteger, nullable=False),
    PrimaryKeyConstraint("feed", "hour"),
)
"""The hours since 1970 in which anything of a feed arrived, the newest of each feed: its rhythm, in whatever order topics are read."""

minute = Table(
    "board_minute",
    READ_MODEL,
    Column("minute", BigInteger, primary_key=True),
    Column("facts", Integer, nullable=False),
    Column("decisions", Integer, nullable=False),
)
"""Records read, by the minute in which they were written (minutes since 1970)."""

service_event = Table(
    "board_service_event",
    READ_MODEL,
    Column("id", _WORD, primary_key=True),
    Column("service", _WORD, nullable=False),
    Column("state", _WORD, nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("sentence", Text, nullable=False),
)

erased = Table("board_erased", READ_MODEL, Column("customer", _WORD, primary_key=True), Column("at", Float, nullable=False))

change = Table(
    "board_change",
    READ_MODEL,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", _WORD, nullable=False),
    Column("ref", _WORD, nullable=False),
)
"""What changed on the board, in order: the live stream reads it, and its numbers are the Last-Event-ID.

Numbers go on from one read model to the next: a browser that remembers one of an older model is asked to begin anew."""
