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
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from console.database import storable
from console.settings import ROLES, Role

ACCOUNTS = MetaData()

user = Table(
    "console_user",
    ACCOUNTS,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("password", String),
    Column("subject", String),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
)
"""`password` is an argon2 hash; none where the user signs in elsewhere, as `subject`: the issuer and its name for the account."""

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
MOST_NAME = 64
HASHED_AT_ONCE = 2
"""Passwords, whoever asks for it: each takes 64 MB for a moment."""
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody's password: so that an unknown name takes as long as a wrong password")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The user behind a request."""

    name: str
    role: Role
    csrf: str
    local: bool = True
    """Signs in with a password of ours."""

    def may(self, least: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(least)


class AccountError(ValueError):
    """What was asked for does not work; the text is a sentence for people."""


class Accounts:
    """Users and sessions in the database. `clock` gives seconds since 1970."""

    def __init__(self, engine: AsyncEngine, session_s: float, clock: Any) -> None:
        self.engine, self.session_s, self.clock = engine, session_s, clock
        self._hashing = asyncio.Semaphore(HASHED_AT_ONCE)

    # -- sessions ------------------------------------------------------------------------------------------------------------------

    async def check(self, name: str, password: str) -> SignedIn | None:
        """Who has this name and password; None where they do not fit together, after the same time as where they do."""
        async with self.engine.connect() as db:
            row = (await db.execute(select(user).where(user.c.name == storable(name)))).first()
        usable = row is not None and not row.disabled and row.password is not None
        hashed = row.password if usable and row is not None else _NOBODY
        async with self._hashing:
            right = await asyncio.to_thread(_verify, hashed, password)
        return SignedIn(row.name, row.role, "") if right and usable and row is not None else None

    async def open_session(self, name: str, role: Role, *, local: bool) -> tuple[str, SignedIn]:
        """A session for somebody whose identity is established: its token, and who it stands for."""
        token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(24), self.clock()
        async with self.engine.begin() as db:
            await db.execute(delete(session).where(session.c.expires_at < now))
            fresh = {"token": _digest(token), "name": name, "csrf": csrf, "expires_at": now + self.session_s}
            await db.execute(insert(session), fresh)
        return token, SignedIn(name, role, csrf, local)

    async def who(self, token: str | None) -> SignedIn | None:
        """Who holds this token, if the session still runs and the user may still sign in."""
        if not token:
            return None
        statement = (
            select(session.c.name, session.c.csrf, user.c.role, user.c.password)
            .join(user, user.c.name == session.c.name)
            .where(session.c.token == _digest(token), session.c.expires_at > self.clock(), user.c.disabled.is_(False))
        )
        async with self.engine.connect() as db:
            row = (await db.execute(statement)).first()
        return None if row is None else SignedIn(row.name, row.role, row.csrf, row.password is not None)

    async def sign_out(self, token: str) -> None:
        async with self.engine.begin() as db:
            await db.execute(delete(session).where(session.c.token == _digest(token)))

    # -- users ---------------------------------------------------------------------------------------------------------------------

    async def users(self) -> list[dict[str, Any]]:
        async with self.engine.connect() as db:
            found = await db.execute(select(user.c.name, user.c.role, user.c.disabled, user.c.password).order_by(user.c.name))
            return [{"name": r.name, "role": r.role, "disabled": r.disabled, "local": r.password is not None} for r in found]

    async def add(self, name: str, role: Role, password: str | None = None) -> str:
        """Add a user; returns the password, a random one where none is given. Raises AccountError."""
        name = name.strip()
        if not 1 <= len(name) <= MOST_NAME or not name.isprintable():
            raise AccountError(f"a name has 1 to {MOST_NAME} printable characters")
        secret = secrets.token_urlsafe(12) if password is None else password
        fresh = {"name": name, "role": role, "password": await self._hashed(secret), "disabled": False, "created_at": self.clock()}
        try:
            async with self.engine.begin() as db:
                await db.execute(insert(user), fresh)
        except IntegrityError:  # it says what the row was to hold: nobody is to read that
            raise AccountError(f"there is already a user {name}") from None
        return secret

    async def admit(self, name: str, role: Role, subject: str) -> str | None:
        """Somebody whom the identity provider vouches for: added, or given the role of today. Else why not, as a sentence.

        `subject` is the issuer and its name for the account: nobody comes in by taking the name of another, be it a local user.
        """
        if not 1 <= len(name) <= MOST_NAME or not name.isprintable():
            return f"the name of the account has to have 1 to {MOST_NAME} printable characters"
        try:
            return await self._admitted(name, role, subject)
        except IntegrityError:  # the same person came twice at once: now the name is there
            return await self._admitted(name, role, subject)

    async def _admitted(self, name: str, role: Role, subject: str) -> str | None:
        async with self.engine.begin() as db:
            row = (await db.execute(select(user).where(user.c.name == name))).first()
            if row is None:
                known = {"name": name, "role": role, "subject": subject, "disabled": False, "created_at": self.clock()}
                await db.execute(insert(user), known)
            elif row.subject != subject:
                return f"the name {name} belongs to another account here: ask an admin"
            elif row.disabled:
                return f"{name} may not use the board any longer: ask an admin"
            else:
                await db.execute(update(user).where(user.c.name == name).values(role=role))
        return None

    async def alter(
        self, name: str, *, role: Role | None = None, disabled: bool | None = None, password: str | None = None, new_password: bool = False
    ) -> str | None:
        """Change a user, whose sessions end; returns the new random password if one was asked for. Raises AccountError."""
        secret = secrets.token_urlsafe(12) if new_password else password
        hashed = None if secret is None else await self._hashed(secret)
        values = {key: value for key, value in (("role", role), ("disabled", disabled), ("password", hashed)) if value is not None}
        async with self.engine.begin() as db:
            row = (await db.execute(select(user).where(user.c.name == name))).first()
            if row is None:
                raise AccountError(f"there is no user {name}")
            if secret is not None and row.password is None:
                raise AccountError(f"there is no password here of {name}: they sign in with a company account")
            if values:
                await db.execute(update(user).where(user.c.name == name).values(**values))
                await db.execute(delete(session).where(session.c.name == name))
            admins = select(user.c.name).where(user.c.role == "admin", user.c.disabled.is_(False))
            if row.role == "admin" and not row.disabled and not (await db.execute(admins)).first():
                raise AccountError("that would leave no admin who can sign in")
        return secret if new_password else None

    async def _hashed(self, password: str) -> str:
        if len(password) < LEAST_PASSWORD:
            raise AccountError(f"a password has at least {LEAST_PASSWORD} characters")
        async with self._hashing:
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
