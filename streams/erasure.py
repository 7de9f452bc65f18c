"""That somebody asked to be forgotten: kept without their name, so that what was on its way then brings nothing of them back."""

from __future__ import annotations

from msgspec import Struct

from streams.decide.context import object_hash


class Erased(Struct, array_like=True):
    """When they asked, in seconds since 1970: what happened before is nobody's."""

    at: float


def place_of(customer: str) -> bytes:
    """The key of that in the state: a hash of the customer's id."""
    return b"e:%x" % object_hash("erased", customer)
