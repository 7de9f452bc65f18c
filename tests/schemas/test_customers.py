"""Promises of references: an alias has one spelling, and a customer is always named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.customers import Reference, Trust, normal_alias


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("email:Ann@Example.COM", "email:ann@example.com"),
        (" EMAIL : ann@example.com ", "email:ann@example.com"),
        ("phone:+49 (151) 123-45", "phone:+4915112345"),
        ("phone:0151 12345", "phone:015112345"),
        ("Zendesk:AbC", "zendesk:AbC"),
        ("url:https://example.com/a", "url:https://example.com/a"),
    ],
)
def test_an_alias_has_one_spelling(written, normal):
    assert normal_alias(written) == normal
    assert Reference(aliases=(written,)).key == normal


@pytest.mark.parametrize("alias", ["ann@example.com", "email:", ":ann", " : ", ""])
def test_an_alias_without_kind_or_value_is_refused_with_an_example(alias):
    with pytest.raises(ValidationError, match=r"email:ann@example\.com"):
        Reference(aliases=(alias,))


@pytest.mark.parametrize("alias", ["phone:n/a", "phone:+", "phone:unknown"])
def test_a_phone_number_without_digits_is_refused(alias):
    with pytest.raises(ValidationError):
        Reference(aliases=(alias,))


@given(st.text(max_size=60))
def test_the_normal_form_of_a_normal_form_is_itself(text):
    try:
        once = normal_alias(text)
    except ValueError:
        return
    assert normal_alias(once) == once


@pytest.mark.parametrize("reference", [{}, {"id": None}, {"aliases": []}, {"id": "  "}, {"id": "", "aliases": ["email:a@b.c"]}])
def test_a_customer_is_named_by_an_id_or_by_an_alias(reference):
    with pytest.raises(ValidationError):
        Reference.model_validate(reference)


def test_the_key_is_the_id_where_it_is_known_else_the_most_trusted_alias():
    assert Reference(id="C-1", aliases=("email:a@b.c",)).key == "C-1"
    assert Reference(aliases=("zendesk:7", "email:a@b.c")).key == "zendesk:7"


def test_trust_is_ordered():
    assert Trust.GUESSED < Trust.ASSERTED < Trust.VERIFIED
