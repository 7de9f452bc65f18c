"""Who a fact is about, decided where the alias lives: it is linked to a customer; a fact that came too early waits for that.

A fact without a customer id walks along its aliases. Each that nobody has linked keeps a marker that says where the fact went next; the
last one keeps the fact. A link at any of them sends a release after it: along the same way, so it can never overtake the fact.

A record must stay small however many facts wait for an alias that nobody ever links (`zendesk:null`). What no longer fits goes to one of
its SHELVES, each a record of its own in a partition of its own, which has shelves in its turn: a tree, so every fact is few steps away.
"""

from __future__ import annotations

from typing import Any

from schemas.aliases import in_country
from schemas.customers import Reference, Trust
from schemas.decisions import About, Verdict
from schemas.facts import AnyFact
from schemas.inputs import FACT
from schemas.message import instant, seconds
from schemas.policy import Policy
from schemas.traffic import AliasBound, AliasErased, AliasSought, FactReleased, FactUnresolved
from streams.decide.alias_state import AliasRecord, Parked
from streams.decide.context import Context, Sent, object_hash
from streams.decide.fact_reader import changed
from streams.decide.wording import why

MOST_PARKED = 128
MOST_PARKED_BYTES = 1 << 18
SHELVES = 16
SHELF = "makegood.shelf:"
"""How the aliases of shelves begin."""
SHARED = -1
"""The trust of an alias that was guessed to be several customers': it is nobody's."""
NO_FACT = ""
"""In place of a fact's id: a marker that stands for whatever is on a shelf."""


def on_alias_fact(record: AliasRecord, fact: AnyFact, tried: tuple[str, ...], context: Context) -> None:
    """A fact that seeks its customer by this alias: forward it, send it on to its next alias, or park it here."""
    if record.customer is not None:
        _forward(fact, record.customer, Trust(record.trust), context)
        return
    here = [parked for parked in record.parked if _is(parked, fact.id, fact.source)]
    # A copy that walks its aliases in another order meets markers of the first: it goes on, or each would end at a marker of the other.
    if any(parked.body is not None for parked in here) or (here and not tried):
        context.log(Verdict.DUPLICATE_IGNORED, _place(record, tried), fact.id, About.FACT, fact.at, why("waits_already"))
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


def in_the_country(fact: AnyFact, policy: Policy) -> AnyFact:
    """The fact with phone numbers that lack a country code as numbers of the company's country, where the policy names it."""
    country, given = policy.identity.country, fact.customer
    if not country:
        return fact
    named: dict[str, Any] = {}
    if any(_is_national(alias) for alias in given.aliases):
        home = tuple(dict.fromkeys(in_country(alias, country) for alias in given.aliases))
        named["customer"] = changed(given, aliases=home)
    if fact.type == "alias.linked" and _is_national(fact.alias):
        named["alias"] = in_country(fact.alias, country)
    return changed(fact, **named) if named else fact


def _is_national(alias: str) -> bool:
    return alias.startswith("phone:") and not alias.startswith("phone:+")


def on_bound(record: AliasRecord, message: AliasBound, context: Context) -> None:
    """Link the alias, unless a more trusted or a newer link says otherwise, and release what waited, in event order.

    Claims are compared by trust, then by event time: the order in which they arrive does not matter. What several customers are guessed
    to use (a family's mailbox, an agency's) is nobody's, until somebody states whose it is.
    """
    if record.alias.startswith(SHELF) or _takes(record, message, context):  # a shelf gives up what it holds, but is nobody's
        waiting = sorted(record.parked, key=lambda parked: parked.occurred_at)
        record.parked = [parked for parked in waiting if not _release(record, parked, message, context)]


def on_released(record: AliasRecord, message: FactReleased, context: Context) -> None:
    """A link at an earlier alias found the customer of a fact that went on to this one (or had been released from here before)."""
    for parked in [parked for parked in record.parked if _is(parked, message.fact, message.source)]:
        if _release(record, parked, message, context):
            record.parked.remove(parked)
    shelf = _shelf(record, message.fact, message.source or "")
    if _leads_to(record, shelf):
        context.effects.sent.append(Sent("repartition", shelf, message.model_copy(update={"alias": shelf})))


def on_erased(record: AliasRecord, message: AliasErased) -> None:
    """Its customer is erased: the alias is nobody's, unless it is somebody else's by now."""
    if record.customer == message.customer:
        record.customer, record.trust = None, 0


def holds_anything(record: AliasRecord) -> bool:
    """Whether the record says anything, and is to be kept."""
    return bool(record.customer or record.parked or record.trust)


def _takes(record: AliasRecord, message: AliasBound, context: Context) -> bool:
    """Whether the alias takes the link; says so where it changes hands, and where it does not."""
    at, before = seconds(message.at), record.customer
    if (
        message.trust == Trust.GUESSED
        and record.trust in {Trust.GUESSED, SHARED}
        and before != message.customer
        and (before or record.trust)
    ):
        because = why("guessed_for_several", alias=record.alias, holder=before, customer=message.customer)
        context.log(Verdict.ALIAS_KEPT, message.customer, record.alias, About.ALIAS, at, because)
        record.customer, record.trust = None, SHARED
        return False
    if before is not None and _rank(message.trust, at, message.customer) < _rank(record.trust, record.linked_at, before):
        if before != message.customer:
            code = "claim_less_trusted" if message.trust < record.trust else "claim_older"
            because = why(code, alias=record.alias, holder=before, customer=message.customer)
            context.log(Verdict.ALIAS_KEPT, message.customer, record.alias, About.ALIAS, at, because)
        return False
    if before != message.customer:
        because = why("belongs_to", alias=record.alias, customer=message.customer, before=before)
        context.log(Verdict.ALIAS_LINKED, message.customer, record.alias, About.ALIAS, at, because)
    record.customer, record.trust, record.linked_at = message.customer, int(message.trust), at
    return True


def _rank(trust: int, at: float, customer: str) -> tuple[int, float, str]:
    return trust, at, customer


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


def _release(record: AliasRecord, parked: Parked, link: AliasBound | FactReleased, context: Context) -> bool:
    """Whether it could be released: a fact that a later version parked, and this one does not know, waits for that and the next link."""
    at, customer, trust = instant(parked.occurred_at), link.customer, link.trust or Trust.GUESSED
    if parked.body is not None:
        if (fact := _read(parked.body)) is None:
            return False
        _forward(fact, customer, trust, context)
        context.effects.sent.append(Sent("unresolved", parked.fact, None))
        because = why("waited_at", alias=None if record.alias.startswith(SHELF) else record.alias, customer=customer)
        context.log(Verdict.FACT_RELEASED, customer, parked.fact, About.FACT, parked.occurred_at, because)
        return True
    onward = str(parked.onward)
    released = (
        AliasBound(alias=onward, customer=customer, trust=trust, at=at)
        if parked.fact == NO_FACT
        else FactReleased(fact=parked.fact, alias=onward, customer=customer, at=at, source=parked.source or None, trust=trust)
    )
    context.effects.sent.append(Sent("repartition", onward, released))
    return True


def _read(body: bytes) -> AnyFact | None:
    try:
        return FACT.validate_json(body)
    except ValueError:  # pydantic's ValidationError is one
        return None


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
    because = why("nobody_has_linked", aliases=", ".join(fact.customer.aliases))
    context.log(Verdict.FACT_PARKED, alias, fact.id, About.FACT, fact.at, because)
