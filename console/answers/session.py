"""Who is signed in, and who may be."""

from __future__ import annotations

from pydantic import Field

from console.answers.shown import Instant, Shown
from console.settings import Role

Called = dict[str, str]
"""Slug -> label."""


class May(Shown):
    """What the role allows."""

    command: bool
    bulk: bool
    admin: bool


class Labels(Shown):
    """What slugs are called in the reader's language, by field."""

    cause: Called
    status: Called
    level: Called
    verdict: Called
    notice: Called
    fault: Called
    channel: Called


class Me(Shown):
    """Who is signed in, and how they read."""

    name: str
    display_name: str
    role: Role
    csrf: str
    local: bool = Field(description="Has a password here, and can change it.")
    may: May
    zone: str | None = Field(description="The time zone in which everybody sees times; null where each reader has their own.")
    language: str
    languages: list[str] = Field(description="In which sentences can be read.")
    labels: Labels
    server_time: Instant


class SignedOut(Shown):
    """Nothing is left to say."""


class User(Shown):
    """Who may sign in."""

    name: str
    role: Role
    disabled: bool
    local: bool = Field(description="Has a password here; others sign in with the company's account.")


class Users(Shown):
    users: list[User]


class UserAdded(Shown):
    """`password` is the one that was made up, to be handed on; null where one was given."""

    name: str
    role: Role
    password: str | None


class UserChanged(Shown):
    """`password` is a fresh one, where that was asked for."""

    name: str
    password: str | None
