"""What slugs are called, by the kind of field that holds them, and the nouns that are counted, in English."""

from __future__ import annotations

from typing import NamedTuple

LABELS: dict[str, dict[str, str]] = {
    "cause": {
        "poor_survey": "poor survey",
        "bad_service": "bad service",
        "late_delivery": "late delivery",
        "wants_to_leave": "wants to leave",
        "security": "security at risk",
        "employee_report": "employee report",
        "undelivered": "not delivered",
        "business_halved": "business halved",
    },
    "status": {
        "open": "open",
        "acknowledged": "acknowledged",
        "contacted": "contacted",
        "resolved": "resolved",
        "verified": "verified",
        "regressed": "regressed",
        "dismissed": "dismissed",
        "snoozed": "snoozed",
    },
    "verb": {
        "acknowledge": "acknowledge",
        "contact": "contact",
        "resolve": "resolve",
        "dismiss": "dismiss",
        "snooze": "snooze",
        "undo": "take back",
    },
    "done": {  # a verb in the passive: `cannot be snoozed`
        "acknowledge": "acknowledged",
        "contact": "contacted",
        "resolve": "resolved",
        "dismiss": "dismissed",
        "snooze": "snoozed",
        "undo": "taken back",
    },
    "level": {"watch": "watch", "warning": "warning", "critical": "critical"},
    "tier": {"A": "A", "B": "B", "C": "C", "unknown": "unknown"},
    "about": {"customer": "customer", "task": "task", "alert": "alert", "command": "command", "fact": "fact", "alias": "alias"},
    "verdict": {
        "task_raised": "task raised",
        "task_amended": "task amended",
        "task_moved": "task moved",
        "task_regressed": "task regressed",
        "task_verified": "task verified",
        "command_refused": "command refused",
        "alert_raised": "alert raised",
        "alert_amended": "alert amended",
        "alert_resolved": "alert resolved",
        "tier_changed": "tier changed",
        "hic_changed": "high-impact status changed",
        "protection_changed": "protection changed",
        "duplicate_ignored": "duplicate ignored",
        "stale_ignored": "older version ignored",
        "fact_parked": "parked until the customer is known",
        "fact_released": "released to its customer",
        "alias_linked": "alias linked",
        "alias_kept": "alias kept with its customer",
        "escalated": "escalated",
        "customer_erased": "customer erased",
        "sent_to_billing": "sent to billing",
        "verification_due": "verification due",
    },
    "notice": {  # what happened, after the customer's name
        "task_raised": "needs us",
        "task_worsened": "it got worse",
        "task_regressed": "it is not solved after all",
        "task_due_soon": "due soon, and nobody has acknowledged it",
        "task_overdue": "overdue, and the customer has not been contacted",
        "task_unsolved": "still not solved",
        "verification_due": "ask whether it is well now",
        "task_closed": "closed",
        "snooze_ended": "the snooze ended",
        "alert_raised": "may leave",
        "alert_worsened": "more likely to leave than before",
        "alert_resolved": "no longer likely to leave",
        "payment_failed": "a payment failed",
        "protection_lost": "no longer protected",
    },
    "addend": {
        "tier": "tier",
        "high_impact": "high-impact",
        "severity": "severity",
        "value_at_risk": "value at risk",
        "chance_of_leaving": "chance of leaving",
        "renewal": "renewal",
        "repeat_failure": "repeat failure",
        "age": "age",
    },
    "signal": {
        "low_satisfaction": "low satisfaction",
        "silence": "silence",
        "spend_halved": "spend halved",
        "cancels": "end of subscription set",
        "cancelled": "subscription cancelled",
        "leave_phrase": "words about leaving",
        "ticket_burst": "burst of tickets",
        "failed_recovery": "recovery that failed",
        "undelivered": "promised and not delivered",
        "troubled_ticket": "ticket reopened or handed on",
        "payment_failed": "failed payment",
        "long_wait": "long wait for an answer",
        "purchases_halved": "purchases halved",
        "usage_halved": "use halved",
        "survey_unanswered": "surveys left unanswered",
        "renewal_near": "renewal near while unsatisfied",
        "silent_complaint": "silence after a complaint",
    },
    "fault": {
        "not_json": "not JSON",
        "unknown_type": "unknown type",
        "not_valid": "not valid",
        "decision_raised": "the decision raised an error",
        "dated_ahead": "dated in the future",
        "too_large": "what comes of it is too large",
        "unreadable_header": "a header that cannot be read",
        "broken_batch": "a batch that cannot be unpacked",
    },
    "channel": {"webhook": "webhook", "slack": "Slack", "email": "e-mail"},
    "outcome": {
        "delivered": "delivered",
        "failed": "failed",
        "held": "held",
        "refused": "refused",
        "given_up": "given up",
        "unrouted": "unrouted",
        "suppressed": "suppressed",
    },
    "severity": {"low": "low", "normal": "normal", "high": "high", "urgent": "urgent"},
    "point": {
        "newest": "What they said or did",
        "matters": "Why it matters",
        "due": "By when",
        "next_step": "Next step",
        "owner": "Owner",
        "nobody": "nobody yet",
        "happened": "When it happened",
    },
    "link": {"task": "Open the task", "alert": "Open the alert", "customer": "Open the customer"},
    "metric": {"nps": "NPS", "csat": "CSAT", "ces": "CES", "stars": "stars", "sentiment": "sentiment"},
    "lacks": {"lacks_cause": "the cause", "lacks_action": "the action", "lacks_outcome": "the outcome"},
    "answer": {"true": "yes", "false": "no"},
}
"""Kind -> slug -> label. `verb` is what a person asks for, `lacks` what a resolution is missing, `answer` a plain yes or no, `point`
what stands before the points of a message, `link` on its link."""

