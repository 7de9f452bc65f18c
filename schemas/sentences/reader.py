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


@dataclass(frozen=True, slots=True)
class Reader:
    """One for each language tag and zone; `reader_of` keeps them."""

    language: str
    words: NullTranslations
    locale: Locale
    numbers: Numbers
    zone: tzinfo

    def fixed(self, name: str, **texts: str) -> str:
        """A fixed part of a sentence with texts put in, which stay as they are."""
        return self.words.pgettext(f"fixed.{name}", FIXED[name]).format(**texts)

    def label(self, kind: str, slug: str) -> str:
        """What a slug is called; its words, where nobody knows it."""
        known = LABELS.get(kind, {}).get(slug)
        return plain(slug.replace("_", " "), MOST_VALUE) if known is None else self.words.pgettext(f"label.{kind}.{slug}", known)

    def counted(self, noun: str, shown: str) -> str:
        """A number with its noun (`days`, or a case of it: `days.dative`), singular where it reads as 1."""
        one, many = NOUNS[noun.partition(".")[0]]
        return self.words.npgettext(f"noun.{noun}", one, many, 1 if shown == "1" else 2).format(n=shown)

    def instant(self, at: datetime) -> str:
        """An instant in the reader's zone, to the minute."""
        return formats.instant(at, self.locale, self.zone)


@lru_cache(maxsize=256)
def reader_of(tag: str, zone: str = "UTC") -> Reader:
    """The reader for a BCP 47 tag and a zone of the tz database; English and UTC stand in for what we do not know."""
    language, locale = language_of(tag), formats.locale_of(tag)
    return Reader(language, catalogue(language), locale, formats.numbers_of(locale), formats.zone_of(zone))
