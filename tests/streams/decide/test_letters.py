"""How a text is compared with the phrases: the short cut for western Europe gives what the long way gives, and so does the look at few letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.config import policy_file
from streams.decide.letters import as_written, comparable, plain
from streams.decide.phrases import Lexicon

LEXICON = Lexicon(policy_file.built_in())
NOT_WESTERN = " \u044f"
"""One letter of another alphabet sends the whole text the long way."""


@given(st.text(st.characters(max_codepoint=0xFF), max_size=40))
def test_a_text_of_western_europe_is_compared_as_it_would_be_among_other_letters(text):
    assert plain(text) + NOT_WESTERN == plain(text + NOT_WESTERN)


@pytest.mark.parametrize("letter", [chr(code) for code in range(256)])
def test_each_western_letter_is_compared_as_it_would_be_among_other_letters(letter):
    assert plain(letter) + NOT_WESTERN == plain(letter + NOT_WESTERN)


@pytest.mark.parametrize("word", ["Kündigung", "Ärger²", "Straße", "ﬁne", "naïve½", "ÀÉÎ", "Я ж", "e\u0301te\u0301"])
def test_a_word_is_told_in_the_customers_own_letters(word):
    text = f"{word} und {word}"
    said = comparable(text)
    start = said.rindex(plain(word))
    assert plain(as_written(text, said, (start, start + len(plain(word))))) == plain(word)


@pytest.mark.parametrize("between", ["a b c d e", "internationalization of telecommunication infrastructure considerations"])
@pytest.mark.parametrize("before", ["", "Yesterday we sat together for an hour and talked about all that went well. "])
def test_a_negation_counts_however_long_the_words_after_it_are(before, between):
    assert LEXICON.intents(f"{before}We will not {between} cancel my contract.")["cancel"].negated
    assert not LEXICON.intents(f"{before}We will not. Also {between} cancel my contract.")["cancel"].negated
