"""Alembic runs this; the connection comes from whoever asked for the upgrade."""

from __future__ import annotations

from alembic import context

from handlers.tables import LEDGER

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=LEDGER,
    version_table="handlers_alembic_version",
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
