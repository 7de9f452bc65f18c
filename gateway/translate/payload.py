"""Reading foreign JSON: liberal where a value is optional, strict where it decides, and always able to say where."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from gateway.translate.translation import BadPayload
from schemas import tolerant_reader

T = TypeVar("T")

MOST_TEXT = 20_000
MOST_NAME = 256
_LARGEST_INT = 10**40
_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "true or false", int: "a number", float: "a number"}
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,12}))? ?(Z|z|UTC|[+-]\d\d:?\d\d)?")


def parse(raw: bytes) -> Any:
    """JSON as Python values. Raises BadPayload with line and column where it is none."""
    try:
        return tolerant_reader.parse(raw)
    except ValidationError as error:
        raise BadPayload("$", str(error.errors(include_url=False, include_input=False)[0]["msg"])) from None


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a payload with its JSON path. What is absent is a node too, with the value None."""

    value: Any
    path: str = "$"

    def at(self, *keys: str) -> Node:
        """The member down these keys; absent where anything on the way is absent or no object."""
        value, path = self.value, self.path
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
            path = f"{path}.{key}"
        return Node(value, path)

    def first(self, *paths: str) -> Node:
        """The first of these dotted paths that holds something, else the first of them."""
        nodes = [self.at(*path.split(".")) for path in paths]
        return next((node for node in nodes if node.value is not None), nodes[0])

    def members(self) -> Iterator[Node]:
        """The elements of an array; none where it is no array."""
        if isinstance(self.value, list):
            yield from (Node(value, f"{self.path}[{number}]") for number, value in enumerate(self.value))

    def entries(self) -> Iterator[tuple[str, Node]]:
        """The members of an object by name; none where it is no object."""
        if isinstance(self.value, dict):
            yield from ((key, Node(value, f"{self.path}.{key}")) for key, value in self.value.items())

    def need(self, read: Callable[[Node], T | None], what: str) -> T:
        """What `read` makes of it. Raises BadPayload where that is nothing."""
        found = read(self)
        if found is None:
            raise BadPayload(self.path, f"{what} is expected here, but there is {self.kind()}")
        return found

    def kind(self) -> str:
        """What it is, in words."""
        if self.value is None:
            return "nothing"
        return "an empty string" if self.value == "" else _KINDS.get(type(self.value), "something else")

    # -- reads: each gives None where the value is absent or of another kind ----------------------------------------------------------

    def record(self) -> Node | None:
        """An object."""
        return self if isinstance(self.value, dict) else None

    def text(self) -> str | None:
        """What somebody wrote, without its surrounding white space, at most 20,000 characters."""
        if not isinstance(self.value, str):
            return None
        text = self.value.replace("\0", "").strip()
        return (text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…") or None

    def name(self) -> str | None:
        """A short text in one line, at most 256 characters."""
        text = " ".join((self.text() or "").split())
        return (text if len(text) <= MOST_NAME else f"{text[: MOST_NAME - 1]}…") or None

    def word(self) -> str | None:
        """An enumeration's value in lower case: `URGENT` -> `urgent`."""
        return (self.name() or "").casefold()[:MOST_NAME].strip() or None

    def identifier(self) -> str | None:
        """An id, given as text or as a whole number. Nothing where it is longer than any id is: a cut one would be another's."""
        if isinstance(self.value, int) and not isinstance(self.value, bool) and abs(self.value) < _LARGEST_INT:
            return str(self.value)
        if isinstance(self.value, str):
            value = self.value.strip()
            return value if value and len(value) <= MOST_NAME and value.isprintable() else None
        return None

    def number(self) -> float | None:
        """A finite number; text is none."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or abs(self.value) > _LARGEST_INT:
            return None
        return float(self.value) if math.isfinite(self.value) else None

    def instant(self) -> datetime | None:
        """An ISO 8601 date and time, to the microsecond. Without a zone it is UTC, which is what these systems mean."""
        found = _INSTANT.fullmatch(self.value.strip()) if isinstance(self.value, str) else None
        if found is None:
            return None
        day, minute, second, fraction, zone = found.groups()
        zone = "+00:00" if zone in {None, "Z", "z", "UTC"} else zone
        try:
            at = datetime.fromisoformat(f"{day}T{minute}{second or ':00'}.{(fraction or '')[:6]:0<6}{zone}")
        except ValueError:
            return None
        return at.astimezone(UTC) if 1900 < at.year < 2200 else None  # noqa: PLR2004  the years that a fact may have


def microseconds(at: datetime) -> int:
    """Since 1970: a version made of a time. Exact in JavaScript's numbers too, which nanoseconds would not be."""
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return max(0, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)
