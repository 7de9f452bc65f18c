"""The order of notices within a task, and how tasks and alerts stand."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KNOWN = """select n.id, n.body, d.about from handlers_notice n join handlers_delivery d on d.notice = n.id
order by n.seen_at, d.at, n.id"""
_UNSETTLED = sa.text("state IN ('pending', 'attempting')")


def upgrade() -> None:
    op.add_column("handlers_notice", sa.Column("about", sa.String(300), nullable=False, server_default=""))
    op.add_column("handlers_notice", sa.Column("kind", sa.String(40), nullable=False, server_default=""))
    op.add_column("handlers_notice", sa.Column("version", sa.BigInteger, nullable=False, server_default="0"))
    for table in ("handlers_notice", "handlers_delivery"):
        op.add_column(table, sa.Column("seq", sa.Integer, nullable=False, server_default="0"))
    op.add_column("handlers_delivery", sa.Column("turn", sa.Float, nullable=False, server_default="0"))
    op.create_table(
        "handlers_known_status",
        sa.Column("about", sa.String(300), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
    )
    _number(op.get_bind())
    op.create_index("ix_handlers_known_status_seen_at", "handlers_known_status", ["seen_at"])
    op.create_index("ix_handlers_notice_line", "handlers_notice", ["about", "seq"])
    where: Any = {"sqlite_where": _UNSETTLED, "postgresql_where": _UNSETTLED}
    op.create_index("ix_handlers_delivery_turn", "handlers_delivery", ["destination", "turn", "notice", "next_at"], **where)
    op.create_index("ix_handlers_delivery_line", "handlers_delivery", ["destination", "customer", "about", "seq", "notice"], **where)


def _number(connection: sa.Connection) -> None:
    """What is in the ledger gets the order in which it was seen, and within one reading that in which it happened."""
    rows = connection.execute(sa.text(_KNOWN)).all()
    last: Counter[str] = Counter()
    for id_, (body, about) in {row.id: (row.body, row.about) for row in rows}.items():
        last[about] += 1
        values = {"id": id_, "about": about, "kind": _kind(body), "seq": last[about]}
        connection.execute(sa.text("update handlers_notice set about = :about, kind = :kind, seq = :seq where id = :id"), values)
    connection.execute(sa.text("update handlers_delivery set turn = 1e12 * cast(substr(priority, 2) as integer) - at"))
    connection.execute(sa.text("update handlers_delivery set seq = (select seq from handlers_notice where id = handlers_delivery.notice)"))


def _kind(body: str) -> str:
    try:
        return str(json.loads(body)["kind"])[:40]
    except (ValueError, KeyError, TypeError):  # it never was a notice that can be read
        return ""


def downgrade() -> None:
    for name in ("turn", "line"):
        op.drop_index(f"ix_handlers_delivery_{name}", "handlers_delivery")
    op.drop_index("ix_handlers_notice_line", "handlers_notice")
    op.drop_table("handlers_known_status")
    for name in ("turn", "seq"):
        op.drop_column("handlers_delivery", name)
    for name in ("seq", "version", "kind", "about"):
        op.drop_column("handlers_notice", name)
