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
    """A place for a value in the form `show`. Of several names (`{a+b:lacks}`) it is given those that are there."""

    names: tuple[str, ...]
    show: Show
    digits: int
    fits: Callable[[Any], bool]

    def fill(self, reader: Reader, values: Mapping[str, Any]) -> str:
        """The value in its form; as it is, where it is none that the form can take: a sentence never fails."""
        names = self.names
        value = values[names[0]] if len(names) == 1 else [name for name in names if self.fits(values.get(name))]
        try:
            return self.show(reader, value, self.digits, values)
        except (TypeError, ValueError, ArithmeticError, LookupError):
            return text(reader, value)


class Segment(NamedTuple):
    """Words and places; and the values that it needs: of each tuple of names one that fits."""

    parts: tuple[str | Field, ...]
    needs: tuple[tuple[tuple[str, ...], Callable[[Any], bool]], ...]

    def fits(self, values: Mapping[str, Any]) -> bool:
        for names, fits in self.needs:
            for name in names:
                if fits(values.get(name)):
                    break
            else:
                return False
        return True

    def fill(self, reader: Reader, values: Mapping[str, Any]) -> str:
        return "".join([part if type(part) is str else part.fill(reader, values) for part in self.parts])  # type: ignore[union-attr]


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
    return Template(groups, any("said" in names for group in groups for segment in group for names, _ in segment.needs))


def _segment(source: str) -> Segment:
    parts: list[str | Field] = []
    needs: list[tuple[tuple[str, ...], Callable[[Any], bool]]] = []
    for literal, name, spec, _ in Formatter().parse(source):
        if set(literal) & set("[]|"):
            raise ValueError(f"{source!r}: an alternative cannot hold others")
        if literal:
            parts.append(literal)
        if name is not None:
            bare = (spec or "").rstrip(_DIGITS)
            form, digits, names = form_of(bare), (spec or "")[len(bare) :], tuple(name.split("+"))
            parts.append(Field(names, form.show, int(digits or 0), form.fits))
            needs += [(names, form.fits), *(((other,), form.fits) for other in form.beside)]
    return Segment(tuple(parts), tuple(needs))


@lru_cache(maxsize=4096)
def template_of(language: str, table: str, key: str) -> Template | None:
    """The template of a table's row in one of our languages, or None where there is no such row."""
    english = TABLES[table].get(key)
    return None if english is None else parse(catalogue(language).pgettext(f"{table}.{key}", english))


def fill(template: Template, reader: Reader, values: Mapping[str, Any]) -> str | None:
    """The sentence, or None where a value is missing that it cannot do without."""
    shown = ""
    for alternatives in template.groups:
        for segment in alternatives:
            if segment.fits(values):
                shown += segment.fill(reader, values)
                break
        else:
            return None
    return shown


def fill_row(table: str, key: str, values: Mapping[str, Any], reader: Reader) -> str | None:
    """The sentence of a table's row; None where there is no such row, or a value is missing that it cannot do without."""
    template = template_of(reader.language, table, key)
    return None if template is None else fill(template, reader, values)
