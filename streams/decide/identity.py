"""Who a fact is about: aliases are linked to customers, and a fact that came too early waits at an alias until the link arrives.

A fact without a customer id walks along its aliases. Each that nobody has linked keeps a marker that says where the fact went next; the
last one keeps the fact. A link at any of them sends a release after it: along the same way, so it can never overtake the fact.

A record must stay small however many facts wait for an alias that nobody ever links (`zendesk:null`). What no longer fits goes to one of
its SHELVES, each a record of its own in a partition of its own, which has shelves in its turn: a tree, so every fact is few steps away.
"""

from __future__ import annotations

from schemas.customers import Reference, Trust
from schemas.decisions import Verdict
from schemas.facts import AliasLinked, AnyFact, CustomerProfiled
from schemas.inputs import FACT
from schemas.message import Instant, instant, seconds
from schemas.traffic import AliasBound, AliasSought, FactReleased, FactUnresolved
from streams.decide.context import Context, Sent, object_hash
from streams.decide.state import AliasRecord, Customer, Parked

MOST_ALIASES = 512
"""So many are remembered, to know which are linked already and to unlink them at an erasure: a company has many people."""
MOST_PARKED = 128
MOST_PARKED_BYTES = 1 << 18
SHELVES = 16
SHELF = "makegood.shelf:"
"""How the aliases of shelves begin."""
NO_FACT = ""
"""In place of a fact's id: a marker that stands for whatever is on a shelf."""


# -- in the customer's partition ----------------------------------------------------------------------------------------------------


def learn(customer: Customer, fact: AnyFact, context: Context) -> None:
    """A fact that names the customer and aliases beside it tells us those aliases, in passing: they take only what is nobody's.

    Nothing is learned where the fact itself is a guess: what a visitor typed, or what found its customer by a guess.
    """
    given = fact.customer
    if given.aliases and not given.guessed and context.policy.identity.learn_from_facts and not isinstance(fact, CustomerProfiled):
        for alias in given.aliases:
            if alias not in customer.aliases:
                _bind(customer, alias, Trust.GUESSED, fact.occurred_at, context)


def on_profiled(customer: Customer, fact: CustomerProfiled, context: Context) -> None:
    """A profile's aliases come from the system of record: they count as verified; where it found its customer by an alias, as much as that."""
    if fact.customer.id is not None and not fact.customer.guessed:
        trust = Trust.VERIFIED if fact.customer.trust is None else fact.customer.trust
        for alias in fact.customer.aliases:
            _bind(customer, alias, trust, fact.occurred_at, context)


def on_linked(customer: Customer, fact: AliasLinked, context: Context) -> None:
    """Tell the alias's partition whose it is."""
    _bind(customer, fact.alias, fact.trust, fact.occurred_at, context)


def _bind(customer: Customer, alias: str, trust: Trust, at: Instant, context: Context) -> None:
    if alias not in customer.aliases:
        customer.aliases.append(alias)
        del customer.aliases[:-MOST_ALIASES]
    bound = AliasBound(alias=alias, customer=customer.id, trust=trust, at=at)
    context.effects.sent.append(Sent("repartition", alias, bound))


# -- in the alias's partition -------------------------------------------------------------------------------------------------------


def on_alias_fact(record: AliasRecord, fact: AnyFact, tried: tuple[str, ...], context: Context) -> None:
    """A fact that seeks its customer by this alias: forward it, send it on to its next alias, or park it here."""
    if record.customer is not None:
        _forward(fact, record.customer, Trust(record.trust), context)
        return
    here = [parked for parked in record.parked if _is(parked, fact.id, fact.source)]
    # A copy that walks its aliases in another order meets markers of the first: it goes on, or each would end at a marker of the other.
    if any(parked.body is not None for parked in here) or (here and not tried):
        context.log(Verdict.DUPLICATE_IGNORED, _place(record, tried), fact.id, fact.at, "the same fact waits here already")
    elif not here and _is_full(record):
        shelf = _shelf(record, fact.id, fact.source)
        _send_on(record, fact, tried, Parked(NO_FACT, fact.at, onward=shelf), context)
    else:
        onward = next((alias for alias in fact.customer.aliases if alias != record.alias and alias not in tried), None)
        if onward is None:
            record.parked.append(Parked(fact.id, fact.at, body=fact.model_dump_json().encode(), source=fact.source))
            _show_waiting(_place(record, tried), fact, context)
        else:
            _send_on(record, fact, tried, Parked(fact.id, fact.at, onward=onward, source=fact.source), context)


def on_bound(record: AliasRecord, message: AliasBound, context: Context) -> None:
    """Link the alias, unless a more trusted or a newer link says otherwise, and release what waited, in event order.

    Claims are compared by trust, then by event time (the newer statement, but the older guess: none takes an alias away): the order in
    which they arrive does not matter.
    """
    if record.alias.startswith(SHELF) or _takes(record, message, context):  # a shelf gives up what it holds, but is nobody's
        for parked in sorted(record.parked, key=lambda parked: parked.occurred_at):
            _release(record, parked, message, context)
        record.parked = []


