"""Promises of decisions, notices and alerts in words: what happened, from where to where, by whom, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.decisions import About, Addend, AlertSnapshot, Basis, Decision, Level, Notice, NoticeKind, Priority, SignalShown, Tier, Verdict
from schemas.reasons import CODES, Why
from schemas.sentences import LANGUAGES, say_addend, say_alert, say_decision, say_notice
from schemas.sentences.labels import LABELS

NOW = datetime(2026, 11, 25, 13, 30, tzinfo=UTC)
AT = "2026-11-25T13:30:00Z"
WHEN, WANN = "Wed, 25 Nov 2026, 14:30 CET", "Mi., 25. Nov. 2026, 14:30 MEZ"
BASIS = Basis(input="customers-0-1", policy="p-1")
RATED = Why(code="rated_ticket", values={"ticket": "12", "metric": "nps", "score": 2, "worst": 0, "best": 10}, said="too late")
SAYS, SAGT = "rated ticket 12 2 of 10 (NPS): “too late”", "hat Ticket 12 mit 2 von 10 (NPS) bewertet: „too late“"
RESOLVED = Why(code="resolved", values={"cause": "slow", "action": "called", "outcome": "happy"})
HELD = {"status": "dismissed", "by": "bo", "since_at": AT, "reason": "a duplicate"}


def decision(verdict: Verdict, why: Why = RATED, **fields: Any) -> Decision:
    shared = {"id": "d", "customer": "c-1", "about": "T-1", "about_kind": About.TASK, "at": NOW, "by": "makegood", "basis": BASIS}
    return Decision(verdict=verdict, why=why, **{**shared, **fields})


def notice(kind: NoticeKind, why: Why | None = RATED, **fields: Any) -> Notice:
    shared = {"id": "n", "customer": "c-1", "about": "T-1", "about_kind": About.TASK, "at": NOW, "by": "makegood", "basis": BASIS}
    return Notice(kind=kind, why=why, priority=Priority.P1, tier=Tier.A, route="r", **{**shared, **fields})


def alert(**fields: Any) -> AlertSnapshot:
    shared = {"id": "A-1", "version": 1, "customer": "c-1", "tier": Tier.A, "hic": True, "level": Level.CRITICAL, "basis": BASIS}
    signals = tuple(SignalShown(name="leave_phrase", strength=0.5, seen_at=NOW, why=why) for why in (RATED, Why(code="named_by_company")))
    return AlertSnapshot(**{**shared, "active": True, "chance": 0.634, "signals": signals, "raised_at": NOW, "changed_at": NOW, **fields})


DECISIONS = [
    (
        decision(Verdict.TASK_RAISED, values={"priority": "P1", "due_at": AT}),
        f"P1, due {WHEN}: {SAYS}",
        f"P1, fällig am {WANN}: {SAGT}",
    ),
    (
        decision(Verdict.TASK_RAISED, values={"priority": "P1", "due_at": AT, "follows": "T-0"}),
        f"P1, due {WHEN}, after T-0: {SAYS}",
        f"P1, fällig am {WANN}, nach T-0: {SAGT}",
    ),
    (
        decision(Verdict.TASK_AMENDED, values={"priority": "P1", "priority_before": "P2", "evidence": 2}),
        f"P1, was P2: {SAYS}",
        f"P1, vorher P2: {SAGT}",
    ),
    (
        decision(Verdict.TASK_AMENDED, values={"priority": "P1", "priority_before": "P1"}, was="open", now="open"),
        f"P1: {SAYS}",
        f"P1: {SAGT}",
    ),
    (
        decision(Verdict.TASK_AMENDED, values={"priority": "P1", "priority_before": "P2", "late": True}, now="resolved"),
        f"heard of late, from before it was resolved: {SAYS}",
        f"nachträglich gemeldet, aus der Zeit vor „erledigt“: {SAGT}",
    ),
    (
        decision(Verdict.TASK_MOVED, Why(code="acknowledged"), by="ann", was="open", now="acknowledged"),
        "acknowledged by ann",
        "angenommen von ann",
    ),
    (
        decision(Verdict.TASK_MOVED, Why(code="contacted", said="called"), by="ann", was="open", now="contacted"),
        "contacted by ann: “called”",
        "kontaktiert von ann: „called“",
    ),
    (
        decision(Verdict.TASK_MOVED, RESOLVED, by="ann", was="open", now="resolved"),
        "resolved by ann: cause “slow”, action “called”, outcome “happy”",
        "erledigt von ann: Ursache „slow“, Maßnahme „called“, Ergebnis „happy“",
    ),
    (
        decision(Verdict.TASK_MOVED, Why(code="dismissed", said="a duplicate"), by="ann", was="open", now="dismissed"),
        "dismissed by ann: reason “a duplicate”",
        "verworfen von ann: Begründung „a duplicate“",
    ),
    (
        decision(Verdict.TASK_MOVED, Why(code="ticket_is_spam", values={"ticket": "12"}), was="open", now="dismissed"),
        "dismissed: ticket 12 is spam",
        "verworfen: Ticket 12 ist Spam",
    ),
    (
        decision(Verdict.TASK_MOVED, Why(code="snoozed", values={"until_at": AT}), by="ann", was="open", now="snoozed"),
        f"snoozed by ann until {WHEN}",
        f"zurückgestellt von ann bis {WANN}",
    ),
    (
        decision(Verdict.TASK_MOVED, Why(code="snooze_ended", values={"due_at": AT}), was="snoozed", now="open"),
        f"the snooze ended: open again, due {WHEN}",
        f"die Zurückstellung ist abgelaufen: wieder „offen“, fällig am {WANN}",
    ),
    (
        decision(Verdict.TASK_MOVED, Why(code="taken_back", values={"status": "resolved"}), by="ann", was="resolved", now="open"),
        "open again: ann took back “resolved”",
        "wieder „offen“: ann hat „erledigt“ zurückgenommen",
    ),
    (
        decision(Verdict.TASK_REGRESSED, values={"closed_by": "ann", "closed_at": AT}, was="resolved", now="regressed"),
        f"resolved by ann on {WHEN}, and again: {SAYS}",
        f"erledigt von ann am {WANN}, und wieder: {SAGT}",
    ),
    (
        decision(Verdict.TASK_REGRESSED, values={"closed_by": "makegood", "closed_at": AT}, was="dismissed", now="regressed"),
        f"dismissed on {WHEN}, and again: {SAYS}",
        f"verworfen am {WANN}, und wieder: {SAGT}",
    ),
    (
        decision(Verdict.TASK_VERIFIED, values={"closed_by": "ann", "closed_at": AT}, was="resolved", now="verified"),
        f"resolved by ann on {WHEN}, and well since: {SAYS}",
        f"erledigt von ann am {WANN}, und seither gut: {SAGT}",
    ),
    (
        decision(Verdict.COMMAND_REFUSED, Why(code="already_so", values=HELD), by="ann", task="T-1", about="cmd"),
        f"refused to ann: T-1 is already dismissed by bo on {WHEN} (reason “a duplicate”)",
        f"für ann abgelehnt: T-1 ist bereits verworfen, von bo am {WANN} (Begründung „a duplicate“)",
    ),
    (
        decision(Verdict.ALERT_RAISED, values={"chance": 0.634}, now="critical"),
        f"critical, chance of leaving 63%: {SAYS}",
        f"kritisch, Abwanderungsrisiko 63 %: {SAGT}",
    ),
    (
        decision(Verdict.ALERT_AMENDED, values={"chance": 0.634}, was="watch", now="warning"),
        f"watch to warning, chance of leaving 63%: {SAYS}",
        f"von Beobachtung auf Warnung, Abwanderungsrisiko 63 %: {SAGT}",
    ),
    (
        decision(Verdict.ALERT_AMENDED, values={"chance": 0.634}, was="watch", now="watch"),
        f"watch, chance of leaving 63%: {SAYS}",
        f"Beobachtung, Abwanderungsrisiko 63 %: {SAGT}",
    ),
    (
        decision(Verdict.ALERT_RESOLVED, Why(code="chance_fell", values={"chance": 0.1}), was="watch"),
        "the chance of leaving fell to 10%",
        "das Abwanderungsrisiko ist auf 10 % gefallen",
    ),
    (
        decision(Verdict.TIER_CHANGED, Why(code="no_reason_left"), was="C", now="A"),
        "tier C to A: none of the reasons holds any longer",
        "von Stufe C auf A: keiner der Gründe gilt mehr",
    ),
    (
        decision(Verdict.HIC_CHANGED, Why(code="named_by_company"), hic=True),
        "high-impact: named by the company",
        "Schlüsselkunde: vom Unternehmen benannt",
    ),
    (
        decision(Verdict.HIC_CHANGED, Why(code="no_reason_left"), hic=False),
        "no longer high-impact: none of the reasons holds any longer",
        "kein Schlüsselkunde mehr: keiner der Gründe gilt mehr",
    ),
]
CHANGED = {"priority": "P1", "priority_before": "P2", "evidence": 3}
NOTICES = [
    (notice(NoticeKind.TASK_RAISED, values={"priority": "P1", "due_at": AT}), SAYS, SAGT),
    (
        notice(NoticeKind.TASK_WORSENED, values=CHANGED),
        f"{SAYS} (P1, was P2, 3 pieces of evidence)",
        f"{SAGT} (P1, vorher P2, 3 Belege)",
    ),
    (
        notice(NoticeKind.TASK_WORSENED, values={**CHANGED, "priority_before": "P1", "evidence": 1, "roused_from": "contacted"}),
        f"{SAYS} (after they were spoken to, P1, 1 piece of evidence)",
        f"{SAGT} (nach dem Gespräch mit dem Kunden, P1, 1 Beleg)",
    ),
    (
        notice(NoticeKind.SNOOZE_ENDED, values={**CHANGED, "roused_from": "snoozed"}),
        f"{SAYS} (while it was snoozed, P1, was P2, 3 pieces of evidence)",
        f"{SAGT} (während der Zurückstellung, P1, vorher P2, 3 Belege)",
    ),
    (
        notice(NoticeKind.SNOOZE_ENDED, change=Why(code="snooze_ended", values={"due_at": AT}), was="snoozed", now="open"),
        f"{SAYS}: the snooze ended, open again, due {WHEN}",
        f"{SAGT}: die Zurückstellung ist abgelaufen, wieder „offen“, fällig am {WANN}",
    ),
    (
        notice(NoticeKind.TASK_REGRESSED, values={"closed_by": "ann", "closed_at": AT}, was="resolved", now="regressed"),
        f"{SAYS} (resolved by ann before)",
        f"{SAGT} (zuvor erledigt von ann)",
    ),
    (
        notice(
            NoticeKind.TASK_REGRESSED, change=Why(code="taken_back", values={"status": "resolved"}), by="ann", was="resolved", now="open"
        ),
        f"{SAYS}: open again, for ann took back “resolved”",
        f"{SAGT}: wieder „offen“, denn ann hat „erledigt“ zurückgenommen",
    ),
    (
        notice(NoticeKind.TASK_DUE_SOON, change=Why(code="due_soon", values={"due_at": AT, "left_hours": 1})),
        f"{SAYS}: due {WHEN}, in 1 hour, and nobody has acknowledged it",
        f"{SAGT}: fällig am {WANN}, in 1 Stunde, und noch von niemandem angenommen",
    ),
    (
        notice(NoticeKind.TASK_CLOSED, change=RESOLVED, by="ann", was="open", now="resolved"),
        f"{SAYS}: resolved by ann: cause “slow”, action “called”, outcome “happy”",
        f"{SAGT}: erledigt von ann: Ursache „slow“, Maßnahme „called“, Ergebnis „happy“",
    ),
    (
        notice(NoticeKind.TASK_CLOSED, change=Why(code="dismissed", said="a duplicate"), by="ann", was="open", now="dismissed"),
        f"{SAYS}: dismissed by ann: reason “a duplicate”",
        f"{SAGT}: verworfen von ann: Begründung „a duplicate“",
    ),
    (
        notice(NoticeKind.ALERT_RAISED, chance=0.634, values={"chance": 0.634}, now="critical"),
        f"may leave (chance 63%): {SAYS}",
        f"könnte abwandern (Risiko 63 %): {SAGT}",
    ),
    (
        notice(NoticeKind.ALERT_RESOLVED, change=Why(code="no_longer_protected"), was="watch"),
        "no longer a customer whom alerts are for",
        "gehört nicht mehr zu den Kunden, für die gewarnt wird",
    ),
    (notice(NoticeKind.TASK_RAISED, why=None), "needs us", "braucht uns"),
]


@pytest.mark.parametrize(("made", "english", "german"), DECISIONS)
def test_a_decision_says_what_was_decided_and_why(made, english, german):
    assert say_decision(made, "en", "Europe/Berlin") == english
    assert say_decision(made, "de", "Europe/Berlin") == german


@pytest.mark.parametrize(("sent", "english", "german"), NOTICES)
def test_a_notice_says_what_it_is_about_and_what_has_happened(sent, english, german):
    assert say_notice(sent, "en", "Europe/Berlin") == english
    assert say_notice(sent, "de", "Europe/Berlin") == german


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_says_why(verdict, language):
    assert say_decision(decision(verdict), language).endswith({"en": SAYS, "de": SAGT}[language])


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_says_what_it_is_about(kind, language):
    assert {"en": SAYS, "de": SAGT}[language] in say_notice(notice(kind), language)


def test_a_code_that_nobody_knows_is_said_in_a_decision_too():
    why = Why(code="lost_in_space", values={"order": "7"})
    assert say_decision(decision(Verdict.TASK_MOVED, why, by="ann", now="open")) == "open by ann: lost in space (order 7)"
    assert (
        say_notice(notice(NoticeKind.TASK_CLOSED, change=why, by="ann", now="closed")) == f"{SAYS}: closed by ann: lost in space (order 7)"
    )


def test_an_alert_says_the_chance_and_the_strongest_signals():
    assert say_alert(alert()) == f"may leave (chance 63%): {SAYS}; named by the company"
    assert say_alert(alert(), "de") == f"könnte abwandern (Risiko 63 %): {SAGT}; vom Unternehmen benannt"
    assert say_alert(alert(signals=())) == "may leave (chance 63%)"


def test_what_the_signals_of_an_alert_add_is_said_beside_them_and_adds_up():
    parts = tuple(SignalShown(name="silence", strength=0.5, share=share, seen_at=NOW, why=RATED) for share in (0.3, 0.2, 0.1, 0.01, 0.01))
    heard = NOW - timedelta(days=3)
    assert say_alert(alert(chance=0.65, signals=parts, without_signals=0.03, newest_at=heard)) == (
        f"may leave (chance 65%): {SAYS} (30 points); {SAYS} (20 points); {SAYS} (10 points); {SAYS} (1 point); "
        "all else (4 points); newest sign 3 days old"
    )
    assert say_alert(alert(chance=0.35, signals=parts[:1], newest_at=heard), "de") == (
        f"könnte abwandern (Risiko 35 %): {SAGT} (30 Punkte); alles Übrige (5 Punkte); neuestes Zeichen 3 Tage alt"
    )


def test_a_signal_that_adds_nothing_and_a_sign_of_this_hour_are_left_unsaid():
    parts = tuple(SignalShown(name="silence", strength=0.5, share=share, seen_at=NOW, why=RATED) for share in (0.3, 0.0))
    said = say_alert(alert(chance=0.35, signals=parts, without_signals=0.05, newest_at=NOW - timedelta(minutes=20)))
    assert said == f"may leave (chance 35%): {SAYS} (30 points); all else (5 points)"


def test_an_alert_that_has_ended_says_why():
    ended = alert(active=False, resolved_why=Why(code="chance_fell", values={"chance": 0.1}))
    assert say_alert(ended) == "the chance of leaving fell to 10%"


def test_a_summand_is_understood_alone():
    assert say_addend(Addend(name="high_impact", points=1, why=Why(code="named_by_company"))) == "high-impact: named by the company"
    assert say_addend(Addend(name="high_impact", points=1, why=Why(code="every_customer")), "de") == "Schlüsselkunde: alle Kunden sind es"
    assert say_addend(Addend(name="renewal", points=1, why=Why(code="renewal", values={"left_days": 3}))) == "renews in 3 days"


@given(
    st.sampled_from(Verdict),
    st.sampled_from(NoticeKind),
    st.sampled_from(sorted(CODES)),
    st.dictionaries(
        st.sampled_from(["priority", "priority_before", "late", "due_at", "chance", "closed_by", "evidence", "roused_from"]),
        st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    ),
    st.none() | st.sampled_from(list(LABELS["status"])) | st.text(min_size=1).filter(str.strip),
    st.sampled_from(LANGUAGES),
)
def test_no_value_makes_a_decision_or_a_notice_fail(verdict, kind, code, values, slug, language):
    why = Why(code=code, said="{0}")
    slug = slug[:100] if slug else None
    assert say_decision(decision(verdict, why, values=values, was=slug, now=slug, task=slug), language)
    assert say_notice(notice(kind, why, change=why, values=values, was=slug, now=slug), language)
