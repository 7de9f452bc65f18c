"""A reason as a sentence, and the phrases around one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.reasons import Why
from schemas.sentences.forms import Sentence, text
from schemas.sentences.reader import Reader
from schemas.sentences.template import fill, fill_row, template_of
from schemas.sentences.unknown import words_of


def reason(why: Why, reader: Reader) -> Sentence:
    """The sentence of a reason; what was said stands after it, unless it has a place in it."""
    template = template_of(reader.language, "reason", why.code)
    sentence = fill(template, reader, {**why.values, "said": why.said}) if template is not None else None
    if sentence is not None and (not why.said or (template is not None and template.quotes)):
        return Sentence(sentence)
    return phrase("said", {"sentence": Sentence(sentence or words_of(why, reader)), "said": why.said}, reader)


def phrase(name: str, values: Mapping[str, Any], reader: Reader) -> Sentence:
    """The phrase of that name; the first of its values, where another is missing that it cannot do without."""
    return Sentence(fill_row("phrase", name, values, reader) or text(reader, next(iter(values.values()))))
