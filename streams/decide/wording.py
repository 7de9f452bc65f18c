"""What values hold: somebody's words on one line, safe to show, and instants as text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from schemas.message import instant
from schemas.wording import plain
from streams.decide.state import NUMBER, OFTEN, Value, Why

MOST_QUOTED = 160
MOST_NAME = 80


def words(text: str | None) -> str | None:
    """What somebody said, on one line, at most MOST_QUOTED characters; None for nothing."""
    return (plain(text, MOST_QUOTED) or None) if text else None


def name(text: str) -> str:
    """What something is called, short."""
    return plain(text, MOST_NAME)


@lru_cache(maxsize=256)
def moment(at: float) -> str:
    """Seconds since 1970 as the text of an instant in UTC."""
    return instant(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def why(code: str, said: str | None = None, **values: bool | float | str | None) -> Why:
    """A reason, with those of its values that there are. `said` is somebody's words as they came."""
    return Why(*_held(code, values), words(said) if said else None)


def _held(code: str, values: Mapping[str, Value | None]) -> tuple[int | str, list[Value | None] | dict[str, Value]]:
    """Code and values as a record holds them: of one of OFTEN its number, and the values in order, as far as there are any."""
    names = OFTEN.get(code)
    if names is None or not values.keys() <= set(names):
        return code, {name: value for name, value in values.items() if value is not None}
    held = [values.get(name) for name in names]
    while held and held[-1] is None:
        del held[-1]
    return NUMBER[code], held


def shortened(fields: list[Any]) -> list[Any]:
    """The fields of a reason that was written before there was OFTEN, for a migration."""
    code, *rest = fields
    return [*_held(code, rest[0] if rest else {}), *rest[1:]]
