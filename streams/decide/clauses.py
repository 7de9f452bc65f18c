"""How far words reach in a text: sentences, clauses, what stands between two places, and whether a place is negated."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.message import once
from schemas.phrases import Phrases
from streams.decide.letters import Span, plain

MOST_PLACES = 8
"""Of each word of a phrase so many places in a text are looked at."""
NEAR = 4
"""So many words may stand between parts of a phrase that belong together in their order."""
FAR = 9
"""The same where they may stand in any order."""
NEGATION_REACH = 6
"""A negation counts among so many words before the phrase."""
AFTER_REACH = 3
"""In languages that negate after the verb: so many words after the phrase."""
REACH_LETTERS = 60
"""So many characters before a phrase hold so many words, nearly always."""
LETTERS_A_WORD = 3
"""In scripts that divide no words."""
LETTERS_AFTER = 8
"""There, so many characters after the phrase."""
NEGATES_AFTER = frozenset({"de", "nl", "tr", "ja", "ko"})
NEGATES_TWICE = frozenset({"fr", "es", "it", "pt", "pl", "el", "uk", "hy"})
"""In these languages a second negation only strengthens the first: "no he recibido ninguna respuesta" is no answer."""

_END = re.compile(r"[.!?\u2026;\n\u3002\uff01\uff1f\u055e\u0589](?:(?<=[\n\u3002\uff01\uff1f\u055e\u0589])|(?<!\d.)(?=\s|$))")
"""A point after a number is most likely a date's. The marks stand first in the pattern: so all that is none is passed over quickly."""
_COMMA = re.compile(r"[,(:\u3001\uff0c\u055d]|\s[-\u2013\u2014]\s")
_WORD = re.compile(r"[^\W_]+(?:['\-][^\W_]+)*")


def is_unspaced(character: str) -> bool:
    """Whether the script divides no words, so that no word boundary can be asked for (Han, kana, Thai)."""
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff" or "\u0e00" <= character <= "\u0e7f"


@dataclass(frozen=True, slots=True)
class Words:
    """Alternatives that are looked for, as they are compared: of each, whether it ends where a word ends, and may begin inside one."""

    texts: tuple[str, ...]
    bounds: tuple[tuple[bool, bool], ...]

    def places(self, said: str) -> list[Span]:
        """Where they stand: at a word's start, unless they may begin inside, and to a word's end: a stem goes on to it."""
        places: list[Span] = []
        for text, (whole, inside) in zip(self.texts, self.bounds, strict=True):
            if text in said:  # most are not
                places += _places(text, whole, inside, said)
        return places


def word_end(said: str, end: int) -> int:
    """Where the word ends in which a place ends."""
    while said[end].isalnum() and not is_unspaced(said[end]):
        end += 1
    return end


def _places(text: str, whole: bool, inside: bool, said: str) -> list[Span]:
    places: list[Span] = []
    start = said.find(text)
    while start >= 0 and len(places) < MOST_PLACES:
        if inside or not start or not said[start - 1].isalnum():
            end = start + len(text)
            last = word_end(said, end)
            if last == end or not whole:
                places.append((start, last))
        start = said.find(text, start + 1)
    return places


class Grammar:
    """The small words of a language that end a clause, bind a noun to something else, or negate."""

    def __init__(self, phrases: Phrases) -> None:
        self.negations = frozenset(map(plain, phrases.negations))
        self.clauses = frozenset(map(plain, phrases.clauses))
        self.prepositions = frozenset(map(plain, phrases.prepositions))
        self.negates_after = phrases.language in NEGATES_AFTER
        self.negates_twice = phrases.language in NEGATES_TWICE
        self.unspaced = any(is_unspaced(word[:1]) for word in self.negations)
        self.beginnings = tuple(self.negations)
        """Of words that negate after the verb: in Turkish the person follows."""
        self._elided = frozenset(negation for negation in self.negations if negation.endswith("'"))

    def negates(self, text: str) -> bool:
        """Whether a negation is among the words of this text."""
        return text != " " and self.has_negation(_WORD.findall(text))

    def has_negation(self, words: Iterable[str]) -> bool:
        """Whether one of these words is a negation, or joined to one by an apostrophe (n'ai)."""
        return not self.negations.isdisjoint(words) or (bool(self._elided) and any(map(self._joined_to_one, words)))

    def is_negation(self, word: str) -> bool:
        """Whether a word is a negation, or joined to one."""
        return word in self.negations or (bool(self._elided) and self._joined_to_one(word))

    def _joined_to_one(self, word: str) -> bool:
        return word[: word.find("'") + 1] in self._elided


