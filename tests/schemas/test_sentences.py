"""Promises of sentences: every code reads in every language, shows its values, and nothing that comes in makes one fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.decisions import About, Cause, Level, NoticeKind, Status, Tier, Verdict
from schemas.deliveries import Channel, Outcome
from schemas.facts import Severity
from schemas.policy_signals import Sign
from schemas.reasons import CODES, Why
from schemas.scores import Metric
from schemas.sentences import LANGUAGES, call, next_step, say, say_who
from schemas.sentences.english import REASONS
from schemas.sentences.labels import LABELS
from schemas.sentences.reader import reader_of
from schemas.sentences.template import fill_row
from schemas.traffic import Fault

AT = "2026-11-25T13:30:00Z"
EXAMPLES: dict[str, Any] = {
    "metric": "nps",
    "score": 2,
    "worst": 0,
    "best": 10,
    "survey": "May",
    "ticket": "12",
    "phrase": "cancel my",
    "negated": True,
    "times": 3,
    "order": "7",
    "late_hours": 60,
    "promised_at": AT,
    "subscription": "S-1",
    "employee": "Bob",
    "amount": 12.5,
    "currency": "EUR",
    "was": 95,
    "now": 20,
    "between_days": 3.2,
    "answers": 4,
    "earlier": 80,
    "silent_days": 60,
    "lapsed_days": 330,
    "usual_days": 7,
    "purchase_days": 13,
    "as_long": 1 / 40,
    "alive": 0.3,
    "horizon_days": 45,
    "chance": 1 / 512,
    "chance_by_rhythm": 0.42,
    "signal": "silence",
    "waiting_hours": 80,
    "answered": 7,
    "invited": 8,
    "renews_at": AT,
    "chance_before": 0.31,
    "beside": 0.25,
    "annual_before": 12_000,
    "annual_now": 5_000,
    "ends_at": AT,
    "left_days": 12,
    "count": 5,
    "expected": 0.44,
    "window_days": 9,
    "annual_value": 14_000,
    "business_high": 10_000,
    "business_middle": 2_000,
    "satisfaction": 55,
    "satisfaction_high": 82,
    "satisfaction_middle": 61,
    "total": 8,
    "least": 7,
    "share_of_business": 2,
    "risk_of_not_delivering": 2,
    "purchase_frequency": 2,
    "loyalty": 2,
    "level_of_expectation": 2,
    "revenue_share": 0.04,
    "every_days": 7,
    "over_years": 3,
    "contract_penalty": 50_000,
    "lifetime_value": 900_000,
    "acquisition_cost": 40_000,
    "tier": "A",
    "severity": 0.7,
    "open_days": 2.5,
    "into": "13",
    "due_at": AT,
    "left_hours": 2.5,
    "over_hours": 50,
    "cause": "slow",
    "action": "called",
    "outcome": "happy",
    "until_at": AT,
    "status": "resolved",
    "by": "ann",
    "since_at": AT,
    "reason": "a duplicate",
    "resolved_by": "cy",
    "resolved_at": AT,
    "solve_by_at": AT,
    "verb": "acknowledge",
    "lacks_cause": True,
    "lacks_action": True,
    "lacks_outcome": True,
    "most_days": 7,
    "latest_at": AT,
    "source": "zendesk",
    "object": "o-1",
    "version": 4,
    "applied": 5,
    "occurred_at": AT,
    "applied_at": AT,
    "aliases": "a@b.c, z:1",
    "alias": "a@b.c",
    "customer": "c-1",
    "before": "c-0",
    "holder": "c-2",
}
OTHERS: dict[type, Any] = {bool: False, int: 1_717, float: 0.9, str: "another"}
OTHER_SLUGS = {"metric": "ces", "status": "dismissed", "tier": "B", "verb": "snooze", "signal": "cancelled"}
NOT_SHOWN = {
    ("promoter_turned", "answers"),
    ("promoter_turned", "satisfaction"),
    ("falling_satisfaction", "satisfaction"),
    ("silence", "purchase_days"),
    ("silence", "alive"),  # says it otherwise, and less than the chance of the horizon
    ("cancels", "left_days"),  # as of the fact: it would be wrong the day after
    ("ticket_burst", "chance"),
    ("purchases_halved", "chance"),
    ("usage_halved", "chance"),
    ("survey_unanswered", "chance"),
}
INSTEAD = {
    ("five_questions", "share_of_business"): "revenue_share",  # where there is a number, it is told instead of the answer
    ("five_questions", "risk_of_not_delivering"): "contract_penalty",
    ("five_questions", "purchase_frequency"): "every_days",
    ("five_questions", "loyalty"): "over_years",
    ("corrected_answer", "survey"): "ticket",  # an answer was given in a survey or to a ticket
    ("already_so", "by"): "resolved_by",  # where the customer's answer verified it, the one who resolved it is named
    ("not_from_here", "by"): "resolved_by",
    ("already_so", "reason"): "cause",  # resolved with a cause, or dismissed with a reason
    ("not_from_here", "reason"): "cause",
}
"""Where two values exclude each other: which of the two is shown, if both are there."""


def names_of(code: str, *, optional: bool) -> list[str]:
    return [name.rstrip("?") for name in CODES[code] if optional or not name.endswith("?")]


def example(code: str, *, optional: bool = True, without: str | None = None, said: str | None = None, **values: Any) -> Why:
    given_ = {name: EXAMPLES[name] for name in names_of(code, optional=optional) if name != without}
    return Why(code=code, values={**given_, **values}, said=said)


def other(name: str) -> Any:
    value = EXAMPLES[name]
    return "2027-01-02T03:04:00Z" if value == AT else OTHER_SLUGS.get(name, OTHERS[type(value)])


each_language = pytest.mark.parametrize("language", LANGUAGES)
each_code = pytest.mark.parametrize("code", CODES)


# -- every code -------------------------------------------------------------------------------------------------------------------


def test_every_code_has_a_sentence_and_every_sentence_a_code():
    lacking, strange = sorted(set(CODES) - set(REASONS)), sorted(set(REASONS) - set(CODES))
    assert not lacking, f"schemas/sentences/english.py has no sentence in REASONS for {', '.join(lacking)}"
    assert not strange, f"schemas/reasons.py has no {', '.join(strange)} in CODES, for which schemas/sentences/english.py has a sentence"


@each_language
@each_code
@pytest.mark.parametrize("optional", [True, False])
def test_a_code_reads_with_and_without_the_values_that_may_be_absent(code, language, optional):
    why = example(code, optional=optional)
    sentence = say(why, language)
    assert sentence == fill_row("reason", code, {**why.values, "said": None}, reader_of(language)), "it reads as a code that nobody knows"
    assert not set("{}[]|") & set(sentence)
    assert sentence == sentence.strip()
    assert not sentence.endswith((".", ":", ","))
    assert "  " not in sentence
    assert "_" not in sentence


@each_language
@each_code
def test_every_value_of_a_code_is_shown(code, language):
    for name in names_of(code, optional=True):
        if (code, name) not in NOT_SHOWN:
            without = INSTEAD.get((code, name))
            plain, changed = example(code, without=without), example(code, without=without, **{name: other(name)})
            assert say(plain, language) != say(changed, language), f"{code} does not show its {name}"


@each_language
@each_code
def test_texts_that_are_values_stand_in_the_sentence_as_they_are(code, language):
    for name in names_of(code, optional=True):
        if isinstance(EXAMPLES[name], str) and EXAMPLES[name] != AT and name not in {*OTHER_SLUGS, "currency"}:
            odd = "{0} %s [a|b] Ünï\\n"
            assert odd in say(example(code, without=INSTEAD.get((code, name)), **{name: odd}), language)


@each_code
def test_german_is_not_english(code):
    same = {"tier"}
    assert say(example(code), "de") != say(example(code), "en") or code in same, "schemas/sentences/locales/de.po says it in English"


@each_language
@each_code
def test_what_was_said_stands_in_the_quotes_of_the_language(code, language):
    sentence = say(example(code, said="  too\nlate {x} %d "), language)
    assert sentence.endswith({"en": "“too late {x} %d”", "de": "„too late {x} %d“"}[language])


# -- how they read ----------------------------------------------------------------------------------------------------------------

READS = [
    ("rated_survey", {}, "rated 2 of 10 (NPS) in survey “May”", "hat in Umfrage „May“ 2 von 10 (NPS) vergeben"),
    (
        "rated_survey",
        {"metric": "stars", "score": 3, "worst": 1, "best": 5},
        "rated 3 of 5 stars in survey “May”",
        "hat in Umfrage „May“ 3 von 5 Sternen vergeben",
    ),
    (
        "rated_ticket",
        {"metric": "ces", "score": 6, "worst": 7, "best": 1},
        "rated ticket 12 6 on the CES scale from 7 (worst) to 1 (best)",
        "hat Ticket 12 mit 6 auf der Skala CES von 7 (schlechtester Wert) bis 1 (bester Wert) bewertet",
    ),
    (
        "rated_ticket",
        {"metric": "sentiment", "score": -0.5, "worst": -1, "best": 1},
        "rated ticket 12 -0.5 on the sentiment scale from -1 (worst) to 1 (best)",
        "hat Ticket 12 mit -0,5 auf der Skala Stimmung von -1 (schlechtester Wert) bis 1 (bester Wert) bewertet",
    ),
    ("phrase_leave", {"negated": False}, "speaks of leaving (“cancel my”)", "spricht davon, uns zu verlassen („cancel my“)"),
    (
        "phrase_leave",
        {},
        "speaks of leaving, but negates it (“cancel my”)",
        "spricht davon, uns zu verlassen, verneint es aber („cancel my“)",
    ),
    ("ticket_reopened", {}, "has trouble with ticket 12: reopened 3 times", "hat Ärger mit Ticket 12: 3-mal wieder geöffnet"),
    ("ticket_reopened", {"times": 1}, "has trouble with ticket 12: reopened 1 time", "hat Ärger mit Ticket 12: 1-mal wieder geöffnet"),
    ("delivered_late", {}, "got order 7 2.5 days later than promised", "hat Bestellung 7 2,5 Tage später als versprochen erhalten"),
    (
        "delivered_late",
        {"late_hours": 5.4},
        "got order 7 5 hours later than promised",
        "hat Bestellung 7 5 Stunden später als versprochen erhalten",
    ),
    (
        "silence",
        {},
        (
            "no purchase for 60 days where 7 are usual (one gap in 40 is as long); chance of none in the next 45 days either: 0%"
            " (by the rhythm alone 42%, corrected by what came of such chances)"
        ),
        (
            "kein Kauf seit 60 Tagen, üblich sind 7 (nur eine von 40 Pausen ist so lang); Chance, dass auch in den nächsten 45 Tagen keiner kommt: 0 %"
            " (nach dem Rhythmus allein 42 %, berichtigt nach dem, was aus solchen Chancen wurde)"
        ),
    ),
    (
        "silence",
        {"silent_days": 1, "usual_days": 0.6, "as_long": 0, "chance": 0.63, "horizon_days": 30, "chance_by_rhythm": ""},
        "no purchase for 1 day where 1 is usual (one gap in 1,000,000 is as long); chance of none in the next 30 days either: 63%",
        "kein Kauf seit 1 Tag, üblich ist 1 (nur eine von 1.000.000 Pausen ist so lang); Chance, dass auch in den nächsten 30 Tagen keiner kommt: 63 %",
    ),
    ("promoter_turned", {}, "rated 95 of 100 and 3 days later 20", "hat 95 von 100 gegeben und 3 Tage später nur noch 20"),
    (
        "promoter_turned",
        {"between_days": 0.2},
        "rated 95 of 100 and within a day 20",
        "hat 95 von 100 gegeben und innerhalb eines Tages nur noch 20",
    ),
    (
        "spend_halved",
        {"annual_now": 1_234_567.4},
        "cut the subscription from 12,000 EUR to 1,234,567 EUR a year",
        "hat das Abonnement von 12.000 EUR auf 1.234.567 EUR im Jahr gekürzt",
    ),
    ("payment_failed", {}, "had a payment of 12.50 EUR fail", "hatte eine fehlgeschlagene Zahlung über 12,50 EUR"),
    ("payment_failed", {"amount": 12}, "had a payment of 12 EUR fail", "hatte eine fehlgeschlagene Zahlung über 12 EUR"),
    ("renewal", {}, "renews in 12 days", "Vertragsverlängerung in 12 Tagen"),
    ("renewal", {"left_days": 1}, "renews in 1 day", "Vertragsverlängerung in 1 Tag"),
    ("renewal", {"left_days": 0.2}, "renews today", "Vertragsverlängerung heute"),
    ("age", {}, "open for 2.5 days", "offen seit 2,5 Tagen"),
    ("tier", {"tier": "unknown"}, "tier unknown", "Stufe unbekannt"),
    ("severity", {}, "severity 70%", "Schwere 70 %"),
    (
        "overdue",
        {},
        "was due Wed, 25 Nov 2026, 14:30 CET, 2.1 days ago, and the customer has not been contacted",
        "war am Mi., 25. Nov. 2026, 14:30 MEZ fällig, vor 2,1 Tagen, und der Kunde wurde noch nicht kontaktiert",
    ),
    (
        "not_from_here",
        {"resolved_by": "", "reason": ""},
        "cannot be acknowledged: it was resolved by ann on Wed, 25 Nov 2026, 14:30 CET (cause “slow”, action “called”)",
        "kann nicht angenommen werden: sie ist erledigt, von ann am Mi., 25. Nov. 2026, 14:30 MEZ (Ursache „slow“, Maßnahme „called“)",
    ),
    (
        "already_so",
        {"status": "snoozed", "by": "makegood", "resolved_by": "", "cause": "", "reason": ""},
        "is already snoozed since Wed, 25 Nov 2026, 14:30 CET",
        "ist bereits zurückgestellt, seit Mi., 25. Nov. 2026, 14:30 MEZ",
    ),
    (
        "resolution_incomplete",
        {"lacks_action": False},
        "cannot be resolved without cause, action and outcome; missing: the cause and the outcome",
        "kann nicht ohne Ursache, Maßnahme und Ergebnis erledigt werden; nicht angegeben: Ursache und Ergebnis",
    ),
]


@pytest.mark.parametrize(("code", "values", "english", "german"), READS)
def test_a_reason_reads_as_people_say_it(code, values, english, german):
    why = example(code, **values)
    assert say(why, "en", "Europe/Berlin") == english
    assert say(why, "de", "Europe/Berlin") == german


def test_a_comment_reads_as_what_the_customer_adds():
    assert say(Why(code="comment_added", said="and rude")) == "adds “and rude”"
    assert say(Why(code="comment_added", said="and rude"), "de") == "ergänzt „and rude“"
    assert say(Why(code="comment_added")) == "adds a comment"


def test_a_customer_is_named_with_tier_and_why_they_matter():
    assert say_who("Ann", "A", Why(code="named_by_company")) == "Ann (tier A, high-impact: named by the company)"
    assert say_who("Ann", "unknown", None, "de") == "Ann (Stufe unbekannt)"


# -- labels -----------------------------------------------------------------------------------------------------------------------

SLUGS: dict[str, tuple[str, ...]] = {
    "cause": tuple(Cause),
    "status": tuple(Status),
    "level": tuple(Level),
    "tier": tuple(Tier),
    "about": tuple(About),
    "verdict": tuple(Verdict),
    "notice": tuple(NoticeKind),
    "fault": tuple(Fault),
    "channel": tuple(Channel),
    "outcome": tuple(Outcome),
    "metric": tuple(Metric),
    "addend": ("tier", "high_impact", "severity", "value_at_risk", "chance_of_leaving", "renewal", "repeat_failure", "age"),
    "signal": (*get_args(Sign),),
    "severity": tuple(Severity),
    "point": ("newest", "matters", "due", "next_step", "owner", "nobody", "happened"),
    "link": ("task", "alert", "customer"),
    "verb": ("acknowledge", "contact", "resolve", "dismiss", "snooze", "undo"),
}


@pytest.mark.parametrize("kind", SLUGS)
def test_every_slug_has_a_label_of_its_own(kind):
    differ = set(LABELS[kind]) ^ {str(slug) for slug in SLUGS[kind]}
    assert not differ, (
        f"{', '.join(sorted(differ))}: LABELS[{kind!r}] of schemas/sentences/labels.py names each slug that there is, and no other"
    )
    for language in LANGUAGES:
        labels = [call(kind, slug, language) for slug in SLUGS[kind]]
        assert len(set(labels)) == len(labels)


def test_a_slug_that_nobody_knows_reads_as_its_words():
    assert call("cause", "lost_in_space", "de") == "lost in space"
    assert call("no_such_kind", "lost_in_space") == "lost in space"


@each_language
@pytest.mark.parametrize("cause", Cause)
def test_there_is_a_next_step_for_every_cause(cause, language):
    assert next_step(cause, language).endswith(".")
    assert (language == "de") == ("Sie" in next_step(cause, language))


# -- what comes in odd --------------------------------------------------------------------------------------------------------------

BERLIN = "Wed, 25 Nov 2026, 14:30 CET"


@pytest.mark.parametrize(
    ("tag", "sentence"),
    [
        ("en", "12,000 EUR a year at risk"),
        ("en-US", "EUR 12,000 a year at risk"),
        ("en_IN", "12,000 EUR a year at risk"),
        ("de", "12.000 EUR im Jahr stehen auf dem Spiel"),
        ("de-CH", "EUR 12'000 im Jahr stehen auf dem Spiel"),
        ("DE_at", "EUR 12.000 im Jahr stehen auf dem Spiel"),
        ("fr-FR", "12,000 EUR a year at risk"),
        ("", "12,000 EUR a year at risk"),
        ("x" * 9_999, "12,000 EUR a year at risk"),
        ("de-DE@{0}", "12.000 EUR im Jahr stehen auf dem Spiel"),
    ],
)
def test_a_language_falls_back_to_the_nearest_that_we_speak(tag, sentence):
    assert say(Why(code="value_at_risk", values={"annual_value": 12_000, "currency": "EUR"}), tag) == sentence


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "\0", "Europe", "x" * 999])
def test_an_unknown_zone_is_utc(zone):
    assert say(example("cancels"), "en", zone) == "lets the subscription end on Wed, 25 Nov 2026, 13:30 UTC"


@pytest.mark.parametrize(
    ("zone", "at", "english", "german"),
    [
        ("Europe/Berlin", "2026-07-01T12:00:00+02:00", "Wed, 1 Jul 2026, 12:00 CEST", "Mi., 1. Juli 2026, 12:00 MESZ"),
        ("America/New_York", AT, "Wed, 25 Nov 2026, 08:30 EST", "Mi., 25. Nov. 2026, 08:30 EST"),
        ("America/Sao_Paulo", AT, "Wed, 25 Nov 2026, 10:30 UTC-03", "Mi., 25. Nov. 2026, 10:30 UTC-03"),
        ("UTC", "2026-11-25T13:30:00", "Wed, 25 Nov 2026, 13:30 UTC", "Mi., 25. Nov. 2026, 13:30 UTC"),
    ],
)
def test_an_instant_is_shown_in_the_zone_of_the_reader(zone, at, english, german):
    assert say(example("snoozed", until_at=at), "en", zone) == f"snoozed until {english}"
    assert say(example("snoozed", until_at=at), "de", zone) == f"zurückgestellt bis {german}"


@pytest.mark.parametrize(
    ("code", "values", "sentence"),
    [
        ("snoozed", {"until_at": "tomorrow"}, "snoozed until tomorrow"),
        ("snoozed", {"until_at": "0001-01-01T00:00:00+14:00"}, "snoozed until 0001-01-01T00:00:00+14:00"),
        ("snoozed", {"until_at": 12}, "snoozed until 12"),
        ("severity", {"severity": "high"}, "severity high"),
        ("severity", {"severity": True}, "severity yes"),
        ("tier", {"tier": 3}, "tier 3"),
        ("value_at_risk", {"annual_value": 1e300, "currency": "EUR"}, "1e+300 EUR a year at risk"),
        ("value_at_risk", {"annual_value": "lots", "currency": "EUR"}, "lots a year at risk"),
        ("value_at_risk", {"annual_value": -5.4, "currency": "<b>\n"}, "-5 <b> a year at risk"),
        ("rated_ticket", {"ticket": "1", "metric": "nps", "score": "2", "worst": 0, "best": 10}, "rated ticket 1 2"),
        ("rated_ticket", {"ticket": "1", "metric": "joy", "score": 2, "worst": 0, "best": 10}, "rated ticket 1 2 of 10 (joy)"),
        ("ticket_is_spam", {"ticket": 12.0}, "ticket 12 is spam"),
        ("not_from_here", {"verb": "fold_up", "status": "lost", "since_at": AT}, f"cannot be fold up: it was lost on {BERLIN}"),
    ],
)
def test_a_value_of_another_kind_is_shown_as_it_is(code, values, sentence):
    assert say(Why(code=code, values=values), "en", "Europe/Berlin") == sentence


@each_language
def test_a_code_without_its_values_reads_as_one_that_nobody_knows(language):
    assert say(Why(code="delivered_late", values={"order": "7"}, said="why"), language).startswith("delivered late (order 7)")


def test_a_code_that_nobody_knows_reads_as_its_words_and_values():
    values = {"order": "7", "late_hours": 12, "seen_at": AT, "chance": 0.5, "paid": False, "amount": 1_234.5}
    why = Why(code="lost_in_space", values=values, said="{help}")
    expected = f"lost in space (order 7, late hours 12 hours, seen at {BERLIN}, chance 50%, paid no, amount 1,234.5): “{{help}}”"
    assert say(why, "en", "Europe/Berlin") == expected
    assert "late hours 12 Stunden" in say(why, "de")


def test_texts_are_one_line_of_what_can_be_printed():
    odd = "12\n34\u202e\u2067 \x00 \x1b[31m \ud800x"
    sentence = say(Why(code="ticket_is_spam", values={"ticket": "1"}).model_copy(update={"values": {"ticket": odd}}))
    assert sentence == "ticket 12 34 [31m x is spam"


def test_a_long_text_is_cut_short():
    assert len(say(Why(code="comment_added", said="so " * 5_000))) < 600
    assert len(say(example("ticket_is_spam", ticket="1" * 5_000))) < 200


ODD = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text()
    | st.sampled_from([AT, "{x}", "%s", "\u202e", "9" * 5_000])
    | st.lists(st.text())
)


def unchecked(code: str, values: Mapping[str, Any], said: Any) -> Why:
    return Why.model_construct(code=code, values=values, said=said)


@given(st.sampled_from(sorted(CODES)), st.data(), st.none() | st.text(), st.sampled_from([*LANGUAGES, "de-CH", "xx"]))
def test_no_value_makes_a_sentence_fail(code, data, said, language):
    values = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(names_of(code, optional=True), ODD)))
    sentence = say(unchecked(code, values, said), language, "Europe/Berlin")
    assert sentence
    assert sentence.isprintable()


@given(st.text(min_size=1), st.dictionaries(st.text(), ODD, max_size=4), st.none() | st.text(), st.text(), st.text())
def test_neither_code_nor_language_nor_zone_makes_a_sentence_fail(code, values, said, language, zone):
    assert isinstance(say(unchecked(code, values, said), language, zone), str)
    assert isinstance(call(code, code, language), str)
    assert isinstance(say_who(code, language, unchecked(code, values, said), language), str)


def test_nobody_waits_for_babel_who_makes_no_sentence():
    script = "import sys, schemas.decisions, schemas.reasons, schemas.wording; assert 'babel' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_who_reads_english_waits_for_no_catalogue():
    script = "import sys; from schemas.sentences import call; call('cause', 'security'); assert 'babel.messages' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
