"""What all messages share: unknown fields are ignored, instants carry a zone, text is bounded."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Annotated, Any, Self, TypeVar, overload

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Value = TypeVar("Value")


class once(cached_property[Value]):  # noqa: N801  it is written as a decorator
    """A cached_property without the lock that Python 3.11 takes for it, which costs more than most that is worked out."""

    @overload
    def __get__(self, message: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, message: object, owner: type[Any] | None = None) -> Value: ...
    def __get__(self, message: object, owner: type[Any] | None = None) -> Self | Value:
        """Asked for the first time only: then the value stands among the message's own."""
        if message is None:
            return self
        value = message.__dict__[self.func.__name__] = self.func(message)
        return value


class Message(BaseModel):
    """A message that crosses a topic. Fields we do not know are ignored: a newer producer must not break an older worker."""

    model_config = ConfigDict(extra="ignore", frozen=True, ser_json_inf_nan="null", allow_inf_nan=False, ignored_types=(once,))


def _representable(instant: datetime) -> datetime:
    """Years 1 and 9999 overflow when a zone is applied; nothing a customer did is that old."""
    if not 1900 <= instant.year <= 2200:  # noqa: PLR2004
        raise ValueError("the year must lie between 1900 and 2200")
    return instant


Instant = Annotated[AwareDatetime, AfterValidator(_representable)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Count = Annotated[int, Field(ge=0, le=2**53)]
"""Bounded, so that it fits in a state record and in the numbers of JSON, which are exact up to here."""
Number = Annotated[float, Field(ge=-1e12, le=1e12)]
"""Bounded, so that no difference of two overflows."""


def seconds(instant: datetime) -> float:
    """Seconds since 1970 in UTC."""
    return instant.timestamp()


@lru_cache(maxsize=1024)  # what is told of one thing names the same few instants over and over
def instant(at: float) -> datetime:
    """The instant of `at` seconds since 1970, in UTC, to the millisecond (so that it survives JSON unchanged)."""
    return datetime.fromtimestamp(round(at, 3), UTC)
