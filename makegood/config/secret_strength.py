"""Why a secret would not hold: a placeholder from a manual, too short, or guessed by whoever tries the obvious first."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from functools import cache
from itertools import pairwise

from schemas.wording import counted

LEAST = 16
"""Characters that a secret of our own making has at least."""
LEAST_OF_OTHERS = 8
"""The same for passwords that somebody else gave us: of Kafka, a database, a mail server."""
_FEW = 5
_RUN = 0.6
_HASHED = re.compile(r"sha256[:$=][0-9a-f]{64}", re.IGNORECASE)
_UNFILLED = re.compile(r"^<.*>$|\$\{|\{\{|%\(|[xX*]{6}|(?<![^\W_])(.)\1{5,}(?![^\W_])|\.\.\.|…")
"""A run within a longer part counts only where it is of crosses or stars: by chance, one key of 64 hex digits in 18,000 has one."""
_RUN_OF_ONE = re.compile(r"(.)\1{5,}")
_SHORTEST_WORD = 3
"""Fewer letters are no word alone: hex digits that chance made say `a` and `be`."""
_DULL = """
    a admin an and api app at auth bar baz be board change changed changeit changeme client console customer default demo dev do
    dummy edit enter example fake fill fixme foo for gateway good handlers hello here hook hooks hunter i in insert is it kafka
    key keys letmein local localhost login make makegood me mine my no not of only our pass passphrase passw passwd password
    passwort paste placeholder please postgres private prod production public put qwerty random replace root sample secret secrets
    set shared sign signing slack smtp some string temp test testing the this to todo token typeform use user username value very
    webhook webhooks welcome whsec with world write xx xxx xxxx you your zendesk
"""
"""Words of which nobody's secret is made, and most placeholders are."""
_MARKS = ("changeme", "changethis", "example", "placeholder", "replaceme", "replacewith", "yourpassword", "yoursecret", "yourtoken")
_PUBLISHED = frozenset({"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"})
"""Secrets printed in manuals that look like real ones."""


def placeholder(value: str) -> bool:
    """Whether this stands where a secret is still to be put: it is made of words such as `change me`, or printed in a manual."""
    return any(_is_placeholder(text) for text in (value, _decoded(value)) if text is not None)


def _is_placeholder(value: str) -> bool:
    words = re.findall(r"[a-z]+", value.casefold())
    made_of_words = max(map(len, words), default=0) >= _SHORTEST_WORD and set(words) <= set(_DULL.split())
    return made_of_words or unfilled(value) or value.removeprefix("whsec_") in _PUBLISHED


def unfilled(value: str) -> bool:
    """Whether a part of this was left to fill in: `<token>`, `XXXXXX`, `your-token`, `example`."""
    mostly_one = any(2 * len(run[0]) >= len(value) for run in _RUN_OF_ONE.finditer(value))
    return mostly_one or bool(_UNFILLED.search(value)) or any(mark in re.sub(r"[^a-z]", "", value.casefold()) for mark in _MARKS)


def _decoded(value: str) -> str | None:
    """What words in base64 say; None where it is no text."""
    try:
        return base64.b64decode(value.removeprefix("whsec_"), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None


def fault(value: str, least: int = LEAST) -> str | None:
    """What is wrong with a secret, to follow its name in a sentence; None for a good one, and for the hash of one."""
    if _HASHED.fullmatch(value):
        return None
    if not value:
        return "is empty"
    if placeholder(value):
        return "is a placeholder"
    if len(value) < least:
        return f"has only {counted(len(value), 'character')}: {least} are the least"
    return "can be guessed: it repeats itself or counts on" if _is_monotonous(value) else None


def fault_of_digest(digest: str) -> str | None:
    """What is wrong with the SHA-256, in hex, of a key that nobody wrote down here; None unless the key is the first thing to try."""
    return "is the digest of a placeholder" if digest in _first_tried() else None


@cache
def _first_tried() -> frozenset[str]:
    return frozenset(hashlib.sha256(word.encode()).hexdigest() for word in ("", "\n", *_DULL.split(), *_MARKS, *_PUBLISHED))


def _is_monotonous(value: str) -> bool:
    steps = sum(abs(ord(one) - ord(next_)) <= 1 for one, next_ in pairwise(value))
    return len(set(value)) < _FEW or steps > _RUN * len(value) or value in (value + value)[1:-1]
