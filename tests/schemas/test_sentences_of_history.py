"""Promises of the history in words: each fact and command reads in every language, with its plurals, numbers, money and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any

import pytest
from pydantic import TypeAdapter

from schemas.commands import AnyCommand
from schemas.facts import AnyFact
from schemas.inputs import FACT
from schemas.reasons import Why
from schemas.sentences import LANGUAGES, say, say_command, say_fact, say_how_far, say_undecided
from schemas.sentences.english_history import COMMAND_DETAILS, COMMANDS, FACT_DETAILS, FACTS, PARTS
from schemas.sentences.history import HistoryText

AT, LATER = "2026-11-25T13:30:00Z", "2026-11-27T13:30:00Z"
WHEN, WANN = "Fri, 27 Nov 2026, 14:30 CET", "Fr., 27. Nov. 2026, 14:30 MEZ"
NPS = {"metric": "nps", "raw": 2}
OF_FACTS: dict[str, type] = {kind.model_fields["type"].default: kind for kind in AnyFact.__args__}
OF_COMMANDS: dict[str, type] = {kind.model_fields["type"].default: kind for kind in AnyCommand.__args__}
_COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


def fact(kind: str, **fields: Any) -> AnyFact:
    known = {"type": kind, "id": "f", "source": "shop", "object": "7", "occurred_at": AT, "customer": {"id": "C-1"}}
    return FACT.validate_python({**known, **fields})


def command(kind: str, **fields: Any) -> AnyCommand:
    known = {"type": kind, "id": "k", "customer": {"id": "C-1"}, "task": "x-1", "actor": "ann", "issued_at": AT}
    return _COMMAND.validate_python({**known, **fields})


def names_of(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_fact_and_every_command_has_its_row():
    assert set(FACTS) == set(OF_FACTS) - {"ticket.rated"}, "that one is a reason"
    assert set(COMMANDS) == set(OF_COMMANDS)


@pytest.mark.parametrize(("kind", "template"), [*FACTS.items(), *FACT_DETAILS.items(), *COMMANDS.items(), *COMMAND_DETAILS.items()])
def test_a_row_asks_only_for_fields_that_there_are(kind, template):
    assert names_of(template) <= {*(OF_FACTS | OF_COMMANDS)[kind].model_fields, "returned", "changed"}


def test_a_part_asks_only_for_the_field_that_it_is_named_by():
    assert all(names_of(template) == {name.partition(".")[2]} for name, template in PARTS.items())


READS = [
    (fact("survey.sent", survey="May"), ("was sent survey “May”", ""), ("erhielt die Umfrage „May“", "")),
    (fact("survey.sent"), ("was sent survey 7", ""), ("erhielt die Umfrage 7", "")),
    (
        fact("survey.answered", score=NPS, survey="May", comment="too late"),
        ("rated 2 of 10 (NPS) in survey “May”", "too late"),
        ("hat in Umfrage „May“ 2 von 10 (NPS) vergeben", "too late"),
    ),
    (fact("survey.answered", comment="late"), ("answered a survey", "late"), ("hat eine Umfrage beantwortet", "late")),
    (fact("survey.amended", comment="late"), ("changed the answer", "late"), ("hat die Antwort geändert", "late")),
    (
        fact("ticket.opened", severity="urgent", subject="Order", comment="Where?"),
        ("opened ticket 7 (urgent)", "Order: Where?"),
        ("hat Ticket 7 eröffnet (dringend)", "Order: Where?"),
    ),
    (
        fact("ticket.updated", status="open", severity="high", target_missed=True),
        ("ticket 7: status open, severity high, its target was missed", ""),
        ("Ticket 7: Status open, Schwere hoch, das Ziel wurde verfehlt", ""),
    ),
    (fact("ticket.updated", target_missed=False), ("ticket 7: changed", ""), ("Ticket 7: geändert", "")),
    (fact("ticket.commented", comment="x"), ("wrote in ticket 7", "x"), ("hat in Ticket 7 geschrieben", "x")),
    (fact("ticket.commented", comment="x", by_customer=False), ("was answered in ticket 7", "x"), ("bekam in Ticket 7 Antwort", "x")),
    (
        fact("ticket.reassigned", assignee="Bo", times=1),
        ("ticket 7 was passed on to Bo, 1 time by now", ""),
        ("Ticket 7 wurde weitergegeben an Bo, bisher 1-mal", ""),
    ),
    (
        fact("ticket.reopened", times=21),
        ("ticket 7 was reopened, 21 times by now", ""),
        ("Ticket 7 wurde wieder geöffnet, bisher 21-mal", ""),
    ),
    (fact("ticket.reopened"), ("ticket 7 was reopened", ""), ("Ticket 7 wurde wieder geöffnet", "")),
    (fact("ticket.merged", into="8"), ("ticket 7 was merged into 8", ""), ("Ticket 7 ging in 8 auf", "")),
    (fact("ticket.resolved", resolution="sent"), ("ticket 7 was resolved", "sent"), ("Ticket 7 wurde gelöst", "sent")),
    (
        fact("purchase.made", amount=1234.5, discount=10),
        ("bought for 1,234.50, discount 10", "order 7"),
        ("hat für 1.234,50 gekauft, Rabatt 10", "Bestellung 7"),
    ),
    (fact("purchase.made", amount=-20), ("returned 20", "order 7"), ("hat 20 zurückgegeben", "Bestellung 7")),
    (fact("purchase.made", amount=0), ("bought for 0", "order 7"), ("hat für 0 gekauft", "Bestellung 7")),
    (
        fact("delivery.promised", promised_for=LATER),
        (f"delivery 7 was promised for {WHEN}", ""),
        (f"Lieferung 7 wurde für {WANN} zugesagt", ""),
    ),
    (fact("delivery.made", promised_for=LATER), ("delivery 7 arrived", ""), ("Lieferung 7 kam an", "")),
    (
        fact("delivery.made", promised_for="2026-11-23T13:30:00Z"),
        ("got order 7 2 days later than promised", ""),
        ("hat Bestellung 7 2 Tage später als versprochen erhalten", ""),
    ),
    (fact("usage.recorded", feature="export", quantity=1e6), ("used export: 1,000,000", ""), ("hat export benutzt: 1.000.000", "")),
    (fact("usage.recorded", quantity=0.5), ("used 7: 0.5", ""), ("hat 7 benutzt: 0,5", "")),
    (
        fact("payment.failed", amount=9.5, reason="card"),
        ("a payment of 9.50 failed", "card"),
        ("eine Zahlung über 9,50 schlug fehl", "card"),
    ),
    (
        fact("subscription.changed", annual_value=5000, previous_annual_value=12000, cancels_at=LATER),
        ("subscription changed to 5,000 a year, was 12,000", f"cancels at {WHEN}"),
        ("Abonnement geändert auf 5.000 im Jahr, vorher 12.000", f"endet am {WANN}"),
    ),
    (fact("subscription.changed", previous_annual_value=1), ("subscription changed", ""), ("Abonnement geändert", "")),
    (
        fact("renewal.dated", renews_on="2026-07-01T00:00:00+02:00"),
        ("renews on Wed, 1 Jul 2026", ""),
        ("verlängert am Mi., 1. Juli 2026", ""),
    ),
    (
        fact("customer.profiled", name="Ann", annual_value=0, owner="Jo"),
        ("profile from shop", "name Ann, annual value 0, owner Jo"),
        ("Profil von shop", "Name Ann, Jahreswert 0, zuständig Jo"),
    ),
    (
        fact("alias.linked", alias="email:a@b.example"),
        ("is also email:a@b.example", "said by shop"),
        ("ist auch email:a@b.example", "laut shop"),
    ),
    (
        fact("employee.feedback", comment="angry"),
        ("an employee reports (normal)", "angry"),
        ("jemand aus dem Team meldet (normal)", "angry"),
    ),
    (command("task.acknowledge"), ("ann asked to acknowledge", ""), ("ann will übernehmen", "")),
    (command("task.contact", note="spoke"), ("ann asked to mark as contacted", "spoke"), ("ann hat mit dem Kunden gesprochen", "spoke")),
    (
        command("task.resolve", cause="slow", outcome="happy"),
        ("ann asked to resolve", "cause: slow; outcome: happy"),
        ("ann will lösen", "Ursache: slow; Ergebnis: happy"),
    ),
    (command("task.dismiss", reason="a test"), ("ann asked to dismiss", "a test"), ("ann will verwerfen", "a test")),
    (command("task.snooze", until=LATER), ("ann asked to snooze", f"until {WHEN}"), ("ann will zurückstellen", f"bis {WANN}")),
    (command("task.undo", undoes="k-0"), ("ann took it back", ""), ("ann hat es zurückgenommen", "")),
]


@pytest.mark.parametrize(("message", "english", "german"), READS, ids=lambda one: getattr(one, "type", None))
def test_what_happened_reads_as_people_say_it(message, english, german):
    says = say_fact if message.type in OF_FACTS else say_command
    assert says(message, "en", "Europe/Berlin") == HistoryText(*english)
    assert says(message, "de-AT", "Europe/Berlin") == HistoryText(*german)


def test_what_a_colleague_wrote_reads_whole():
    said = "word " * 80
    assert say_command(command("task.resolve", cause=said, action=said)).detail == f"cause: {said}; action: {said}"
    assert say_undecided("decision_raised", said).endswith(said)


@pytest.mark.parametrize(("quantity", "shown"), [(0.004, "0.004"), (12, "12"), (0.123456, "0.123456")])
def test_a_small_use_is_no_use_of_nothing(quantity, shown):
    assert say_fact(fact("usage.recorded", quantity=quantity)).title == f"used 7: {shown}"


def test_every_fact_and_command_is_among_those_that_were_read():
    same = {"ticket.rated": "a reason", "subscription.cancelled": "a plain row", "erasure.requested": "a plain row"}
    assert {message.type for message, _, _ in READS} | set(same) == {*OF_FACTS, *OF_COMMANDS}


@pytest.mark.parametrize("language", [*LANGUAGES, "de-CH", "xx", ""])
@pytest.mark.parametrize("message", [one for one, _, _ in READS], ids=lambda one: one.type)
def test_no_zone_and_no_language_makes_it_fail(message, language):
    says = say_fact if message.type in OF_FACTS else say_command
    assert says(message, language, "Mars/Olympus").title


def test_a_rating_reads_as_the_evidence_that_it_is():
    rated = fact("ticket.rated", score={"metric": "ces", "raw": 6, "worst": 7, "best": 1})
    values = {"metric": "ces", "score": 6, "worst": 7, "best": 1, "ticket": "7"}
    assert say_fact(rated, "de").title == say(Why(code="rated_ticket", values=values), "de")


@pytest.mark.parametrize(
    ("minutes", "english", "german"),
    [
        (0, "now", "jetzt"),
        (0.4, "now", "jetzt"),
        (1, "in 1 min", "in 1 min"),
        (60, "in 1 h", "in 1 h"),
        (130, "in 2 h 10 min", "in 2 h 10 min"),
        (2880, "in 2 days", "in 2 Tagen"),
        (-59, "59 min ago", "vor 59 min"),
        (-90, "1 h 30 min ago", "vor 1 h 30 min"),
        (-14_400_000, "10,000 days ago", "vor 10.000 Tagen"),
    ],
)
def test_times_say_how_far_off_they_are(minutes, english, german):
    now = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
    at = now + timedelta(minutes=minutes)
    assert (say_how_far(at, now), say_how_far(at, now, "de")) == (english, german)


def test_a_command_that_became_a_dead_letter_says_so():
    assert say_undecided("decision_raised", "boom") == "could not be decided: the decision raised an error, boom"
    assert say_undecided("made_up_later", "boom", "de") == "ließ sich nicht entscheiden: made up later, boom"
