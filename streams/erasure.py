"""That somebody asked to be forgotten: kept without their name, so that what was on its way then brings nothing of them back."""

from __future__ import annotations

from msgspec import Struct

from streams.decide.context import object_hash
from streams.decide.record import Whole


class Erased(Struct, array_like=True):
    """When they asked, in seconds since 1970: what happened before is nobody's."""

    at: float = 0.0


ERASED = Whole(b"e:", Erased)
"""Under a key of its own for each customer."""


def place_of(customer: str) -> bytes:
    """The key of that in the state: a hash of the customer's id."""
    return ERASED.key + b"%x" % object_hash("erased", customer)
