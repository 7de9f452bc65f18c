"""Phrases that mean something for us (leaving, security ...), found in one pass over a text, in every language of the policy at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from math import log2
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from schemas.phrases import Phrases
from schemas.policy import Policy
from streams.decide.clauses import MOST_PLACES, Said, word_end
from streams.decide.compiled_phrase import Found, Phrase, compiled, found
from streams.decide.letters import Span, as_written, comparable
from streams.decide.own_words import own_words


class Meaning(NamedTuple):
    """What the customer wrote that means something, and whether they negate it."""

    words: str
    negated: bool


AtHand = dict[tuple[Phrase, int], list[Span]]
"""Phrases that may stand in a text, with the number of their rarest part: where that part stands."""
_NOTHING: Mapping[str, Meaning] = {}


class Lexicon:
    """The policy's phrases, compiled. Most texts hold none of the words that are rarest in each phrase: those are looked for first."""

    def __init__(self, policy: Policy) -> None:
        rare = _by_rare([phrase for phrases in policy.phrases for phrase in compiled(phrases)])
        self._rare = [(whole, inside, tuple(phrases)) for (_, whole, inside), phrases in rare.items()]
        self._find_rare = AhoCorasick([text for text, _, _ in rare], matchkind=MatchKind.Standard).find_matches_as_indexes
        self._understood = lru_cache(maxsize=8)(self._intents)  # several aspects look at one text, one after the other

    def intents(self, *texts: str) -> Mapping[str, Meaning]:
        """Intent -> the words that mean it, and whether they are negated. What is plain wins over what is negated, longer over shorter.

        Of several texts the first that says it plainly counts, else the first that says it.
        """
        if not self._rare or not texts:
            return _NOTHING
        known = self._understood(texts[0])
        for other in texts[1:]:
            known = {**known, **{i: meant for i, meant in self._understood(other).items() if i not in known or known[i].negated}}
        return known

    def _intents(self, text: str) -> Mapping[str, Meaning]:
        if "\n" in text:
            text = own_words(text)
        said = comparable(text)
        places = self._places(said)
        if not places:
            return _NOTHING
        meant = _meant(said, self._at_hand(places))
        return {intent: Meaning(as_written(text, said, span), negated) for intent, (negated, _, span) in meant.items()}

    def _places(self, said: str) -> dict[int, list[Span]]:
        """Where the words stand that are rarest in phrases, by their numbers: most texts have none."""
        places: dict[int, list[Span]] = {}
        for number, start, end in self._find_rare(said, overlapping=True):
            whole, inside, _ = self._rare[number]
            if (inside or not start or not said[start - 1].isalnum()) and not (whole and said[end].isalnum()):
                known = places.setdefault(number, [])
                if len(known) < MOST_PLACES:
                    known.append((start, word_end(said, end)))
        return places

    def _at_hand(self, places: dict[int, list[Span]]) -> AtHand:
        """The phrases that may stand there: their rarest part does."""
        at_hand: AtHand = {}
        for number, spans in places.items():
            for phrase in self._rare[number][2]:
                at_hand.setdefault(phrase, []).extend(spans)
        return at_hand


_COMPILED: list[tuple[tuple[Phrases, ...], Lexicon]] = []
"""The lexicon that was compiled last: every partition of a process has the same policy."""


def lexicon_of(policy: Policy) -> Lexicon:
    """The policy's phrases, compiled once for all partitions."""
    if not _COMPILED or _COMPILED[0][0] != policy.phrases:
        _COMPILED[:] = [(policy.phrases, Lexicon(policy))]
    return _COMPILED[0][1]


def _by_rare(phrases: list[Phrase]) -> dict[tuple[str, bool, bool], list[tuple[Phrase, int]]]:
    """The part of each phrase that fewest texts hold: for each of its words, with its bounds, the phrases that are found by it, and the part.

    Short words are frequent, and so are those of many phrases: to stand in twice as many counts as one letter less.
    """
    uses = Counter(text for phrase in phrases for part in phrase.parts for text in part.texts)
    by_rare: dict[tuple[str, bool, bool], list[tuple[Phrase, int]]] = {}
    for phrase in phrases:
        rarity = [min(len(text) - log2(uses[text]) for text in part.texts) for part in phrase.parts]
        number = rarity.index(max(rarity))
        for text, (whole, inside) in zip(phrase.parts[number].texts, phrase.parts[number].bounds, strict=True):
            by_rare.setdefault((text, whole, inside), []).append((phrase, number))
    return by_rare


def _meant(text: str, at_hand: AtHand) -> dict[str, Found]:
    """What these phrases mean there."""
    said, places = Said(text), dict[str, list[Found]]()
    for (phrase, rarest), spans in at_hand.items():
        for place in found(phrase, rarest, spans, said):
            places.setdefault(phrase.intent, []).append(place)
    return {intent: _plainest(of_intent) for intent, of_intent in places.items()}


def _plainest(places: list[Found]) -> Found:
    """The longest that is not negated, if there is one. What one language sees negated is no plain word of another that shares it, but
    a longer plain phrase that holds the whole of a negated one counts.
    """
    first = min(places)
    negated = [] if first[0] else [span for is_negated, _, span in places if is_negated]
    if not negated:
        return first
    return min(place for place in places if place[0] or not any(_cut(place[2], other) for other in negated))


def _cut(span: Span, other: Span) -> bool:
    """Whether they share words, and the first has none beyond the other on one side."""
    shared = other[0] < span[1] and span[0] < other[1]
    return shared and not (span[0] <= other[0] and other[1] <= span[1] and span != other)
