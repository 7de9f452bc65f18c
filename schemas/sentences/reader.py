"""For whom a sentence is made: the words of their language, the numbers of their locale, instants in their zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from gettext import NullTranslations

from babel import Locale

from schemas.sentences import formats
from schemas.sentences.catalogue import catalogue, language_of
from schemas.sentences.formats import Numbers
from schemas.sentences.labels import FIXED, LABELS, NOUNS
from schemas.wording import plain

MOST_VALUE = 160
"""Characters of a text that is a value."""
_SEVERAL = 2
"""gettext knows plurals of whole numbers: a fraction reads as some, never as one."""


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """One for each language tag and zone; `reader_of` keeps them, so that each equals only itself."""

    language: str
    words: NullTranslations
    locale: Locale
    numbers: Numbers
    zone: tzinfo
    quotes: tuple[str, str]

    def fixed(self, name: str, **texts: str) -> str:
        """A fixed part of a sentence with texts put in, which stay as they are."""
        return self.words.pgettext(f"fixed.{name}", FIXED[name]).format(**texts)

    def label(self, kind: str, slug: str) -> str:
        """What a slug is called; its words, where nobody knows it."""
        known = LABELS.get(kind, {}).get(slug)
        return plain(slug.replace("_", " "), MOST_VALUE) if known is None else self.words.pgettext(f"label.{kind}.{slug}", known)

    def counted(self, noun: str, number: float, digits: int = 0) -> str:
        """A number with its noun (`days`, or a case of it: `days.dative`), in the plural form of what it reads as."""
        one, many = NOUNS[noun.partition(".")[0]]
        shown, read = self.numbers.decimal(number, digits), abs(round(number, digits))
        return self.words.npgettext(f"noun.{noun}", one, many, int(read) if read == int(read) else _SEVERAL).format(n=shown)

    def instant(self, at: datetime | str) -> str:
        """An instant (ISO 8601) in the reader's zone, to the minute."""
        return _instant(self, at)

    def day(self, at: datetime) -> str:
        """The day of an instant, in the zone that it came with: who names a day means it there."""
        return formats.day(at.date(), self.locale)


@lru_cache(maxsize=4096)
def _instant(reader: Reader, at: datetime | str) -> str:
    return formats.instant(at if isinstance(at, datetime) else datetime.fromisoformat(at), reader.locale, reader.zone)


@lru_cache(maxsize=256)
def reader_of(tag: str, zone: str = "UTC") -> Reader:
    """The reader for a BCP 47 tag and a zone of the tz database; English and UTC stand in for what we do not know."""
    language, locale = language_of(tag), formats.locale_of(tag)
    words = catalogue(language)
    before, _, after = words.pgettext("fixed.quote", FIXED["quote"]).partition("{text}")
    return Reader(language, words, locale, formats.numbers_of(locale), formats.zone_of(zone), (before, after))
