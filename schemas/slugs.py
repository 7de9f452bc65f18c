"""Enumerations that later versions may add to: a slug that this version does not know is read as itself, and goes on as it came."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, TypeVar

from pydantic import GetCoreSchemaHandler, ValidationError, WrapValidator

Slugs = TypeVar("Slugs", bound=StrEnum)
_SLUG = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
"""As long as the columns of databases are that hold one."""


def slug_of(kind: type[Slugs], value: str) -> Slugs:
    """The member of this value; of one that a later version has, a member that only equals itself. ValueError for what can be no slug."""
    known = kind._value2member_map_.get(value)
    if known is not None:
        return known  # type: ignore[return-value]
    if not _SLUG.fullmatch(value):
        raise ValueError(f"{value[:80]!r} is not a valid {kind.__name__}")
    new = str.__new__(kind, value)
    new._name_, new._value_ = value.upper(), value
    return new


def _read(kind: type[Slugs], value: Any, known: Callable[[Any], Slugs]) -> Slugs:
    try:
        return known(value)
    except ValidationError:
        if isinstance(value, str) and not isinstance(value, StrEnum) and _SLUG.fullmatch(value):
            return slug_of(kind, value)
        raise  # among others for a word of another list, which is a slip of ours


class _Open:
    """The schema of the enumeration, which others read, stays as it is: it lists what this version writes."""

    def __get_pydantic_core_schema__(self, source: type[StrEnum], handler: GetCoreSchemaHandler) -> Any:
        return WrapValidator(partial(_read, source)).__get_pydantic_core_schema__(source, handler)


Open = Annotated[Slugs, _Open()]
"""Of what Makegood writes: a worker may be newer than who reads it. What people and other systems write is not open: it may be a slip."""
