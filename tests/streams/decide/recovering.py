"""Given facts and commands about one customer, then what was decided: helpers for the tests of recovery tasks."""

from __future__ import annotations

import copy
from typing import Any

import msgspec

from schemas.decisions import Decision, Notice, TaskSnapshot, Verdict
from schemas.message import instant
from schemas.policy import Phrases, Policy
from streams.decide import dispatch, tickets
from streams.decide.context import Context, Effects
from streams.decide.phrases import Lexicon
from streams.decide.state import Customer, Evidence, Profile, Segment, Task, Thresholds, decode_customer, encode_customer

DAY = 86_400.0
HOUR = 3_600.0
START = 1_767_225_600.0  # 2026-01-01 00:00 UTC
WORDS = (
    Phrases(
        language="en",
        negations=("not", "never"),
        leave=("cancel my contract",),
        competitor=("competitor",),
        security=("hacked",),
        discount=("discount",),
    ),
)


def a_policy(**changes: Any) -> Policy:
    return Policy.model_validate({"version": "test", "phrases": WORDS, "priority_from": {"P1": 80, "P2": 55, "P3": 30}, **changes})


def a_context(policy: Policy | None = None) -> Context:
    policy = policy or a_policy()
    return Context(policy=policy, lexicon=Lexicon(policy), thresholds=Thresholds(), partition=0, topic="feedback")


def a_customer(**changes: Any) -> Customer:
    """Ann: tier A, high-impact, worth 80,000 a year, looked after by Jo."""
    segment = Segment(tier="A", since=0.0, hic=True, hic_because="the five questions total 8 of 10 (from 7 on)")
    profile = Profile(version=1, name="Ann Meyer", annual_value=80_000, owner="Jo", hic_total=8)
    return Customer(id="c-1", **{"segment": segment, "profile": profile, **changes})


def nobody_special() -> Customer:
    return Customer(id="c-2", segment=Segment(tier="B"), profile=Profile(version=1, name="Bob"))


def a_task(**changes: Any) -> Task:
    known = {
        "id": "T-1",
        "cause": "poor survey",
        "status": "open",
        "version": 1,
        "opened_at": START,
        "due_at": START + 4 * HOUR,
        "warn_at": START + 3 * HOUR,
        "breach_at": START + 4 * HOUR,
        "severity": 0.5,
        "sentence": "Ann Meyer rated 2 of 10",
        "evidence": [Evidence("f-1", START, "rated 2 of 10", 7, 0.5)],
        "changed_at": START,
        "changed_by": "makegood",
        "priority": "P3",
    }
    return Task(**{**known, **changes})


class Story:
    """What happens to one customer, told step by step; each step gives what it led to."""

    def __init__(self, customer: Customer | None = None, policy: Policy | None = None) -> None:
        self.customer = customer or a_customer()
        self.context = a_context(policy)
        self.sent: list[Any] = []

    def step(self, decide: Any, *message: Any) -> list[Any]:
        """Apply a decision to the record as it comes from the store, and back."""
        self.customer = decode_customer(encode_customer(self.customer))
        self.context.effects = Effects()
        self.context.offset += 1
        for observe in dispatch.ON.get(type(message[0]), ()):  # a ticket is noted before anybody judges it
            if observe.__module__ == tickets.__name__:
                observe(self.customer, message[0], self.context)
        decide(self.customer, *message, self.context)
        messages = [sent.message for sent in self.context.effects.sent]
        self.sent += messages
        return messages

    def unchanged_by(self, decide: Any, *message: Any) -> bool:
        """Nothing is said and no task changes; that a ticket is noted is no change of these."""
        before = copy.deepcopy(self.customer)
        return self.step(decide, *message) == [] and self.customer == msgspec.structs.replace(before, tickets=self.customer.tickets)

    @property
    def task(self) -> Task:
        """The one open task."""
        (task,) = self.customer.tasks
        return task


def snapshots(messages: list[Any]) -> list[TaskSnapshot]:
    return [m for m in messages if isinstance(m, TaskSnapshot)]


def notices(messages: list[Any]) -> list[Notice]:
    return [m for m in messages if isinstance(m, Notice)]


def verdicts(messages: list[Any]) -> list[Verdict]:
    return [m.verdict for m in messages if isinstance(m, Decision)]


def because(messages: list[Any]) -> str:
    """Why, of the only decision."""
    (decision,) = [m for m in messages if isinstance(m, Decision)]
    return decision.because


def told(messages: list[Any]) -> tuple[str, ...]:
    """Everything in few words: statuses of snapshots, verdicts, kinds of notices, in order."""
    return tuple(
        m.status.value if isinstance(m, TaskSnapshot) else m.verdict.value if isinstance(m, Decision) else f"notice: {m.kind.value}"
        for m in messages
    )


_number = 0


def _fact(kind: Any, object_key: str, after: float, **fields: Any) -> Any:
    global _number  # noqa: PLW0603  every fact has an id of its own
    _number += 1
    known = {"id": f"f-{_number}", "source": "test", "object": object_key, "occurred_at": instant(START + after), "customer": {"id": "c-1"}}
    return kind.model_validate({**known, **fields})


def answered(nps: float | None, after: float = 0.0, object_key: str = "r-1", **fields: Any) -> Any:
    """An NPS answer `after` seconds from the start."""
    from schemas.facts import SurveyAnswered

    given = {} if nps is None else {"score": {"metric": "nps", "raw": nps}}
    return _fact(SurveyAnswered, object_key, after, **{"survey": "post-visit", **given, **fields})


def amended(nps: float | None = None, after: float = 20.0, object_key: str = "r-1", **fields: Any) -> Any:
    from schemas.facts import SurveyAmended

    given = {} if nps is None else {"score": {"metric": "nps", "raw": nps}}
    return _fact(SurveyAmended, object_key, after, **{"survey": "post-visit", **given, **fields})


def fact(kind: Any, after: float = 0.0, object_key: str = "7", **fields: Any) -> Any:
    """Any fact, `after` seconds from the start, about the object `thing`."""
    return _fact(kind, object_key, after, **fields)


def command(kind: Any, task: str, after: float, actor: str = "ann", **fields: Any) -> Any:
    """A command, `after` seconds from the start."""
    global _number  # noqa: PLW0603
    _number += 1
    known = {"id": f"k-{_number}", "customer": {"id": "c-1"}, "task": task, "actor": actor, "issued_at": instant(START + after)}
    return kind.model_validate({**known, **fields})
