"""Under which aliases a customer is known: each is claimed for them in the alias's own partition (identity.py decides there)."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.customers import Trust
from schemas.facts import AliasLinked, AnyFact, CustomerProfiled
from streams.decide.aspect import Aspect
from streams.decide.context import Context
from streams.decide.events import AliasClaimed
from streams.decide.facts import EVERY_FACT
from streams.decide.state import Customer

MOST_ALIASES = 512
"""So many are remembered, to know which are linked already and to unlink them at an erasure: a company has many people."""


def learn(customer: Customer, fact: AnyFact, context: Context) -> Iterator[AliasClaimed] | None:
    """A fact that names the customer and aliases beside it tells us those aliases, in passing: they take only what is nobody's.

    Nothing is learned where the fact itself is a guess: what a visitor typed, or what found its customer by a guess.
    """
    given = fact.customer
    if given.aliases and not given.guessed and context.policy.identity.learn_from_facts:
        fresh = [alias for alias in given.aliases if alias not in customer.aliases]
        return _claimed(customer, fresh, Trust.GUESSED, fact.at) if fresh else None
    return None


def on_profiled(customer: Customer, fact: CustomerProfiled, context: Context) -> Iterator[AliasClaimed] | None:
    """A profile's aliases come from the system of record: they count as verified; where it found its customer by an alias, as much as that."""
    del context
    if fact.customer.id is None or fact.customer.guessed:
        return None
    trust = Trust.VERIFIED if fact.customer.trust is None else fact.customer.trust
    return _claimed(customer, list(fact.customer.aliases), trust, fact.at)


def on_linked(customer: Customer, fact: AliasLinked, context: Context) -> Iterator[AliasClaimed]:
    """Somebody says whose an alias is, and with aliases beside it more of them in passing."""
    yield from learn(customer, fact, context) or ()
    yield from _claimed(customer, [fact.alias], fact.trust, fact.at)


def _claimed(customer: Customer, aliases: list[str], trust: Trust, at: float) -> Iterator[AliasClaimed]:
    for alias in aliases:
        if alias not in customer.aliases:
            customer.aliases.append(alias)
            del customer.aliases[:-MOST_ALIASES]
        yield AliasClaimed(at=at, alias=alias, trust=trust)


ALIASES = Aspect(
    "aliases",
    {**dict.fromkeys(EVERY_FACT, learn), CustomerProfiled: on_profiled, AliasLinked: on_linked},
    tells=(AliasClaimed,),
    state="aliases",
)
