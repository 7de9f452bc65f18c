"""The engine job: three kinds of events, a small state per customer, an output now and then. All contenders share the judgement."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, Field, TypeAdapter

from bench.customers import customer_id

CUSTOMERS = 20_000
INPUT, OUTPUT = "events", "rescues"
WEIGHT_ANSWER, WEIGHT_TALK, PRIOR = 0.2, 0.05, 7.0
POOR = 2


class _Event(BaseModel):
    id: str
    customer: str
    at: float


class Answer(_Event):
    """A survey was answered."""

    kind: Literal["answer"]
    survey: str
    score: Annotated[int, Field(ge=0, le=10)]
    channel: Literal["mail", "text", "site", "app"]
    comment: str | None = None


class Talk(_Event):
    """Somebody spoke with the customer."""

    kind: Literal["talk"]
    by: Literal["phone", "chat", "desk", "visit"]
    agent: str
    seconds: float
    mood: Annotated[float, Field(ge=-1, le=1)]
    note: str | None = None


class Order(_Event):
    """The customer bought something."""

    kind: Literal["order"]
    amount: float
    currency: str
    article: str
    note: str | None = None


validate = TypeAdapter(Annotated[Answer | Talk | Order, Field(discriminator="kind")]).validator.validate_json

MATTERS = frozenset(f"c{number:07d}" for number in range(1_000_000) if number % 20 < 3)  # noqa: PLR2004

State = list[Any]
"""[last offset applied, events, answers, moving average, time of the last event]"""


def judge(state: State | None, event: Answer | Talk | Order, offset: int) -> tuple[State | None, dict[str, Any] | None]:
    """The next state and the output, if any. (None, None) for an offset that was applied before: an at-least-once loop needs that."""
    if state is None:
        state = [-1, 0, 0, PRIOR, 0.0]
    elif offset <= state[0]:
        return None, None
    _, events, answers, average, _ = state
    output = None
    if type(event) is Answer:
        answers += 1
        average += WEIGHT_ANSWER * (event.score - average)
        if event.score <= POOR and event.customer in MATTERS:
            output = {"id": f"rescue-{event.id}", "customer": event.customer, "score": event.score}
            output |= {"average": round(average, 6), "events": events + 1, "at": event.at}
    elif type(event) is Talk:
        average += WEIGHT_TALK * (5 + 5 * event.mood - average)
    return [offset, events + 1, answers, average, event.at], output


# -- events -------------------------------------------------------------------------------------------------------------------------

_WORDS = "we waited for an answer all week and then the parcel came to the wrong address so nobody was pleased with how it went".split()


def events(count: int, customers: int = CUSTOMERS, seed: int = 11) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of `count` events of about 260 bytes; the same for the same seed."""
    chance = random.Random(seed)
    for number in range(count):
        customer = customer_id(chance.randrange(customers))
        text = " ".join(chance.choices(_WORDS, k=17))
        event = {"id": f"{number:08d}-{chance.getrandbits(64):016x}", "customer": customer, "at": 1.75e9 + number * 0.01}
        yield customer.encode(), orjson.dumps(event | _particulars(chance, text))


def _particulars(chance: random.Random, text: str) -> dict[str, Any]:
    roll = chance.random()
    if roll < 0.5:  # noqa: PLR2004
        channel = chance.choice(("mail", "text", "site", "app"))
        return {"kind": "answer", "survey": f"s{chance.randrange(40)}", "score": chance.randrange(11), "channel": channel, "comment": text}
    if roll < 0.85:  # noqa: PLR2004
        by, mood = chance.choice(("phone", "chat", "desk", "visit")), round(chance.uniform(-1, 1), 3)
        return {
            "kind": "talk",
            "by": by,
            "agent": f"a{chance.randrange(200)}",
            "seconds": round(chance.random() * 900, 1),
            "mood": mood,
            "note": text,
        }
    amount = round(chance.random() * 500, 2)
    return {"kind": "order", "amount": amount, "currency": "EUR", "article": f"sku-{chance.randrange(9999)}", "note": text}


def expected(records: Iterable[tuple[int, bytes | None]], states: dict[str, State], outputs: list[bytes]) -> None:
    """The plain fold of one partition's records (offset, value): what every contender must have come to."""
    for offset, value in records:
        event = validate(value)
        state, output = judge(states.get(event.customer), event, offset)
        states[event.customer] = state  # type: ignore[assignment]
        if output is not None:
            outputs.append(orjson.dumps(output))
