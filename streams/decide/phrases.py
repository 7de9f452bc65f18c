"""Phrases that mean somebody wants to leave, found in one pass over a comment, in every language of the policy at once."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple, get_args

from ahocorasick_rs import AhoCorasick, MatchKind

from schemas.policy import Intent, Phrases, Policy

NEGATION_REACH = 4
"""A negation counts among so many words before the phrase."""
AFTER_REACH = 3
"""In languages that negate at the end: so many words after it, or twice as many characters where words are not divided."""
NEGATES_AFTER = frozenset({"tr", "ja", "ko"})


class _Entry(NamedTuple):
    intent: str
    phrase: str
    negations: frozenset[str]
    after: bool
    unspaced: bool


def plain(text: str) -> str:
    """Text as it is compared: compatibility forms unified, case folded, accents off, one kind of apostrophe."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("\u02bc", "'"))
    # Kana marks are letters of their own: only marks on letters of alphabets are dropped.
    return unicodedata.normalize("NFC", "".join(c for c in folded if not "\u0300" <= c <= "\u036f"))


def _unspaced(character: str) -> bool:
    """Whether the script divides no words, so that no left word boundary can be asked for (Han, kana, Thai)."""
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff" or "\u0e00" <= character <= "\u0e7f"


class Lexicon:
    """The policy's phrases, compiled once per policy version."""

    def __init__(self, policy: Policy) -> None:
        self._entries = [entry for phrases in policy.phrases for entry in _entries(phrases)]
        self._find = AhoCorasick([plain(e.phrase) for e in self._entries], matchkind=MatchKind.Standard).find_matches_as_indexes

    def intents(self, text: str) -> dict[str, tuple[str, bool]]:
        """Intent -> (the phrase as in the policy, whether it is negated). Plain wins over negated, longer over shorter.

        A phrase starts at a word's start (in scripts that divide words) and may end within a word: it is a stem.
        """
        found: dict[str, tuple[str, bool]] = {}
        if not self._entries or not text:
            return found
        said = plain(text.encode("utf-8", "replace").decode() if not text.isascii() else text)
        for number, start, end in self._find(said, overlapping=True):
            entry = self._entries[number]
            if start and not entry.unspaced and said[start - 1].isalnum():
                continue
            negated = _negated(said, start, end, entry)
            known = found.get(entry.intent)
            if known is None or (known[1], -len(known[0])) > (negated, -len(entry.phrase)):
                found[entry.intent] = (entry.phrase, negated)
        return found


def _entries(phrases: Phrases) -> list[_Entry]:
    negations = frozenset(plain(word) for word in phrases.negations)
    return [
        _Entry(intent, phrase, negations, phrases.language in NEGATES_AFTER, _unspaced(plain(phrase)[:1]))
        for intent in get_args(Intent)
        for phrase in getattr(phrases, intent)
        if plain(phrase).strip()
    ]


def _negated(said: str, start: int, end: int, entry: _Entry) -> bool:
    before = said[max(0, start - 60) : start]
    words = [word.strip(".,;:!?()\"'") for word in before.split()[-NEGATION_REACH:]]
    # A sentence that ended before the phrase cannot negate it.
    if any(word in entry.negations for word in words) and not any(mark in before[-24:] for mark in ".!?"):
        return True
    if not entry.after:
        return False
    if entry.unspaced:
        return any(negation in said[end : end + 2 * AFTER_REACH] for negation in entry.negations)
    return any(word.strip(".,;:!?") in entry.negations for word in said[end : end + 60].split()[:AFTER_REACH])
