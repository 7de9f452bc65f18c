"""Catalogues: the English of the tables in another language, read from `locales/<language>.po` when it is first needed.

A new language is its tag in LANGUAGES and its file: a copy of another one with other `msgstr`. Tests say what is missing in it, and they
say it as well when the English of a row has changed, or a code is new.
"""

from __future__ import annotations

from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

LANGUAGES = ("en", "de")
"""English is what the tables say; each other one has a file."""
_LONGEST_TAG = 35
"""Characters of a language tag that RFC 5646 asks to be prepared for."""


@lru_cache(maxsize=256)
def language_of(tag: str) -> str:
    """The catalogue for a BCP 47 tag: that of its language (`de-AT` -> `de`), or English."""
    language = str(tag)[:_LONGEST_TAG].replace("_", "-").partition("-")[0].strip().lower()
    return language if language in LANGUAGES else LANGUAGES[0]


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> NullTranslations:
    """The translations into one of LANGUAGES, compiled in memory: no binary file is kept beside its source."""
    if language == LANGUAGES[0]:
        return NullTranslations()
    from babel.messages.mofile import write_mo  # only who reads another language than English waits for these
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with files("schemas.sentences").joinpath("locales", f"{language}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
