"""Notices, deliveries and outcomes, and how tasks and alerts stand."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_UNSETTLED = sa.text("state IN ('pending', 'attempting')")
_OF_THE_UNSETTLED: dict[str, Any] = {"sqlite_where": _UNSETTLED, "postgresql_where": _UNSETTLED}
_LINE = ["destination", "customer", "about", "seq", "notice"]


def upgrade() -> None:
    _notices()
    _deliveries()
    op.create_table(
        "handlers_known_status",
        sa.Column("about_kind", sa.String(64), primary_key=True),
        sa.Column("about", sa.String(300), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(64), nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
    )
    op.create_index("ix_handlers_known_status_seen_at", "handlers_known_status", ["seen_at"])
    _outcomes()


def _notices() -> None:
    op.create_table(
        "handlers_notice",
        sa.Column("id", sa.String(300), primary_key=True),
        sa.Column("route", sa.String(300), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
        sa.Column("about", sa.String(300), nullable=False),
        *[sa.Column(name, sa.String(64)) for name in ("kind", "about_kind")],
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.create_index("ix_handlers_notice_line", "handlers_notice", ["about", "seq"])


def _deliveries() -> None:
    op.create_table(
        "handlers_delivery",
        sa.Column("notice", sa.String(300), primary_key=True),
        sa.Column("destination", sa.String(300), primary_key=True),
        sa.Column("channel", sa.String(20)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("priority", sa.String(64), nullable=False),
        *[sa.Column(name, sa.String(300), nullable=False) for name in ("about", "customer")],
        *[sa.Column(name, sa.String(64)) for name in ("kind", "about_kind")],
        *[sa.Column(name, sa.Integer, nullable=False) for name in ("attempts", "held_for", "seq")],
        *[sa.Column(name, sa.Float, nullable=False) for name in ("at", "seen_at", "next_at", "leased_until", "changed_at", "turn")],
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_handlers_delivery_due", "handlers_delivery", ["destination", "state", "next_at"])
    op.create_index("ix_handlers_delivery_changed", "handlers_delivery", ["state", "changed_at"])
    turn = ["destination", "turn", "notice", "next_at"]
    op.create_index("ix_handlers_delivery_turn", "handlers_delivery", turn, **_OF_THE_UNSETTLED)
    op.create_index("ix_handlers_delivery_line", "handlers_delivery", _LINE, **_OF_THE_UNSETTLED)


def _outcomes() -> None:
    op.create_table(
        "handlers_outcome",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(300), nullable=False, unique=True),
        sa.Column("notice", sa.String(300), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("published", sa.Boolean, nullable=False),
    )
    op.create_index("ix_handlers_outcome_notice", "handlers_outcome", ["notice"])
    op.create_index("ix_handlers_outcome_published", "handlers_outcome", ["published", "seq"])


def downgrade() -> None:
    for name in ("handlers_outcome", "handlers_known_status", "handlers_delivery", "handlers_notice"):
        op.drop_table(name)
