"""Templates: `{name:form}` is a value, `[a|b]` the first of its alternatives whose values are all there, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from string import Formatter
from typing import Any, NamedTuple

from schemas.sentences.catalogue import catalogue
from schemas.sentences.english import TABLES
from schemas.sentences.forms import Show, form_of, text
from schemas.sentences.reader import Reader

_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_DIGITS = "0123456789"


class Field(NamedTuple):
    """A place for a value. Of several names (`{a+b:lacks}`) it is given those that are there."""

    names: tuple[str, ...]
    show: Show
    digits: int
    fits: Callable[[Any], bool]

    def is_there(self, values: Mapping[str, Any]) -> bool:
        return any(self.fits(values.get(name)) for name in self.names)

    def fill(self, reader: Reader, values: Mapping[str, Any]) -> str:
        """The value in its form; as it is, where it is none that the form can take: a sentence never fails."""
        name, *more = self.names
        value = [name for name in self.names if self.fits(values.get(name))] if more else values[name]
        try:
            return self.show(reader, value, self.digits, values)
        except (TypeError, ValueError, ArithmeticError, LookupError):
            return text(reader, value)


class Segment(NamedTuple):
    """Words and places, and the places whose values it needs."""

    parts: tuple[str | Field, ...]
    needs: tuple[Field, ...]

    def fits(self, values: Mapping[str, Any]) -> bool:
        return all(field.is_there(values) for field in self.needs)

    def fill(self, reader: Reader, values: Mapping[str, Any]) -> str:
        return "".join([part if isinstance(part, str) else part.fill(reader, values) for part in self.parts])


class Template(NamedTuple):
    """Groups of alternatives, one after the other. `quotes` tells whether what somebody said has a place in them."""

    groups: tuple[tuple[Segment, ...], ...]
    quotes: bool


def parse(source: str) -> Template:
    """A template, ready to be filled. Errors of its writing are ValueError and KeyError (a form that does not exist)."""
    groups = tuple(
        tuple(_segment(alternative) for alternative in ([*piece.split("|"), ""] if number % 2 else [piece]))
        for number, piece in enumerate(_OPTIONAL.split(source))
        if piece
    )
    return Template(groups, any("said" in field.names for group in groups for segment in group for field in segment.needs))


def _segment(source: str) -> Segment:
    parts: list[str | Field] = []
    needs: list[Field] = []
    for literal, name, spec, _ in Formatter().parse(source):
        if literal:
            parts.append(literal)
        if name is not None:
            bare = (spec or "").rstrip(_DIGITS)
            form, digits = form_of(bare), (spec or "")[len(bare) :]
            field = Field(tuple(name.split("+")), form.show, int(digits or 0), form.fits)
            parts.append(field)
            needs += [field, *(Field((other,), text, 0, form_of("").fits) for other in form.beside)]
    return Segment(tuple(parts), tuple(needs))


@lru_cache(maxsize=4096)
def template_of(language: str, table: str, key: str) -> Template | None:
    """The template of a table's row in one of our languages, or None where there is no such row."""
    english = TABLES[table].get(key)
    return None if english is None else parse(catalogue(language).pgettext(f"{table}.{key}", english))


def fill(template: Template, reader: Reader, values: Mapping[str, Any]) -> str | None:
    """The sentence, or None where a value is missing that it cannot do without."""
    shown = []
    for alternatives in template.groups:
        segment = next((one for one in alternatives if one.fits(values)), None)
        if segment is None:
            return None
        shown.append(segment.fill(reader, values))
    return "".join(shown)


def fill_row(table: str, key: str, values: Mapping[str, Any], reader: Reader) -> str | None:
    """The sentence of a table's row; None where there is no such row, or a value is missing that it cannot do without."""
    template = template_of(reader.language, table, key)
    return None if template is None else fill(template, reader, values)
