"""Cursors: the place at which a list goes on, encoded as text that the board hands back."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

_MOST = 2**53


class BadCursor(ValueError):
    """`after` is none that a list has given."""


def encode_cursor(*place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def decode_cursor(cursor: str, *kinds: type) -> list[Any]:
    """The place that a cursor names: one value of each kind. Raises BadCursor."""
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor))
        fits = isinstance(place, list) and len(place) == len(kinds) and all(map(_is, place, kinds))
    except (ValueError, TypeError, RecursionError):
        fits = False
    if not fits:
        raise BadCursor("`after` is not a cursor that this list has given: begin without it")
    return list(place)


def _is(part: Any, kind: type) -> bool:
    if kind is str:
        return isinstance(part, str) and "\0" not in part
    return type(part) is kind and isinstance(part, int | float) and math.isfinite(part) and abs(part) < _MOST
