"""Promises of aliases: however an address or a number is written, it is one; what only looks alike stays two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.aliases import in_country, normal_alias

ONE_NUMBER = [
    "+49 151 1234567",
    "+49 (0)151 1234567",
    "0049 151 1234567",
    "\u202a+49 151 1234567\u202c",
    "tel:+49-151-1234567",
    "+49 151 1234567 ext. 9",
    "\uff0b49 151 1234567",
    "tel:+49-151-1234567;ext=9",
]
ONE_ADDRESS = [
    "jürgen@straße.example",
    "ju\u0308rgen@straße.example",
    "JÜRGEN@Straße.Example",
    "mailto:jürgen@straße.example",
    "MAILTO:j%C3%BCrgen@straße.example?subject=Hallo",
    '"Jürgen, Support" <jürgen@straße.example>',
    "jürgen@xn--strae-oqa.example",
    "jürgen@straße.example.",
    "\u200bjürgen@straße.example",
    "jürgen@straße\uff0eexample",
]


@pytest.mark.parametrize("written", ONE_NUMBER)
def test_a_number_is_one_however_it_is_written_and_without_its_extension(written):
    assert normal_alias(f"phone:{written}") == "phone:+491511234567"


@pytest.mark.parametrize("written", ONE_ADDRESS)
def test_an_address_is_one_however_it_is_written(written):
    assert normal_alias(f"email:{written}") == "email:jürgen@straße.example"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("email:post@strasse.example", "email:post@straße.example"),
        ("email:ann@a.example", "email:ann@b.a.example"),
        ("email:ann+1@a.example", "email:ann@a.example"),
        ("phone:+491511234567", "phone:+4915112345679"),
        ("phone:01511234567", "phone:+491511234567"),
    ],
)
def test_what_only_looks_alike_stays_two(one, other):
    assert normal_alias(one) != normal_alias(other)


def test_a_number_without_a_country_code_is_one_of_the_companys_country():
    assert in_country(normal_alias("phone:0151 1234567"), "DE") == "phone:+491511234567"
    assert in_country(normal_alias("phone:(212) 555-1234"), "US") == "phone:+12125551234"


@pytest.mark.parametrize("extension", ["ext. 12", "x12", ";ext=12", "#12", "extn 12"])
def test_an_extension_is_no_part_of_a_number_even_before_its_country_is_known(extension):
    assert normal_alias(f"phone:030 1234567 {extension}") == "phone:0301234567"


def test_a_number_with_a_country_code_stays_where_it_is():
    assert in_country("phone:+12125551234", "DE") == "phone:+12125551234"


def test_a_domain_that_is_none_stays_as_it_is_written():
    assert normal_alias("email:Ann@in_valid..example") == "email:ann@in_valid..example"


@given(st.sampled_from(["email:", "phone:", "phone:+", "phone:00", "email:a@"]), st.text(max_size=40))
def test_the_form_of_a_form_is_itself(kind, text):
    try:
        once = normal_alias(kind + text)
    except ValueError:
        return
    assert normal_alias(once) == once