NEXT_STEPS: dict[str, str] = {
    "poor_survey": "Call, thank them for the answer, ask what happened, say what you will do and by when.",
    "bad_service": "Call, apologise, take the ticket over yourself, and say when they will hear from you next.",
    "late_delivery": "Say where the order is and when it comes, offer an interim fix, and check that it arrived.",
    "wants_to_leave": "Call in person, listen for the reason before anything else, and agree on one next step with a date.",
    "security": "Call at once, secure the account with them on the line, and say what you checked.",
    "undelivered": "Find out where it is, call with a day and hour of arrival before they have to ask, and check that it came.",
    "business_halved": "Call, ask what changed and listen, and agree on one next step with a date.",
    "employee_report": "Talk to the colleague who reported it, then to the customer, and put right what can be put right today.",
}
"""What to do about a task of each cause, where the policy says nothing."""


class Noun(NamedTuple):
    """How one and how many are said; `{n}` is the number."""

    one: str
    many: str


NOUNS: dict[str, Noun] = {
    "days": Noun("{n} day", "{n} days"),
    "hours": Noun("{n} hour", "{n} hours"),
    "years": Noun("{n} year", "{n} years"),
    "every": Noun("every day", "every {n} days"),
    "times": Noun("{n} time", "{n} times"),
    "answers": Noun("{n} answer", "{n} answers"),
    "tickets": Noun("{n} ticket", "{n} tickets"),
    "surveys": Noun("{n} survey", "{n} surveys"),
    "evidence": Noun("{n} piece of evidence", "{n} pieces of evidence"),
    "stars": Noun("{n} star", "{n} stars"),
    "points": Noun("{n} point", "{n} points"),
    "days_later": Noun("{n} day later", "{n} days later"),
    "in_days": Noun("in {n} day", "in {n} days"),
    "are_usual": Noun("{n} is usual", "{n} are usual"),
    "were_usual": Noun("{n} was usual", "{n} were usual"),
}
"""What is counted. A translation may ask for another case of a noun by a suffix (`{left_days:days.dative}`): it then has such an entry."""

FIXED: dict[str, str] = {
    "quote": "“{text}”",
    "score": "{score} of {best} ({metric})",
    "score_stars": "{score} of {stars}",
    "score_with_ends": "{score} on the {metric} scale from {worst} (worst) to {best} (best)",
    "same_day_later": "within a day",
    "today": "today",
    "weekly": "weekly",
    "fortnightly": "every two weeks",
    "monthly": "monthly",
}
"""Parts of sentences that forms of values are made of; what stands in braces is text by then."""
