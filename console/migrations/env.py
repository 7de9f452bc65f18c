"""Alembic runs this; the connection comes from whoever asked for the upgrade."""

from __future__ import annotations

from alembic import context

from console.accounts import ACCOUNTS

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=ACCOUNTS,
    version_table="console_alembic_version",
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
