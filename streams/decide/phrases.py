"""Phrases that mean something for us (leaving, security ...), found in one pass over a text, in every language of the policy at once."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, get_args

from ahocorasick_rs import AhoCorasick, MatchKind

from schemas.phrase_notation import CLOSE, Atom, read
from schemas.phrases import ByIntent, Intent, Phrases
from schemas.policy import Policy
from streams.decide.clauses import Grammar, Said, is_unspaced
from streams.decide.own_words import own_words

MOST_PLACES = 8
"""Of each word of a phrase so many places in a text are looked at."""
Span = tuple[int, int]
Places = dict[int, list[Span]]
"""By the number of an atom: where it stands."""


class _Phrase(NamedTuple):
    intent: str
    parts: tuple[tuple[int, ...], ...]
    joins: tuple[str, ...]
    beside: tuple[int, ...]
    unless: tuple[int, ...]
    about: tuple[int, ...]
    atoms: frozenset[int]
    """All that are asked for when it may stand somewhere."""
    negative: bool
    """It negates something itself (don't recognise): a second word of that negation is none of the phrase (ne ... pas)."""
    grammar: Grammar


class Meaning(NamedTuple):
    """What the customer wrote that means something, and whether they negate it."""

    words: str
    negated: bool


_NOTHING: Mapping[str, Meaning] = {}


def plain(text: str) -> str:
    """Text as it is compared: compatibility forms unified, case folded, accents off, one kind of apostrophe and of i."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold().translate(_SAME))
    return unicodedata.normalize("NFC", folded.translate(_ACCENTS))


_SAME = {0x2019: "'", 0x02BC: "'", 0x0131: "i"}
_ACCENTS = dict.fromkeys(range(0x0300, 0x0370))
"""Kana marks are letters of their own: only marks on letters of alphabets are dropped."""
_MARKS = " .!,"
_SPACED_MARK = re.compile(r"\s([!?])")
"""As the French write it."""


class Lexicon:
    """The policy's phrases, compiled. Most texts hold none of the words that are rarest in each phrase: those are looked for first."""

    def __init__(self, policy: Policy) -> None:
        self._atoms: dict[Atom, int] = {}
        self._numbers: dict[tuple[Atom, ...], tuple[int, ...]] = {}
        self._phrases = [phrase for phrases in policy.phrases for phrase in self._compiled(phrases)]
        self._known = [(atom.whole, atom.inside or is_unspaced(atom.text[:1])) for atom in self._atoms]
        self._uses = Counter(number for phrase in self._phrases for part in phrase.parts for number in part)
        texts = [atom.text for atom in self._atoms]
        self._by_rare: dict[int, list[int]] = {}
        for number, phrase in enumerate(self._phrases):
            for atom in self._rarest(phrase, texts):
                self._by_rare.setdefault(atom, []).append(number)
        self._rare = list(self._by_rare)
        self._understood = lru_cache(maxsize=8)(self._intents)  # several aspects look at one text, one after the other
        self._find_rare = _finder([texts[number] for number in self._rare])
        self._find = _finder(texts)

    def intents(self, *texts: str) -> Mapping[str, Meaning]:
        """Intent -> the words that mean it, and whether they are negated. What is plain wins over what is negated, longer over shorter.

        Of several texts the first that says it plainly counts, else the first that says it.
        """
        if not self._phrases or not texts:
            return _NOTHING
        first, *others = texts
        found = self._understood(first)
        for other in others:
            found = {**found, **{i: meant for i, meant in self._understood(other).items() if i not in found or found[i].negated}}
        return found

    def _intents(self, text: str) -> dict[str, Meaning]:
        if "\n" in text:
            text = own_words(text)
        comparable = plain(text if text.isascii() else text.encode("utf-8", "replace").decode())
        whole = (_SPACED_MARK.sub(r"\1 ", comparable) if " !" in comparable or " ?" in comparable else comparable) + ". "
        candidates = self._candidates(whole)
        meant = self._meant(whole, [self._phrases[number] for number in sorted(candidates)]) if candidates else {}
        return {intent: Meaning(_as_written(text, whole, span), negated) for intent, (negated, span) in meant.items()}

    def _candidates(self, said: str) -> set[int]:
        """The phrases that may stand there, by the words that are rarest in them."""
        candidates: set[int] = set()
        for found, start, end in self._find_rare(said, overlapping=True):
            number = self._rare[found]
            whole, inside = self._known[number]
            if (inside or not start or not said[start - 1].isalnum()) and not (whole and said[end].isalnum()):
                candidates.update(self._by_rare[number])
        return candidates

    def _meant(self, whole: str, phrases: list[_Phrase]) -> dict[str, tuple[bool, Span]]:
        places, said = self._places(whole, frozenset().union(*(phrase.atoms for phrase in phrases))), Said(whole)
        found: dict[str, list[tuple[bool, Span]]] = {}
        for phrase in phrases:
            if not any(map(places.keys().isdisjoint, phrase.parts)):
                found.setdefault(phrase.intent, []).extend(_found(phrase, places, said))
        return {intent: _plainest(spans) for intent, spans in found.items() if spans}

    def _places(self, said: str, asked: frozenset[int]) -> Places:
        """Where each of these atoms stands: at a word's start, in scripts that divide words, and to a word's end: a stem goes on to it."""
        places: Places = {}
        for number, start, end in self._find(said, overlapping=True):
            if number not in asked:
                continue
            whole, inside = self._known[number]
            if not inside and start and said[start - 1].isalnum():
                continue
            last = _word_end(said, end)
            if whole and last > end:
                continue
            known = places.setdefault(number, [])
            if len(known) < MOST_PLACES:
                known.append((start, last))
        return places

    def _compiled(self, phrases: Phrases) -> Iterator[_Phrase]:
        grammar = Grammar(phrases, plain)
        for intent in get_args(Intent):
            unless, about = self._listed(phrases, phrases.unless, intent), self._listed(phrases, phrases.about, intent)
            for written in getattr(phrases, intent):
                taken = read(written, phrases.sets)
                parts, beside = tuple(map(self._part, taken.parts)), self._part(taken.beside)
                atoms = frozenset(number for part in (*parts, beside, unless, about) for number in part)
                negative = any(grammar.negates(plain(atom.text)) for part in taken.parts for atom in part)
                yield _Phrase(intent, parts, taken.joins, beside, unless, about, atoms, negative, grammar)

    def _listed(self, phrases: Phrases, words: ByIntent, intent: Intent) -> tuple[int, ...]:
        return tuple(number for one in getattr(words, intent) for number in self._part(read(one, phrases.sets).parts[0]))

    def _part(self, atoms: tuple[Atom, ...]) -> tuple[int, ...]:
        """Its atoms by number."""
        known = self._numbers.get(atoms)
        if known is None:
            same = (atom._replace(text=plain(atom.text)) for atom in atoms)
            known = self._numbers[atoms] = tuple(self._atoms.setdefault(atom, len(self._atoms)) for atom in same)
        return known

    def _rarest(self, phrase: _Phrase, texts: list[str]) -> tuple[int, ...]:
        """The part that fewest texts hold: short words are frequent, and so are those of many phrases."""
        return max(phrase.parts, key=lambda part: min((len(texts[number]), -self._uses[number]) for number in part))


_COMPILED: list[tuple[tuple[Phrases, ...], Lexicon]] = []
"""The lexicon that was compiled last: every partition of a process has the same policy."""


def lexicon_of(policy: Policy) -> Lexicon:
    """The policy's phrases, compiled once for all partitions."""
    if not _COMPILED or _COMPILED[0][0] != policy.phrases:
        _COMPILED[:] = [(policy.phrases, Lexicon(policy))]
    return _COMPILED[0][1]


def _finder(texts: list[str]) -> Callable[..., list[tuple[int, int, int]]]:
    find: Callable[..., list[tuple[int, int, int]]] = AhoCorasick(texts, matchkind=MatchKind.Standard).find_matches_as_indexes
    return find


def _word_end(said: str, end: int) -> int:
    while said[end].isalnum() and not is_unspaced(said[end]):
        end += 1
    return end


def _found(phrase: _Phrase, places: Places, said: Said) -> Iterator[tuple[bool, Span]]:
    """Each place where the phrase stands: whether it is negated there, from where to where."""
    for place in (place for number in phrase.parts[0] for place in places.get(number, ())):
        for span, gaps in _joined(phrase, place, [], 1, places, said):
            if not _excepted(phrase, span, places, said):
                yield said.negated(*span, [] if phrase.negative else gaps, phrase.grammar), span


def _joined(phrase: _Phrase, span: Span, gaps: list[Span], part: int, places: Places, said: Said) -> Iterator[tuple[Span, list[Span]]]:
    """What was found so far, with each place where the next part fits."""
    if part == len(phrase.parts):
        yield span, gaps
        return
    in_order = phrase.joins[part - 1] == CLOSE
    for number in phrase.parts[part]:
        for start, end in places.get(number, ()):
            if start >= span[1] and (said.near if in_order else said.together)(span[1], start, phrase.grammar):
                yield from _joined(phrase, (span[0], end), [*gaps, (span[1], start)], part + 1, places, said)
            elif not in_order and end <= span[0] and said.together(end, span[0], phrase.grammar):
                yield from _joined(phrase, (start, span[1]), [*gaps, (end, span[0])], part + 1, places, said)


def _excepted(phrase: _Phrase, span: Span, places: Places, said: Said) -> bool:
    """Whether it stands beside what takes its meaning away: anywhere in its sentence, before it there, or in its clause."""
    begin, end = said.sentence(span[0])
    if any(begin <= start < end for start, _ in _all(phrase.beside, places)):
        return True
    if any(begin <= start < span[1] for start, _ in _all(phrase.unless, places)):
        return True
    return any(said.in_one_clause(min(span[1], place[1]), max(span[0], place[0]), phrase.grammar) for place in _all(phrase.about, places))


def _all(numbers: tuple[int, ...], places: Places) -> Iterator[Span]:
    return (place for number in numbers for place in places.get(number, ()))


def _plainest(found: list[tuple[bool, Span]]) -> tuple[bool, Span]:
    """The longest that is not negated, if there is one. What one language sees negated is no plain word of another that shares it, but
    a longer plain phrase that holds the whole of a negated one counts.
    """
    negated = [span for is_negated, span in found if is_negated]
    plain_ones = [span for is_negated, span in found if not is_negated and not any(_cut(span, other) for other in negated)]
    return bool(not plain_ones), min(plain_ones or negated, key=lambda span: (span[0] - span[1], span))


def _cut(span: Span, other: Span) -> bool:
    """Whether they share words, and the first has none beyond the other on one side."""
    shared = other[0] < span[1] and span[0] < other[1]
    return shared and not (span[0] <= other[0] and other[1] <= span[1] and span != other)


def _as_written(text: str, said: str, span: Span) -> str:
    """What stands there, in the customer's own letters where each of these has its place among those compared."""
    start, end = span
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode())
        ends = list(accumulate(map(_length, text)))
        if ends[-1] + 2 != len(said):
            return said[start:end].strip(_MARKS)
        start, end = bisect_right(ends, start), bisect_left(ends, end) + 1
    return text[start:end].strip(_MARKS)


@lru_cache(maxsize=2048)
def _length(letter: str) -> int:
    """Of a letter as it is compared."""
    return len(plain(letter))
