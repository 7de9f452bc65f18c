"""Who a fact is about: aliases are linked to customers, and a fact that came too early waits at an alias until the link arrives.

A fact without a customer id walks along its aliases. Each that nobody has linked keeps a marker that says where the fact went next; the
last one keeps the fact. A link at any of them sends a release after it: along the same way, so it can never overtake the fact.
"""

from __future__ import annotations

from schemas.customers import Reference, Trust
from schemas.decisions import Verdict
from schemas.facts import AliasLinked, AnyFact, CustomerProfiled
from schemas.inputs import FACT
from schemas.message import Instant, instant, seconds
from schemas.traffic import AliasBound, AliasSought, FactReleased, FactWaiting
from streams.decide.effects import Context, Sent
from streams.decide.state import AliasRecord, Customer, Parked

MOST_ALIASES = 64


# -- in the customer's partition ----------------------------------------------------------------------------------------------------


def learn(customer: Customer, fact: AnyFact, context: Context) -> None:
    """A fact that names the customer and aliases beside it tells us those aliases."""
    if fact.customer.aliases and context.policy.identity.learn_from_facts and not isinstance(fact, CustomerProfiled):
        for alias in fact.customer.aliases:
            if alias not in customer.aliases:
                _bind(customer, alias, Trust.ASSERTED, fact.occurred_at, context)


def on_profiled(customer: Customer, fact: CustomerProfiled, context: Context) -> None:
    """A profile's aliases come from the system of record: they count as verified."""
    if fact.customer.id is not None:
        for alias in fact.customer.aliases:
            _bind(customer, alias, Trust.VERIFIED, fact.occurred_at, context)


def on_linked(customer: Customer, fact: AliasLinked, context: Context) -> None:
    """Tell the alias's partition whose it is."""
    _bind(customer, fact.alias, fact.trust, fact.occurred_at, context)


def _bind(customer: Customer, alias: str, trust: Trust, at: Instant, context: Context) -> None:
    if alias not in customer.aliases:
        customer.aliases.append(alias)
        del customer.aliases[:-MOST_ALIASES]
    bound = AliasBound(alias=alias, customer=customer.id, trust=trust, at=at)
    context.effects.sent.append(Sent("identified", alias, bound))


# -- in the alias's partition -------------------------------------------------------------------------------------------------------


def on_alias_fact(record: AliasRecord, fact: AnyFact, tried: tuple[str, ...], context: Context) -> None:
    """A fact that seeks its customer by this alias: forward it, send it on to its next alias, or park it here."""
    if record.customer is not None:
        _forward(fact, record.customer, context)
        return
    if any(parked.fact == fact.id for parked in record.parked):
        context.log(Verdict.DUPLICATE_IGNORED, record.alias, fact.id, fact.at, "the same fact waits here already")
        return
    onward = next((alias for alias in fact.customer.aliases if alias != record.alias and alias not in tried), None)
    at = fact.at
    if onward is None:
        record.parked.append(Parked(fact.id, at, body=fact.model_dump_json().encode()))
        _show_waiting(record.alias, fact, context)
    else:
        record.parked.append(Parked(fact.id, at, onward=onward))
        sought = AliasSought(fact=fact, seeking=onward, tried=(*tried, record.alias))
        context.effects.sent.append(Sent("identified", onward, sought))


def on_bound(record: AliasRecord, message: AliasBound, context: Context) -> None:
    """Link the alias, unless a more trusted link says otherwise, and release what waited, in event order."""
    at = seconds(message.at)
    if record.customer is not None and record.customer != message.customer and message.trust < record.trust:
        because = f"{record.alias} stays with {record.customer}: the claim of {message.customer} is less trusted"
        context.log(Verdict.ALIAS_KEPT, message.customer, record.alias, at, because)
        return
    if record.customer != message.customer:
        before = f" (before: {record.customer})" if record.customer else ""
        context.log(Verdict.ALIAS_LINKED, message.customer, record.alias, at, f"{record.alias} belongs to {message.customer}{before}")
        record.trust = int(message.trust)
        record.linked_at = at
    record.customer, record.trust = message.customer, max(record.trust, int(message.trust))
    for parked in sorted(record.parked, key=lambda parked: parked.occurred_at):
        _release(record, parked, message.customer, context)
    record.parked = []


def on_released(record: AliasRecord, message: FactReleased, context: Context) -> None:
    """A link at an earlier alias found the customer of a fact that went on to this one (or had been released from here before)."""
    for parked in [parked for parked in record.parked if parked.fact == message.fact]:
        _release(record, parked, message.customer, context)
        record.parked.remove(parked)


def _release(record: AliasRecord, parked: Parked, customer: str, context: Context) -> None:
    if parked.body is None:
        onward = str(parked.onward)
        released = FactReleased(fact=parked.fact, alias=onward, customer=customer, at=instant(parked.occurred_at))
        context.effects.sent.append(Sent("identified", onward, released))
        return
    _forward(FACT.validate_json(parked.body), customer, context)
    context.effects.sent.append(Sent("waiting", parked.fact, None))
    because = f"waited at {record.alias} until it was linked to {customer}"
    context.log(Verdict.FACT_RELEASED, customer, parked.fact, parked.occurred_at, because)


def _forward(fact: AnyFact, customer: str, context: Context) -> None:
    identified = fact.model_copy(update={"customer": Reference(id=customer, aliases=fact.customer.aliases)})
    context.effects.sent.append(Sent("identified", customer, identified))


def _show_waiting(alias: str, fact: AnyFact, context: Context) -> None:
    waiting = FactWaiting(
        fact=fact.id,
        fact_type=fact.type,
        source=fact.source,
        aliases=fact.customer.aliases,
        occurred_at=fact.occurred_at,
        waits_at=alias,
    )
    context.effects.sent.append(Sent("waiting", fact.id, waiting))
    because = f"nobody has said whose {', '.join(fact.customer.aliases)} is"
    context.log(Verdict.FACT_PARKED, alias, fact.id, fact.at, because)
