"""What values hold: somebody's words on one line, safe to show, and instants as text."""

from __future__ import annotations

from functools import lru_cache

from schemas.message import instant
from schemas.wording import plain
from streams.decide.state import Why

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
    return Why(code, {name: value for name, value in values.items() if value is not None}, words(said) if said else None)
