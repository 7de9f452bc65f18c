"""Phrases: the customer speaks of leaving, of competitors, of discounts, of security, of being ignored."""

from __future__ import annotations

from typing import Any

from schemas.facts import TicketCommented, TicketOpened
from streams.decide import tickets, triggers
from streams.decide.aspect import Aspect
from streams.decide.churn import faded
from streams.decide.context import Context
from streams.decide.events import SignalSeen
from streams.decide.facts import ANSWERS
from streams.decide.signals import as_state
from streams.decide.state import Customer, Signal
from streams.decide.wording import why

NAME = "leave_phrase"
SHARE = {"cancel": 1.0, "leave": 1.0, "competitor": 1.0, "security": 0.5, "discount": 0.4, "ignored": 0.4}
"""How telling each intent is, as a share of the policy's strength."""


def on_comment(customer: Customer, fact: Any, context: Context) -> list[SignalSeen] | None:
    """Strength: SHARE of the strongest intent times the policy's strength, or its lower one where the phrase is negated."""
    texts = _said(fact)
    found = context.lexicon.intents(*texts) if texts else None
    if not found:
        return None  # most that is said means nothing for us
    only = triggers.counting(getattr(fact, "score", None), context.policy)
    intents = {intent: meaning for intent, meaning in found.items() if only in {None, intent}}
    if not intents:
        return None
    of_ticket = fact.type.startswith("ticket.")
    if of_ticket and tickets.is_spam(tickets.of_fact(customer, fact)):
        return None
    rules = context.policy.churn.leave_phrase
    weighed = [(SHARE[i] * (rules.negated_strength if negated else rules.strength), i, phrase) for i, (phrase, negated) in intents.items()]
    strength, intent, phrase = max(weighed)
    because = why(f"phrase_{intent}", "\n".join(texts), phrase=phrase, negated=intents[intent][1])
    ticket = tickets.key_of_fact(customer, fact) if of_ticket else 0
    news = SignalSeen(at=fact.at, name=NAME, strength=strength, why=because, ticket=ticket)
    return [news] if _tells_more(news, customer.signals.get(NAME), context) else None


def _tells_more(news: SignalSeen, known: Signal | None, context: Context) -> bool:
    """Whether it is the stronger of both as of the later of both: a weaker phrase never replaces a stronger one, whichever came first."""
    at = news.at if known is None else max(news.at, known.seen_at)
    return known is None or faded(as_state(news), at, context.policy) > faded(known, at, context.policy)


def _said(fact: Any) -> list[str]:
    """What the customer wrote, each text by itself: no phrase reaches from a subject into a comment."""
    if fact.type == "ticket.commented" and not fact.by_customer:
        return []
    texts = (fact.subject, fact.comment) if fact.type == "ticket.opened" else (fact.comment,)
    return [text for text in texts if text]


LEAVE_PHRASE = Aspect(NAME, dict.fromkeys((*ANSWERS, TicketOpened, TicketCommented), on_comment), tells=(SignalSeen,))
