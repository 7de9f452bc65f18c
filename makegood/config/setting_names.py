"""What may stand at a place of a settings or policy file, and what somebody who slipped most likely meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

Path = tuple[str | int, ...]
_SHORTEST_OFFER = 8


def settings_at(model: type[BaseModel], path: Path) -> list[str]:
    """The names that may stand in the table at a path: () for the whole file."""
    kind: Any = model
    for part in path:
        kind = _inside(kind, part)
    kind = _plain(kind)
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _plain(kind: Any) -> Any:
    return _plain(get_args(kind)[0]) if get_origin(kind) in {Annotated, Union, UnionType} else kind


def _inside(kind: Any, part: str | int) -> Any:
    kind = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(part))
        return field.annotation if field else None
    arguments = get_args(kind)
    return arguments[-1] if get_origin(kind) is dict else next(iter(arguments), None)


def unknown(slip: str, names: list[str]) -> str:
    """What to say of a name that is none: the nearest one, or all of a few."""
    return "is not a setting here" + offer(slip, names)


def offer(slip: str, names: list[str]) -> str:
    """The nearest name, or all of a few, as the end of a sentence."""
    if near := nearest(slip, names):
        return near
    return f"; settings here are {', '.join(names)}" if names and len(names) <= _SHORTEST_OFFER else ""


def nearest(slip: str, names: Iterable[str]) -> str:
    """`; did you mean x?`, or empty where nothing is near."""
    near = difflib.get_close_matches(slip.casefold(), list(names), n=1)
    return f"; did you mean {near[0]}?" if near else ""
