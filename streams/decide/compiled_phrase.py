"""A phrase of the policy, compiled: where it stands in a text, and whether it is negated there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import get_args

from schemas.phrase_notation import CLOSE, Atom, read
from schemas.phrases import ByIntent, Intent, Phrases
from streams.decide.clauses import Grammar, Said, Words, is_unspaced
from streams.decide.letters import Span, plain

Found = tuple[bool, int, Span]
"""A place where a phrase stands: whether it is negated there, how long it is (negative), from where to where. The least is told first."""
Joined = tuple[Span, list[Span]]
"""From where to where the parts of a phrase stand, and the gaps between them."""


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """One of one language."""

    intent: str
    parts: tuple[Words, ...]
    joins: tuple[str, ...]
    beside: Words
    unless: Words
    about: Words
    exceptions: tuple[str, ...]
    """The texts of all three: of most phrases none stands in the text."""
    negative: bool
    """It negates something itself (don't recognise): a second word of that negation is none of the phrase (ne ... pas)."""
    grammar: Grammar


def compiled(phrases: Phrases) -> Iterator[Phrase]:
    """The phrases of one language."""
    grammar = Grammar(phrases)
    for intent in get_args(Intent):
        unless, about = _listed(phrases, phrases.unless, intent), _listed(phrases, phrases.about, intent)
        for written in getattr(phrases, intent):
            taken = read(written, phrases.sets)
            parts, beside = tuple(map(_words, taken.parts)), _words(taken.beside)
            exceptions = tuple(dict.fromkeys((*beside.texts, *unless.texts, *about.texts)))
            negative = any(grammar.negates(text) for part in parts for text in part.texts)
            yield Phrase(intent, parts, taken.joins, beside, unless, about, exceptions, negative, grammar)


def _listed(phrases: Phrases, words: ByIntent, intent: Intent) -> Words:
    return _words(tuple(atom for one in getattr(words, intent) for atom in read(one, phrases.sets).parts[0]))


@lru_cache(maxsize=4_096)  # many phrases share their words, and what is shared takes less room in the processor's caches
def _words(atoms: tuple[Atom, ...]) -> Words:
    """As they are compared. Where the script divides no words, each may begin anywhere."""
    texts = tuple(intern(plain(atom.text)) for atom in atoms)
    bounds = ((atom.whole, atom.inside or is_unspaced(text[:1])) for atom, text in zip(atoms, texts, strict=True))
    return Words(texts, tuple(bounds))


def found(phrase: Phrase, rarest: int, spans: list[Span], said: Said) -> Iterator[Found]:
    """Each place where the phrase stands, but where something takes its meaning away. Its rarest part stands at these spans."""
    text, places = said.text, []
    for number, part in enumerate(phrase.parts):
        places.append(spans if number == rarest else part.places(text))
        if not places[-1]:
            return
    for span, gaps in _joined_parts(phrase, places, said):
        if not (any(map(text.__contains__, phrase.exceptions)) and _excepted(phrase, span, said)):
            yield said.negated(*span, [] if phrase.negative else gaps, phrase.grammar), span[0] - span[1], span


def _joined_parts(phrase: Phrase, parts: list[list[Span]], said: Said) -> list[Joined]:
    """Where all parts stand as the phrase joins them."""
    joined: list[Joined] = [(place, []) for place in parts[0]]
    for places, join in zip(parts[1:], phrase.joins, strict=True):
        joined = [longer for one in joined for longer in _longer(one, places, join, said, phrase.grammar)]
    return joined


def _longer(one: Joined, places: list[Span], join: str, said: Said, grammar: Grammar) -> Iterator[Joined]:
    """What was found so far, with each of these places of the next part that fits."""
    span, gaps = one
    fits = said.near if join == CLOSE else said.together
    for start, end in places:
        if start >= span[1] and fits(span[1], start, grammar):
            yield (span[0], end), [*gaps, (span[1], start)]
        elif join != CLOSE and end <= span[0] and fits(end, span[0], grammar):
            yield (start, span[1]), [*gaps, (end, span[0])]


def _excepted(phrase: Phrase, span: Span, said: Said) -> bool:
    """Whether it stands beside what takes its meaning away: anywhere in its sentence, before it there, or in its clause."""
    begin, end = said.sentence(span[0])
    if any(begin <= start < end for start, _ in phrase.beside.places(said.text)):
        return True
    if any(begin <= start < span[1] for start, _ in phrase.unless.places(said.text)):
        return True
    about = phrase.about.places(said.text)
    return any(said.in_one_clause(min(span[1], to), max(span[0], at), phrase.grammar) for at, to in about)