class Said:
    """A text as it is compared, and where its sentences end."""

    def __init__(self, text: str) -> None:
        self.text = text

    @once
    def _ends(self) -> list[int]:
        return [found.start() for found in _END.finditer(self.text)]

    def sentence(self, at: int) -> tuple[int, int]:
        """Where the sentence around a place begins and ends."""
        number = bisect_right(self._ends, at)
        last = self._ends[number] if number < len(self._ends) else len(self.text)
        return (self._ends[number - 1] + 1 if number else 0), last

    def one_sentence(self, start: int, end: int) -> bool:
        """Whether no sentence ends between two places, or in what both share."""
        first, last = (start, end) if start <= end else (end, start)
        found = _END.search(self.text, first, last + 1)
        return found is None or found.start() >= last

    def near(self, start: int, end: int, grammar: Grammar) -> bool:
        """Whether what stands between two places only says more about what is after it: few words, none of which leads elsewhere."""
        if self.text[start:end] == " ":
            return True  # what most phrases have between their parts
        words = self._between(start, end, NEAR, grammar)
        return words is not None and grammar.prepositions.isdisjoint(words) and not self._comma(start, end)

    def together(self, start: int, end: int, grammar: Grammar) -> bool:
        """Whether two places belong to one clause, or to clauses that only a comma divides."""
        return self._between(start, end, FAR, grammar) is not None

    def in_one_clause(self, start: int, end: int, grammar: Grammar) -> bool:
        """Whether two places belong to one clause, and not even a comma stands between them."""
        return self.together(start, end, grammar) and not self._comma(start, end)

    def _comma(self, start: int, end: int) -> bool:
        return _COMMA.search(self.text[start:end]) is not None

    def _between(self, start: int, end: int, most: int, grammar: Grammar) -> list[str] | None:
        """The words between two places; None where they are too many, or do not stand in one clause."""
        if end - start > 12 * most or not self.one_sentence(start, end):
            return None
        words: list[str] = _WORD.findall(self.text[start:end])
        if grammar.unspaced:
            return words if end - start <= LETTERS_A_WORD * most else None
        return words if len(words) <= most and grammar.clauses.isdisjoint(words) else None

    def negated(self, start: int, end: int, gaps: list[Span], grammar: Grammar) -> bool:
        """Whether a negation stands before the phrase in its clause, or in these gaps between its parts."""
        for gap_start, gap_end in gaps:
            if grammar.negates(self.text[gap_start:gap_end]):
                return True
        if grammar.negates_twice and grammar.is_negation(self.text[start:end].partition(" ")[0]):
            return False
        return self._negated_before(start, grammar) or (grammar.negates_after and self._negated_after(end, grammar))

    def _negated_before(self, start: int, grammar: Grammar) -> bool:
        near = self.text[max(0, start - REACH_LETTERS) : start]
        words = _WORD.findall(near)
        if not grammar.has_negation(words) and (len(words) > NEGATION_REACH or len(near) < REACH_LETTERS):
            return False  # as nearly always, and nobody need look where the clause begins
        words = _WORD.findall(_COMMA.split(self.text[self.sentence(start)[0] : start])[-1])[-NEGATION_REACH:]
        for word in reversed(words):
            if word in grammar.clauses:
                return False
            if grammar.is_negation(word):
                return True
        return False

    def _negated_after(self, end: int, grammar: Grammar) -> bool:
        last = _END.search(self.text, end + 1)
        after = _COMMA.split(self.text[end : last.start() if last else len(self.text)])[0]
        if grammar.unspaced:
            return any(map(after[:LETTERS_AFTER].__contains__, grammar.negations))
        return any(word.startswith(grammar.beginnings) for word in _WORD.findall(after)[:AFTER_REACH])
