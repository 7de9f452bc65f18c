"""Notices, deliveries and outcomes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handlers_notice",
        sa.Column("id", sa.String(300), primary_key=True),
        sa.Column("route", sa.String(300), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
    )
    op.create_table(
        "handlers_delivery",
        sa.Column("notice", sa.String(300), primary_key=True),
        sa.Column("destination", sa.String(300), primary_key=True),
        sa.Column("channel", sa.String(20)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("priority", sa.String(2), nullable=False),
        *[sa.Column(name, sa.String(300), nullable=False) for name in ("about", "customer")],
        *[sa.Column(name, sa.Integer, nullable=False) for name in ("attempts", "held_for")],
        *[sa.Column(name, sa.Float, nullable=False) for name in ("at", "seen_at", "next_at", "leased_until", "changed_at")],
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_handlers_delivery_due", "handlers_delivery", ["destination", "state", "next_at"])
    op.create_index("ix_handlers_delivery_changed", "handlers_delivery", ["state", "changed_at"])
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
    for name in ("handlers_outcome", "handlers_delivery", "handlers_notice"):
        op.drop_table(name)