def on_released(record: AliasRecord, message: FactReleased, context: Context) -> None:
    """A link at an earlier alias found the customer of a fact that went on to this one (or had been released from here before)."""
    for parked in [parked for parked in record.parked if _is(parked, message.fact, message.source)]:
        _release(record, parked, message, context)
        record.parked.remove(parked)
    shelf = _shelf(record, message.fact, message.source or "")
    if _leads_to(record, shelf):
        context.effects.sent.append(Sent("repartition", shelf, message.model_copy(update={"alias": shelf})))


def _takes(record: AliasRecord, message: AliasBound, context: Context) -> bool:
    """Whether the alias takes the link; says so where it changes hands, and where it does not."""
    at, before = seconds(message.at), record.customer
    if before is not None and _rank(message.trust, at, message.customer) < _rank(record.trust, record.linked_at, before):
        if before != message.customer:
            why = "less trusted" if message.trust < record.trust else "older" if message.trust else "a guess too, and newer"
            because = f"{record.alias} stays with {before}: the claim of {message.customer} is {why}"
            context.log(Verdict.ALIAS_KEPT, message.customer, record.alias, at, because)
        return False
    if before != message.customer:
        because = f"{record.alias} belongs to {message.customer}{f' (before: {before})' if before else ''}"
        context.log(Verdict.ALIAS_LINKED, message.customer, record.alias, at, because)
    record.customer, record.trust, record.linked_at = message.customer, int(message.trust), at
    return True


def _rank(trust: int, at: float, customer: str) -> tuple[int, float, str]:
    return trust, at if trust > Trust.GUESSED else -at, customer


def _is(parked: Parked, fact: str, source: str | None) -> bool:
    return parked.fact == fact and (parked.source == source or not parked.source or not source)


def _is_full(record: AliasRecord) -> bool:
    """Once it was full it stays so until it is linked: what is on a shelf could not be told from what is new."""
    parked = record.parked
    return bool(parked) and (
        len(parked) >= MOST_PARKED
        or sum(len(entry.body or b"") for entry in parked) >= MOST_PARKED_BYTES
        or any(entry.fact == NO_FACT for entry in parked)
    )


def _shelf(record: AliasRecord, fact: str, source: str) -> str:
    number = object_hash(record.alias, f"{source}\0{fact}") % SHELVES
    return f"{SHELF}{object_hash(record.alias, str(number)):x}"


def _leads_to(record: AliasRecord, onward: str) -> bool:
    return any(parked.fact == NO_FACT and parked.onward == onward for parked in record.parked)


def _place(record: AliasRecord, tried: tuple[str, ...]) -> str:
    """The alias that a shelf belongs to, by way of which the fact came; any other alias itself."""
    return next((alias for alias in (record.alias, *reversed(tried)) if not alias.startswith(SHELF)), record.alias)


def _send_on(record: AliasRecord, fact: AnyFact, tried: tuple[str, ...], marker: Parked, context: Context) -> None:
    same = (marker.fact, marker.source, marker.onward)
    if not any((parked.fact, parked.source, parked.onward) == same for parked in record.parked):
        record.parked.append(marker)
    onward = str(marker.onward)
    context.effects.sent.append(Sent("repartition", onward, AliasSought(fact=fact, seeking=onward, tried=(*tried, record.alias))))


def _release(record: AliasRecord, parked: Parked, link: AliasBound | FactReleased, context: Context) -> None:
    at, customer, trust = instant(parked.occurred_at), link.customer, link.trust or Trust.GUESSED
    if parked.body is not None:
        _forward(FACT.validate_json(parked.body), customer, trust, context)
        context.effects.sent.append(Sent("unresolved", parked.fact, None))
        where = "an alias where many wait" if record.alias.startswith(SHELF) else record.alias
        context.log(
            Verdict.FACT_RELEASED, customer, parked.fact, parked.occurred_at, f"waited at {where} until it was linked to {customer}"
        )
        return
    onward = str(parked.onward)
    released = (
        AliasBound(alias=onward, customer=customer, trust=trust, at=at)
        if parked.fact == NO_FACT
        else FactReleased(fact=parked.fact, alias=onward, customer=customer, at=at, source=parked.source or None, trust=trust)
    )
    context.effects.sent.append(Sent("repartition", onward, released))


def _forward(fact: AnyFact, customer: str, trust: Trust, context: Context) -> None:
    """On to the customer. Of its aliases nothing is surer than the link that it was found by, or than its producer is."""
    least = trust if fact.customer.trust is None else min(trust, fact.customer.trust)
    reference = Reference(id=customer, aliases=fact.customer.aliases, trust=None if least is Trust.VERIFIED else least)
    identified = fact.model_copy(update={"customer": reference})
    context.effects.sent.append(Sent("repartition", customer, identified))


def _show_waiting(alias: str, fact: AnyFact, context: Context) -> None:
    waiting = FactUnresolved(
        fact=fact.id,
        fact_type=fact.type,
        source=fact.source,
        aliases=fact.customer.aliases,
        occurred_at=fact.occurred_at,
        waits_at=alias,
    )
    context.effects.sent.append(Sent("unresolved", fact.id, waiting))
    because = f"nobody has said whose {', '.join(fact.customer.aliases)} is"
    context.log(Verdict.FACT_PARKED, alias, fact.id, fact.at, because)
