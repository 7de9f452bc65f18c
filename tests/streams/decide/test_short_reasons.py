"""Reasons that records are full of are held short, and say the same."""

from __future__ import annotations

import msgspec
import pytest

from schemas.reasons import CODES
from streams.decide.context import wired
from streams.decide.state import NUMBER, OFTEN, Customer, Signal, Why
from streams.decide.wording import short, why
from tests.streams.decide.recovering import START
from tests.streams.decide.test_records import KINDS, knows, of_version, own

SOME = ("A-1", 2.5, 3, True, "EUR")


def size_of(reason: Why) -> int:
    return len(msgspec.msgpack.encode(reason))


def test_its_values_are_those_of_the_contract():
    for code, names in OFTEN.items():
        assert set(names) <= {name.rstrip("?") for name in CODES[code]}, code


@pytest.mark.parametrize("code", OFTEN)
def test_it_says_what_it_was_given_in_fewer_bytes(code):
    values = dict(zip(OFTEN[code], SOME, strict=False))
    held, whole = short(why(code, "because", **values)), why(code, "because", **values)
    assert (held.code, held.values, held.said) == (whole.code, whole.values, whole.said) == (code, values, "because")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(held), type=Why) == held
    assert size_of(held) < size_of(whole) - len(code)
    assert wired(held) == wired(whole)


@pytest.mark.parametrize("missing", OFTEN["rated_survey"])
def test_a_value_that_is_not_there_stays_away(missing):
    values = {name: value for name, value in zip(OFTEN["rated_survey"], SOME, strict=True) if name != missing}
    assert short(why("rated_survey", **values, **{missing: None})).values == values


def test_a_value_that_the_list_does_not_know_is_kept_by_its_name():
    reason = short(why("long_wait", ticket="7", waiting_hours=3.0, colour="red"))
    assert (reason.code, reason.values) == ("long_wait", {"ticket": "7", "waiting_hours": 3.0, "colour": "red"})


def test_a_code_that_the_list_does_not_know_is_kept_as_it_is():
    assert short(why("lost_in_space", order="7")) == Why("lost_in_space", {"order": "7"})


def test_a_signal_that_was_written_with_names_is_the_same_signal():
    """Or every look would find another one than is known, and tell it anew."""
    owner = next(aspect for aspect in KINDS["customer"].aspects if aspect.state == "signals")
    before = of_version(KINDS["customer"], owner, 2)
    said = {
        "leave_phrase": ("phrase_leave", {"phrase": "cancel", "negated": False}, "I cancel"),
        "silence": ("silence", {"chance": 0.5}, None),
    }
    written = before._kind(id="ann", signals={name: Signal(0.5, START, Why(*fields)) for name, fields in said.items()})
    read = knows(own(KINDS["customer"]), before).decode(before.encode(written))
    assert read == Customer(
        "ann",
        signals={name: Signal(0.5, START, short(why(code, words, **values))) for name, (code, values, words) in said.items()},
        **{name: getattr(read, name) for name in ("aliases", "kept")},
    )
    assert read.signals["leave_phrase"].why.reason == NUMBER["phrase_leave"]
