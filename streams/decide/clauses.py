"""How far words reach in a text: sentences, clauses, what stands between two places, and whether a place is negated."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from schemas.message import once
from schemas.phrases import Phrases

NEAR = 4
"""So many words may stand between parts of a phrase that belong together in their order."""
FAR = 9
"""The same where they may stand in any order."""
NEGATION_REACH = 6
"""A negation counts among so many words before the phrase."""
AFTER_REACH = 3
"""In languages that negate after the verb: so many words after the phrase."""
LETTERS_A_WORD = 3
"""In scripts that divide no words."""
LETTERS_AFTER = 8
"""There, so many characters after the phrase."""
NEGATES_AFTER = frozenset({"de", "nl", "tr", "ja", "ko"})
NEGATES_TWICE = frozenset({"fr", "es", "it", "pt", "pl", "el", "uk", "hy"})
"""In these languages a second negation only strengthens the first: "no he recibido ninguna respuesta" is no answer."""

_END = re.compile(r"(?<!\d)[.!?\u2026;](?=\s|$)|[\n\u3002\uff01\uff1f\u055e\u0589]")
"""A point after a number is most likely a date's."""
_COMMA = re.compile(r"[,(:\u3001\uff0c\u055d]|\s[-\u2013\u2014]\s")
_WORD = re.compile(r"[^\W_]+(?:['\-][^\W_]+)*")


def is_unspaced(character: str) -> bool:
    """Whether the script divides no words, so that no word boundary can be asked for (Han, kana, Thai)."""
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff" or "\u0e00" <= character <= "\u0e7f"


class Grammar:
    """The small words of a language that end a clause, bind a noun to something else, or negate."""

    def __init__(self, phrases: Phrases, plain: Callable[[str], str]) -> None:
        self.negations = frozenset(map(plain, phrases.negations))
        self.clauses = frozenset(map(plain, phrases.clauses))
        self.prepositions = frozenset(map(plain, phrases.prepositions))
        self.negates_after = phrases.language in NEGATES_AFTER
        self.negates_twice = phrases.language in NEGATES_TWICE
        self.unspaced = any(is_unspaced(word[:1]) for word in self.negations)

    def negates(self, text: str) -> bool:
        """Whether a negation is among these words."""
        return text != " " and any(map(self.is_negation, _WORD.findall(text)))

    def is_negation(self, word: str) -> bool:
        """Whether a word is a negation, or joined to one by an apostrophe (n'ai)."""
        return word in self.negations or word[: word.find("'") + 1] in self.negations


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
        """Whether no sentence ends between two places."""
        return bisect_left(self._ends, start) == bisect_left(self._ends, end)

    def near(self, start: int, end: int, grammar: Grammar) -> bool:
        """Whether what stands between two places only says more about what is after it: few words, none of which leads elsewhere."""
        between = self.text[start:end]
        if _COMMA.search(between) or not self._within(start, end, NEAR, grammar):
            return False
        return grammar.prepositions.isdisjoint(_WORD.findall(between))

    def together(self, start: int, end: int, grammar: Grammar) -> bool:
        """Whether two places belong to one clause, or to clauses that only a comma divides."""
        return self._within(start, end, FAR, grammar)

    def in_one_clause(self, start: int, end: int, grammar: Grammar) -> bool:
        """Whether two places belong to one clause, and not even a comma stands between them."""
        return _COMMA.search(self.text[start:end]) is None and self.together(start, end, grammar)

    def _within(self, start: int, end: int, most: int, grammar: Grammar) -> bool:
        if end - start > 12 * most or not self.one_sentence(start, end):
            return False
        between = self.text[start:end]
        if grammar.unspaced:
            return end - start <= LETTERS_A_WORD * most
        words = _WORD.findall(between)
        return len(words) <= most and grammar.clauses.isdisjoint(words)

    def negated(self, start: int, end: int, gaps: list[tuple[int, int]], grammar: Grammar) -> bool:
        """Whether a negation stands before the phrase in its clause, or in these gaps between its parts."""
        if any(grammar.negates(self.text[a:b]) for a, b in gaps):
            return True
        if grammar.negates_twice and grammar.is_negation(self.text[start:end].partition(" ")[0]):
            return False
        return self._negated_before(start, grammar) or (grammar.negates_after and self._negated_after(end, grammar))

    def _negated_before(self, start: int, grammar: Grammar) -> bool:
        words = _WORD.findall(_COMMA.split(self.text[self.sentence(start)[0] : start])[-1])[-NEGATION_REACH:]
        for word in reversed(words):
            if word in grammar.clauses:
                return False
            if grammar.is_negation(word):
                return True
        return False

    def _negated_after(self, end: int, grammar: Grammar) -> bool:
        after = _COMMA.split(self.text[end : self.sentence(end)[1]])[0]
        if grammar.unspaced:
            return any(negation in after[:LETTERS_AFTER] for negation in grammar.negations)
        words = _WORD.findall(after)[:AFTER_REACH]
        return any(word.startswith(negation) for word in words for negation in grammar.negations)  # in Turkish the person follows
