"""Facts of the roastery's systems, each checked against the language as it is made."""

from __future__ import annotations

from typing import Any, NamedTuple

from makegood.kafka.input_records import InputRecord, of_fact
from makegood.local.simulator.company import Customer
from schemas.facts import AnyFact
from schemas.inputs import FACT
from schemas.message import instant


class Moment(NamedTuple):
    """A record and when it comes in, which may be long after it happened."""

    at: float
    record: InputRecord


def fact(kind: str, source: str, object_id: str, at: float, customer: dict[str, Any], **said: Any) -> AnyFact:
    """A fact. Its id is made of what it is about, so that the same history has the same ids."""
    name = f"{object_id}-{kind.partition('.')[2]}" + (
        f"-{int(at)}" if kind in {"ticket.commented", "usage.recorded", "survey.amended"} else ""
    )
    return FACT.validate_python(
        {"type": kind, "id": name, "source": source, "object": object_id, "occurred_at": instant(at), "customer": customer} | said
    )


def moment(made: AnyFact, late_s: float = 0) -> Moment:
    """It comes in as it happens, or so many seconds later."""
    return Moment(made.at + late_s, of_fact(made))


def by_id(customer: Customer) -> dict[str, Any]:
    """As the shop names a customer."""
    return {"id": customer.id}


def by_email(customer: Customer) -> dict[str, Any]:
    """As the survey tool does."""
    return {"aliases": [f"email:{customer.email}"]}


def by_zendesk(customer: Customer) -> dict[str, Any]:
    """As the ticketing system does."""
    return {"aliases": [f"zendesk:{customer.zendesk}", f"email:{customer.email}"]}
