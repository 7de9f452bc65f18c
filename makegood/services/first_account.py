"""The first account of a board: an admin with a random password, shown once to whoever started it."""

from __future__ import annotations

import time

from console import migrate
from console.accounts import AccountError, Accounts
from makegood.config.database import open_engine, url_of
from makegood.config.settings import Settings

ADMIN = "admin"


async def first_admin(settings: Settings) -> str | None:
    """The password of the admin that was made; None where there are accounts already, or where people sign in elsewhere."""
    if settings.console.oidc is not None:
        return None
    engine = open_engine(url_of(settings.database_url, settings.directory, "console"))
    try:
        await migrate.upgrade(engine)
        accounts = Accounts(engine, settings.console.session_hours * 3600, time.time)
        return None if await accounts.users() else await accounts.add(ADMIN, "admin")
    except AccountError:  # another process made it at the same moment, and tells its password
        return None
    finally:
        await engine.dispose()
