"""Users and sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_user",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("password", sa.String),
        sa.Column("subject", sa.String),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "console_session",
        sa.Column("token", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("csrf", sa.String, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
    op.create_index("ix_console_session_name", "console_session", ["name"])


def downgrade() -> None:
    op.drop_table("console_session")
    op.drop_table("console_user")
