"""What values hold: somebody's words on one line, safe to show, and instants as text."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import msgspec

from schemas.message import instant
from schemas.wording import plain
from streams.decide.state import NUMBER, OFTEN, Value, Why

_encode = msgspec.json.Encoder().encode
MOST_QUOTED = 160
MOST_NAME = 80
_LISTED: dict[int | str, tuple[int, tuple[str, ...], frozenset[str]]] = {
    code: (NUMBER[code], names, frozenset(names)) for code, names in OFTEN.items()
}


def words(text: str | None) -> str | None:
    """What somebody said, on one line, at most MOST_QUOTED characters; None for nothing."""
    return (plain(text, MOST_QUOTED) or None) if text else None


def name(text: str) -> str:
    """What something is called, short."""
    return plain(text, MOST_NAME)


@lru_cache(maxsize=256)
def moment(at: float) -> str:
    """Seconds since 1970 as the text of an instant in UTC."""
    return written(instant(at)).decode()


@lru_cache(maxsize=256)  # one event's outputs share their time
def written(in_utc: datetime) -> bytes:
    """An instant in UTC as text, to the millisecond: as `isoformat` has it, in a third of the time."""
    return _encode(in_utc)[1:20] + b".%03dZ" % (in_utc.microsecond // 1000)


def why(code: str, said: str | None = None, **values: bool | float | str | None) -> Why:
    """A reason, with those of its values that there are. `said` is somebody's words as they came."""
    if None in values.values():
        values = {name: value for name, value in values.items() if value is not None}
    return Why(code, cast("dict[str, Value]", values), words(said) if said else None)


def short(reason: Why) -> Why:
    """The same as a record holds it: one of OFTEN without its code and the names of its values, unless it has a value that is not listed."""
    listed = _LISTED.get(reason.reason)
    if listed is None or not isinstance(reason.held, dict) or not reason.held.keys() <= listed[2]:
        return reason
    number, names, _ = listed
    held = [*map(reason.held.get, names)]
    while held and held[-1] is None:
        del held[-1]
    return Why(number, held, reason.said)


def shortened(fields: list[Any]) -> Any:
    """The fields of a reason that was written before there was OFTEN, for a migration."""
    return msgspec.to_builtins(short(Why(*fields)))
