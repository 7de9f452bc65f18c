"""Promises of own words: what we or others wrote below the customer's answer is not theirs, and nothing of theirs is lost."""

from __future__ import annotations

import pytest

from streams.decide.own_words import own_words

OURS = "> If nothing helps we can of course close your account.\n> To stop, reply with: cancel my plan\n"
HEADERS = {
    "en": "On Mon, 1 Jun 2026 at 09:12, Support wrote:",
    "de": "Am 01.06.2026 um 09:12 schrieb Support <hilfe@example.com>:",
    "fr": "Le lun. 1 juin 2026 à 09:12, Support <aide@example.com> a écrit :",
    "es": "El lun, 1 jun 2026 a las 9:12, Soporte (<ayuda@example.com>) escribió:",
    "it": "Il giorno lun 1 giu 2026 alle ore 09:12 Supporto <aiuto@example.com> ha scritto:",
    "nl": "Op ma 1 jun. 2026 om 09:12 schreef Support <hulp@example.com>:",
    "pl": "pon., 1 cze 2026 o 09:12 Pomoc <pomoc@example.com> napisał(a):",
}
THANKS = "Perfect, that solved it. Thank you!"


@pytest.mark.parametrize("language", HEADERS)
def test_a_quoted_mail_is_not_the_customers(language):
    said = own_words(f"{THANKS}\n\n{HEADERS[language]}\n{OURS}")
    assert said.startswith(THANKS)
    assert "account" not in said
    assert "cancel" not in said


def test_a_mail_that_outlook_quotes_without_marks_is_not_the_customers():
    said = own_words(f"{THANKS}\n\nFrom: Support\nSent: Monday\nTo: Ann\nSubject: Your plan\n\nReply with: cancel my plan")
    assert said == THANKS


def test_what_is_written_under_the_quote_is_the_customers():
    assert own_words(f"{HEADERS['en']}\n{OURS}\nNo, cancel my contract.") == "No, cancel my contract."


def test_quoted_lines_between_answers_are_not_the_customers():
    assert own_words("> Do you want to close your account?\nNo.\n> Anything else?\nNot today.") == "No.\nNot today."


def test_a_signature_is_not_what_they_say():
    assert own_words("It works.\n\n-- \nAnn Meyer\nFraud prevention desk") == "It works."
    assert own_words("It works.\n\nBest regards\nAnn Meyer\nFraud desk") == "It works."


@pytest.mark.parametrize(
    "said",
    [
        "Hello,\nthanks for nothing.\nWe cancel our contract.",
        "Thanks, but we cancel our contract after all.\nAnn",
        "We want three things:\n- cancel my contract\n- delete my data\n- an answer",
        "One line: cancel my contract",
        "Problem:\nnobody answers",
    ],
)
def test_nothing_of_their_own_is_lost(said):
    assert own_words(said) == said


def test_a_long_hostile_line_is_read_in_no_time_worth_naming():
    assert own_words("On " + "a " * 9_000 + "\n> x") is not None
