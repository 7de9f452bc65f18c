"""How phrases are written in the policy: words, or a verb and its object with other words between them, and what they must not stand beside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

CLOSE = ".."
"""Both parts in this order, near each other in one clause: few words between them, no preposition, no comma."""
ANY_ORDER = "&"
"""Both parts in one clause, in any order, commas allowed."""
BESIDE = "!"
"""What follows must not stand in the same sentence."""
OR = "|"
WHOLE = "$"
INSIDE = "*"
_SET = re.compile("<([^<>]*)>")
"""The name of a set of words of the language, in place of its words."""


class Atom(NamedTuple):
    """A run of characters that is looked for: it begins where a word begins, one `inside` may also begin within a word (compounds);
    a whole one ends where a word ends, others are stems.
    """

    text: str
    whole: bool = False
    inside: bool = False


class Written(NamedTuple):
    """A phrase taken apart: parts of which one alternative each must stand there, how each is joined to what is before it, exceptions."""

    parts: tuple[tuple[Atom, ...], ...]
    joins: tuple[str, ...]
    beside: tuple[Atom, ...]


def read(phrase: str, sets: Mapping[str, Sequence[str]]) -> Written:
    """`cancel|close .. <contract> ! order`: parts of alternatives, joined; then what it must not stand beside.

    Raises ValueError where a part is empty, or a set is unknown.
    """
    body, _, beside = _SET.sub(lambda found: OR.join(_set(found[1], sets)), phrase).partition(f" {BESIDE} ")
    words, part, parts, joins = body.split(" "), list[str](), list[str](), list[str]()
    for word in words:
        if word in {CLOSE, ANY_ORDER}:
            parts.append(" ".join(part))
            joins.append(word)
            part = []
        else:
            part.append(word)
    parts.append(" ".join(part))
    return Written(tuple(map(_atoms, parts)), tuple(joins), _atoms(beside) if beside else ())


@lru_cache(maxsize=4_096)  # sets stand in many phrases
def _atoms(part: str) -> tuple[Atom, ...]:
    atoms = tuple(_atom(one.strip()) for one in part.split(OR))
    if not all(atom.text for atom in atoms):
        raise ValueError("a part of a phrase is empty: write words on both sides of |, .., & and !")
    return atoms


def _atom(written: str) -> Atom:
    return Atom(written.removesuffix(WHOLE).removeprefix(INSIDE), written.endswith(WHOLE), written.startswith(INSIDE))


def _set(name: str, sets: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if not sets.get(name):
        raise ValueError(f"there are no words of the set {name!r}")
    return sets[name]
