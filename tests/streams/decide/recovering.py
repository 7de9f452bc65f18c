"""Given messages about one customer, then what was decided of their tasks: the whole table decides, as in the fold of a partition."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from schemas.commands import Command
from schemas.decisions import About, Decision, Notice, TaskSnapshot, Verdict
from schemas.facts import SurveyAmended, SurveyAnswered
from schemas.message import instant
from schemas.phrases import Phrases
from schemas.policy import Policy
from schemas.reasons import Why as SentWhy
from schemas.traffic import TimerDue
from streams.decide import percentiles, table, wire
from streams.decide.context import Context, Effects
from streams.decide.phrases import Lexicon
from streams.decide.sla import ResponseMissed, ResponseWarns
from streams.decide.state import Clock, Closed, Customer, Evidence, Life, Profile, Recovery, Segment, Shown, Task, Thresholds, Why
from streams.decide.table import ASPECTS, CUSTOMERS
from streams.decide.tasks import SnoozeEnds

DAY = 86_400.0
HOUR = 3_600.0
START = 1_767_225_600.0  # 2026-01-01 00:00 UTC
WORDS = (
    Phrases(
        language="en",
        negations=("not", "never"),
        cancel=("cancel my contract",),
        leave=("never again",),
        competitor=("competitor",),
        security=("hacked",),
        discount=("discount",),
    ),
)
RATED = Why("rated_survey", {"metric": "nps", "score": 2.0, "worst": 0.0, "best": 10.0, "survey": "post-visit"})
HIC_ANSWERS = {"share_of_business": 2, "risk_of_not_delivering": 2, "purchase_frequency": 1, "loyalty": 1, "level_of_expectation": 2}
ANSWERING = (ResponseWarns, ResponseMissed, SnoozeEnds)
VALUES = {"A": 80_000.0, "B": 10_000.0, "C": 100.0, "unknown": None}
"""What a customer of each tier is worth a year, where they are middling content."""


def a_policy(**changes: Any) -> Policy:
    return Policy.model_validate({"version": "test", "phrases": WORDS, "priority_from": {"P1": 80, "P2": 55, "P3": 30}, **changes})


def a_context(policy: Policy | None = None) -> Context:
    policy = policy or a_policy()
    thresholds = percentiles.effective(Thresholds(), policy)
    return Context(policy=policy, lexicon=Lexicon(policy), thresholds=thresholds, partition=0, topic="feedback")


# -- who --------------------------------------------------------------------------------------------------------------------------------


def a_customer(**changes: Any) -> Customer:
    """Ann: tier A, high-impact, worth 80,000 a year, looked after by Jo."""
    segment = Segment(tier="A", since=0.0, hic=True, hic_why=Why("five_questions", {"total": 8, "least": 7, **HIC_ANSWERS}))
    profile = Profile(version=1, name="Ann Meyer", annual_value=80_000, owner="Jo", hic_answers=HIC_ANSWERS)
    return Customer(id="c-1", **{"segment": segment, "profile": profile, **changes})


def of_tier(tier: str, *, hic: bool = False, **changes: Any) -> dict[str, Any]:
    """Segment and profile of a customer of this tier, named by the company as high-impact or not; `changes` are of the profile."""
    segment = Segment(tier=tier, hic=hic, hic_why=Why("named_by_company") if hic else None)
    return {"segment": segment, "profile": Profile(version=1, annual_value=VALUES[tier], hic=hic, **changes)}


def nobody_special() -> Customer:
    return a_customer(**of_tier("B", name="Bob"))


def with_tasks(*tasks: Task, closed: tuple[Closed, ...] = (), **changes: Any) -> Customer:
    """Ann with tasks of which people were told, due four hours after each was opened."""
    known = [*tasks, *(entry.task for entry in closed)]
    clocks = {task.id: Clock(task.opened_at + 4 * HOUR, task.opened_at + 3 * HOUR) for task in known}
    shown = {task.id: Shown(1, "P3", task.opened_at) for task in known}
    return a_customer(**{"recovery": Recovery(list(tasks), list(closed)), "clocks": clocks, "shown": shown, **changes})


def a_task(*, status: str = "open", by: str = "makegood", moved_at: float = START, **changes: Any) -> Task:
    """A task of a poor answer, raised at the start; brought into its status by somebody."""
    known = {
        "id": "T-1",
        "cause": "poor_survey",
        "life": Life(status, by, moved_at),
        "opened_at": START,
        "severity": 0.5,
        "why": RATED,
        "evidence": [Evidence("f-1", START, RATED, 7, 0.5)],
    }
    return Task(**{**known, **changes})


# -- what happens to them ---------------------------------------------------------------------------------------------------------------


class Story:
    """What happens to one customer, told message by message; each step gives what it led to of tasks."""

    def __init__(self, customer: Customer | None = None, policy: Policy | None = None) -> None:
        self.customer = customer or a_customer()
        self.context = a_context(policy)
        self.sent: list[Any] = []

    def step(self, message: Any) -> list[Any]:
        """Apply a message to the record as it comes from the store, and back: what it led to that is about tasks, or about commands."""
        self.customer = CUSTOMERS.decode(CUSTOMERS.encode(self.customer))
        self.context.effects = Effects()
        self.context.offset += 1
        on_message(message)(self.customer, message, self.context)
        self.last = [received(sent.message) for sent in self.context.effects.sent if isinstance(sent.message, Struct)]
        self.sent += self.last
        return [message for message in self.last if is_about_tasks(message)]

    def at(self, after: float) -> list[Any]:
        """Let everything fall due that is pending `after` seconds from the start."""
        return self.step(TimerDue(customer=self.customer.id, at=instant(START + after)))

    def matters(self, *, tier: str, hic: bool = False) -> None:
        """The customer is of this tier from here on, and high-impact or not: the company says so."""
        known = of_tier(tier, hic=hic)
        self.customer.segment, self.customer.profile = known["segment"], known["profile"]

    def unchanged_by(self, message: Any) -> bool:
        """Nothing is said of a task and none changes."""
        before = copy.deepcopy(self._of_tasks())
        return self.step(message) == [] and self._of_tasks() == before

    def _of_tasks(self) -> tuple[Any, ...]:
        customer, tasks = self.customer, self.customer.recovery or Recovery()
        return tasks.open, tasks.closed, customer.clocks, customer.shown

    @property
    def tasks(self) -> list[Task]:
        """The open tasks."""
        return [] if self.customer.recovery is None else self.customer.recovery.open

    @property
    def closed(self) -> list[Closed]:
        return [] if self.customer.recovery is None else self.customer.recovery.closed

    @property
    def task(self) -> Task:
        """The one open task."""
        (task,) = self.tasks
        return task

    @property
    def clock(self) -> Clock:
        """Of the one open task."""
        return self.customer.clocks[self.task.id]

    @property
    def pending(self) -> dict[str, float]:
        """What is to fall due until people have answered, in seconds from the start."""
        return {type(timer).__name__: timer.at - START for timer in ASPECTS.pending(self.customer) if isinstance(timer, ANSWERING)}


def on_message(message: Any) -> Callable[[Customer, Any, Context], None]:
    """What the fold does with such a message."""
    return table.on_timer if isinstance(message, TimerDue) else table.on_command if isinstance(message, Command) else table.on_fact


def received(message: Any) -> Any:
    """What a reader of the contract makes of what goes out."""
    return wire.MODEL[type(message)].model_validate_json(wire.encode(message))


def is_about_tasks(message: Any) -> bool:
    if isinstance(message, TaskSnapshot):
        return True
    return getattr(message, "about_kind", None) in {About.TASK, About.COMMAND} or is_about_billing(message)


def is_about_billing(message: Any) -> bool:
    kind = getattr(message, "verdict", None) or getattr(message, "kind", None)
    return kind in {"sent_to_billing", "payment_failed"}


# -- what was decided -------------------------------------------------------------------------------------------------------------------


def snapshots(messages: list[Any]) -> list[TaskSnapshot]:
    return [m for m in messages if isinstance(m, TaskSnapshot)]


def decisions(messages: list[Any]) -> list[Decision]:
    return [m for m in messages if isinstance(m, Decision)]


def notices(messages: list[Any]) -> list[Notice]:
    return [m for m in messages if isinstance(m, Notice)]


def verdicts(messages: list[Any]) -> list[Verdict]:
    return [m.verdict for m in decisions(messages)]


def decision(messages: list[Any]) -> Decision:
    """The only one."""
    (only,) = decisions(messages)
    return only


def why_of(messages: list[Any]) -> tuple[str, dict[str, Any]]:
    """Code and values of the reason of the only decision."""
    return coded(decision(messages).why)


def coded(why: Why | SentWhy | None) -> tuple[str, dict[str, Any]]:
    """Code and values of a reason."""
    assert why is not None
    return why.code, dict(why.values)


def told(messages: list[Any]) -> tuple[str, ...]:
    """Everything in few words: statuses of snapshots, verdicts, kinds of notices, in order."""
    return tuple(
        m.status.value if isinstance(m, TaskSnapshot) else m.verdict.value if isinstance(m, Decision) else f"notice: {m.kind.value}"
        for m in messages
    )


# -- messages ---------------------------------------------------------------------------------------------------------------------------

_number = 0


def _fact(kind: Any, object_key: str, after: float, **fields: Any) -> Any:
    global _number  # noqa: PLW0603  every fact has an id of its own
    _number += 1
    known = {"id": f"f-{_number}", "source": "test", "object": object_key, "occurred_at": instant(START + after), "customer": {"id": "c-1"}}
    return kind.model_validate({**known, **fields})


def answered(nps: float | None, after: float = 0.0, object_key: str = "r-1", **fields: Any) -> Any:
    """An NPS answer `after` seconds from the start."""
    given = {} if nps is None else {"score": {"metric": "nps", "raw": nps}}
    return _fact(SurveyAnswered, object_key, after, **{"survey": "post-visit", **given, **fields})


def amended(nps: float | None = None, after: float = 20.0, object_key: str = "r-1", **fields: Any) -> Any:
    given = {} if nps is None else {"score": {"metric": "nps", "raw": nps}}
    return _fact(SurveyAmended, object_key, after, **{"survey": "post-visit", **given, **fields})


def rated(score: float) -> tuple[str, dict[str, Any]]:
    """The reason that an NPS answer gives."""
    return "rated_survey", {"metric": "nps", "score": score, "worst": 0.0, "best": 10.0, "survey": "post-visit"}


def fact(kind: Any, after: float = 0.0, object_key: str = "7", **fields: Any) -> Any:
    """Any fact, `after` seconds from the start, about the object `thing`."""
    return _fact(kind, object_key, after, **fields)


def command(kind: Any, task: str, after: float, actor: str = "ann", **fields: Any) -> Any:
    """A command, `after` seconds from the start."""
    global _number  # noqa: PLW0603
    _number += 1
    known = {"id": f"k-{_number}", "customer": {"id": "c-1"}, "task": task, "actor": actor, "issued_at": instant(START + after)}
    return kind.model_validate({**known, **fields})
