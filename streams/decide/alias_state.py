"""State: what is remembered of an alias. Times are seconds since 1970."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from schemas.customers import Trust


class Parked(Struct, array_like=True, gc=False):
    """A fact that waits: the fact as JSON where it is parked, else the next alias that it went on to."""

    fact: str
    occurred_at: float
    body: bytes | None = None
    onward: str | None = None
    source: str = ""
    """Whose fact it is: ids are only unique within a source."""


class AliasRecord(Struct, array_like=True, gc=False):
    """Whose an alias is, and the facts that came before anybody said so."""

    alias: str
    customer: str | None = None
    trust: Annotated[int, Trust] = 0
    linked_at: float = 0.0
    parked: list[Parked] = []
    kept: dict[str, bytes] = {}
    """Slices that this version does not know, by name and version, as they were."""
