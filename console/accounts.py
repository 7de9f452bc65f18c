"""Who may sign in: local users with argon2 hashes and roles, sessions with a token of their own against forged requests."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Boolean, Column, Float, MetaData, String, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from console.settings import ROLES, Role

ACCOUNTS = MetaData()

user = Table(
    "console_user",
    ACCOUNTS,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("password", String),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
)
"""`password` is an argon2 hash; none where the user signs in elsewhere."""

session = Table(
    "console_session",
    ACCOUNTS,
    Column("token", String, primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("csrf", String, nullable=False),
    Column("expires_at", Float, nullable=False),
)
"""`token` is the SHA-256 of what the browser holds, so that nobody who reads the database can sign in with it."""

LEAST_PASSWORD = 12
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody's password: so that an unknown name takes as long as a wrong password")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The user behind a request."""

    name: str
    role: Role
    csrf: str

    def may(self, least: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(least)


class AccountError(ValueError):
    """What was asked for does not work; the text is a sentence for people."""


class Accounts:
    """Users and sessions in the database. `clock` gives seconds since 1970."""

    def __init__(self, engine: AsyncEngine, session_s: float, clock: Any) -> None:
        self.engine, self.session_s, self.clock = engine, session_s, clock

    # -- sessions ------------------------------------------------------------------------------------------------------------------

    async def sign_in(self, name: str, password: str) -> tuple[str, SignedIn] | None:
        """A fresh token and who it stands for; None where name or password is wrong."""
        async with self.engine.connect() as db:
            row = (await db.execute(select(user).where(user.c.name == name))).first()
        usable = row is not None and not row.disabled and row.password is not None
        right = await asyncio.to_thread(_verify, row.password if usable and row is not None else _NOBODY, password)
        return await self.open_session(name, row.role) if right and usable and row is not None else None

    async def open_session(self, name: str, role: Role) -> tuple[str, SignedIn]:
        """A session for somebody whose identity is established."""
        token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(24), self.clock()
        async with self.engine.begin() as db:
            await db.execute(delete(session).where(session.c.expires_at < now))
            fresh = {"token": _digest(token), "name": name, "csrf": csrf, "expires_at": now + self.session_s}
            await db.execute(insert(session), fresh)
        return token, SignedIn(name, role, csrf)

    async def who(self, token: str | None) -> SignedIn | None:
        """Who holds this token, if the session still runs and the user may still sign in."""
        if not token:
            return None
        statement = (
            select(session.c.name, session.c.csrf, user.c.role)
            .join(user, user.c.name == session.c.name)
            .where(session.c.token == _digest(token), session.c.expires_at > self.clock(), user.c.disabled.is_(False))
        )
        async with self.engine.connect() as db:
            row = (await db.execute(statement)).first()
        return None if row is None else SignedIn(row.name, row.role, row.csrf)

    async def sign_out(self, token: str) -> None:
        async with self.engine.begin() as db:
            await db.execute(delete(session).where(session.c.token == _digest(token)))

    # -- users ---------------------------------------------------------------------------------------------------------------------

    async def users(self) -> list[dict[str, Any]]:
        async with self.engine.connect() as db:
            found = await db.execute(select(user.c.name, user.c.role, user.c.disabled).order_by(user.c.name))
            return [dict(row) for row in found.mappings()]

    async def add(self, name: str, role: Role, password: str | None = None) -> str:
        """Add a user; returns the password, a random one where none is given. Raises AccountError."""
        name = name.strip()
        if not 1 <= len(name) <= 64 or not name.isprintable():  # noqa: PLR2004
            raise AccountError("a name has 1 to 64 printable characters")
        secret = _checked(password)
        fresh = {"name": name, "role": role, "password": await _hashed(secret), "disabled": False, "created_at": self.clock()}
        async with self.engine.begin() as db:
            if await db.scalar(select(user.c.name).where(user.c.name == name)):
                raise AccountError(f"there is already a user {name}")
            await db.execute(insert(user), fresh)
        return secret

    async def admit(self, name: str, role: Role) -> bool:
        """Somebody whom the identity provider vouches for: added, or given the role of today. False where we have disabled them."""
        async with self.engine.begin() as db:
            row = (await db.execute(select(user).where(user.c.name == name))).first()
            if row is None:
                fresh = {"name": name, "role": role, "password": None, "disabled": False, "created_at": self.clock()}
                await db.execute(insert(user), fresh)
            elif row.password is not None or row.disabled:
                return False  # a local user's name is not taken over from outside
            else:
                await db.execute(update(user).where(user.c.name == name).values(role=role))
        return True

    async def alter(self, name: str, *, role: Role | None = None, disabled: bool | None = None, new_password: bool = False) -> str | None:
        """Change a user, whose sessions end; returns the new password if one was asked for. Raises AccountError."""
        secret = secrets.token_urlsafe(12) if new_password else None
        changed: dict[str, Any] = {"role": role, "disabled": disabled, "password": await _hashed(secret) if secret else None}
        async with self.engine.begin() as db:
            if not await db.scalar(select(user.c.name).where(user.c.name == name)):
                raise AccountError(f"there is no user {name}")
            values = {key: value for key, value in changed.items() if value is not None}
            if values:
                await db.execute(update(user).where(user.c.name == name).values(**values))
                await db.execute(delete(session).where(session.c.name == name))
            admins = select(user.c.name).where(user.c.role == "admin", user.c.disabled.is_(False))
            if not (await db.execute(admins)).first():
                raise AccountError("that would leave no admin who can sign in")
        return secret


def _checked(password: str | None) -> str:
    if password is None:
        return secrets.token_urlsafe(12)
    if len(password) < LEAST_PASSWORD:
        raise AccountError(f"a password has at least {LEAST_PASSWORD} characters")
    return password


async def _hashed(password: str) -> str:
    return await asyncio.to_thread(_HASHER.hash, password)


def _verify(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def same(given: str | None, expected: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest((given or "").encode(), expected.encode())
