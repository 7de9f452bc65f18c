"""Everything that a catalogue of sentences must translate: context, English, and the English plural where a number decides."""

from __future__ import annotations

from typing import NamedTuple

from schemas.sentences.english import TABLES
from schemas.sentences.labels import FIXED, LABELS, NEXT_STEPS, NOUNS


class Translatable(NamedTuple):
    context: str
    english: str
    plural: str | None = None


def translatables() -> list[Translatable]:
    """In the order of the tables, which is that of the catalogues."""
    return [
        *(Translatable(f"{table}.{key}", text) for table, rows in TABLES.items() for key, text in rows.items()),
        *(Translatable(f"label.{kind}.{slug}", text) for kind, labels in LABELS.items() for slug, text in labels.items()),
        *(Translatable(f"next_step.{cause}", text) for cause, text in NEXT_STEPS.items()),
        *(Translatable(f"noun.{noun}", words.one, words.many) for noun, words in NOUNS.items()),
        *(Translatable(f"fixed.{name}", text) for name, text in FIXED.items()),
    ]
