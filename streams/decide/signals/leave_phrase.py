"""Phrases: the customer speaks of leaving, of competitors, of discounts, of security, of being ignored."""

from __future__ import annotations

from typing import Any

from schemas.facts import TicketCommented, TicketOpened
from streams.decide import tickets
from streams.decide.context import Context
from streams.decide.phrases import SAYS
from streams.decide.state import Customer, Signal
from streams.decide.wording import quote

NAME = "leave_phrase"
SHARE = {"leave": 1.0, "competitor": 1.0, "security": 0.5, "discount": 0.4, "ignored": 0.4}
"""How telling each intent is, as a share of the policy's strength."""


def on_comment(customer: Customer, fact: Any, context: Context) -> None:
    """Strength: SHARE of the strongest intent times the policy's strength, or its lower one where the phrase is negated."""
    if isinstance(fact, TicketCommented) and not fact.by_customer:
        return
    said = fact.comment or ""
    if isinstance(fact, TicketOpened) and fact.subject:
        said = f"{fact.subject}\n{said}"
    if not said:
        return
    intents = context.lexicon.intents(said)
    of_ticket = fact.type.startswith("ticket.")
    if not intents or (of_ticket and tickets.is_spam(tickets.of_fact(customer, fact))):
        return
    rules = context.policy.churn.leave_phrase
    weighed = [(SHARE[i] * (rules.negated_strength if negated else rules.strength), i, phrase) for i, (phrase, negated) in intents.items()]
    strength, intent, phrase = max(weighed)
    at, known = fact.at, customer.signals.get(NAME)
    if known is not None and known.seen_at > at and known.strength >= strength:
        return
    sentence = f"{SAYS[intent]} (“{phrase}”): {quote(said)}"
    numbers = {"share": SHARE[intent], "negated": float(intents[intent][1])}
    ticket = tickets.key_of_fact(customer, fact) if of_ticket else 0
    customer.signals[NAME] = Signal(strength, at, sentence, numbers, ticket)
