"""The phrases of the policy: what customers say, by what they mean, in one language each."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import StringConstraints, model_validator

from schemas.message import Name
from schemas.phrase_notation import read
from schemas.policy_section import Section

Intent = Literal["cancel", "leave", "competitor", "discount", "security", "ignored"]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]
"""Written as schemas/phrase_notation.py says."""


class ByIntent(Section):
    """Phrases, by what they mean."""

    cancel: tuple[Phrase, ...] = ()
    """Ends the contract, in so many words: this counts beside the best score."""
    leave: tuple[Phrase, ...] = ()
    competitor: tuple[Phrase, ...] = ()
    discount: tuple[Phrase, ...] = ()
    security: tuple[Phrase, ...] = ()
    """Fears for data, money, life or limb."""
    ignored: tuple[Phrase, ...] = ()


class Phrases(ByIntent):
    """What customers say when they mean to go, are in danger or are not heard, in one language."""

    language: Name
    negations: tuple[Name, ...] = ()
    clauses: tuple[Name, ...] = ()
    """Words with which another clause begins: no phrase and no negation reaches over them."""
    prepositions: tuple[Name, ...] = ()
    """Words over which a verb does not reach its object."""
    sets: dict[Name, tuple[Name, ...]] = {}  # noqa: RUF012  pydantic copies it
    """Words that mean the same, to be named in phrases: `<contract>`."""
    unless: ByIntent = ByIntent()
    """What takes their meaning away where it stands before them in the sentence ("if my card is stolen")."""
    about: ByIntent = ByIntent()
    """What they are about where it stands in their clause, and then they mean nothing to us ("cancel my subscription to the newsletter")."""

    @model_validator(mode="after")
    def _well_written(self) -> Phrases:
        for intent in get_args(Intent):
            for written in (*getattr(self, intent), *getattr(self.unless, intent), *getattr(self.about, intent)):
                read(written, self.sets)
        return self
