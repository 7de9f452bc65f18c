"""A text as it is compared with the phrases, and from there back to the customer's own letters."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate

Span = tuple[int, int]
"""From where to where in a text as it is compared, in characters."""

_ACCENTS = re.compile("[\u0300-\u036f]+")
"""Kana marks are letters of their own: only marks on letters of alphabets are dropped."""
_SPACED_MARK = re.compile(r"\s([!?])")
"""As the French write it."""
_MARKS = " .!,"
_LAST = ". "
"""Ends the last sentence; and so there is always a character after the last word."""


def plain(text: str) -> str:
    """Text as it is compared: compatibility forms unified, case folded, accents off, one kind of apostrophe and of i."""
    if text.isascii():
        return text.lower()
    western = _western(text)
    return _folded(text) if western is None else western


def _folded(text: str) -> str:
    text = _nfkc(text).casefold().replace("\u2019", "'").replace("\u02bc", "'").replace("\u0131", "i")
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _western(text: str) -> str | None:
    """The same letter by letter, in a quarter of the time, for text of western Europe (Latin-1); None where a letter is none of that, or is
    compared as more than one (the German sharp s).
    """
    letters = text.encode("latin-1", "ignore").translate(_EACH, _OTHERS)
    return letters.decode("latin-1") if len(letters) == len(text) else None


def comparable(text: str) -> str:
    """A whole text as it is compared."""
    said = plain(_encodable(text))
    return (_SPACED_MARK.sub(r"\1 ", said) if " !" in said or " ?" in said else said) + _LAST


def as_written(text: str, said: str, span: Span) -> str:
    """What stands there, in the customer's own letters where each of these has its place among those compared."""
    start, end = span
    if not text.isascii() and _western(text) is None:
        text = _nfkc(_encodable(text))
        ends = list(accumulate(map(_length, text)))
        if ends[-1] + len(_LAST) != len(said):
            return said[start:end].strip(_MARKS)
        start, end = bisect_right(ends, start), bisect_left(ends, end) + 1
    return text[start:end].strip(_MARKS)


def _encodable(text: str) -> str:
    """Halves of surrogate pairs, of which the finder knows nothing, become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=2048)
def _length(letter: str) -> int:
    """Of a letter as it is compared."""
    return len(_folded(letter))


def _each() -> tuple[bytes, bytes]:
    """Of the letters of Latin-1: as what they are compared, and those of which that is no one letter of it, or that NFKC changes."""
    letters = [chr(code) for code in range(256)]
    others = [letter for letter in letters if len(_folded(letter)) != 1 or _folded(letter) > letters[-1] or _nfkc(letter) != letter]
    return bytes(0 if letter in others else ord(_folded(letter)) for letter in letters), bytes(map(ord, others))


_EACH, _OTHERS = _each()
