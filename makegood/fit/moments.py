"""A history through the real fold, stopped once a horizon: which signs of leaving each customer showed then, and whether they left after it."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from makegood.errors import UserError
from makegood.kafka.input_records import InputRecord
from schemas.policy import Policy
from schemas.wording import counted
from streams.decide import churn
from streams.decide.signals import silence
from streams.decide.state import Customer, Spend
from streams.decide.table import CUSTOMERS
from streams.engine.partitioner import partition_of
from streams.offline import Offline

DAY = 86_400.0
STEP_S = 6 * 3_600.0
"""What falls due between two events is decided in steps of so much, or a thousandth of the time where that is long."""
OnProgress = Callable[[int], None]
Say = Callable[[str], None]
LeftAt = Mapping[str, float]
"""By customer, when they left, in seconds since 1970."""


class Moment(NamedTuple):
    """A customer at a time: how strong each sign was, the chance by the noisy-or, and whether they left within the horizon."""

    customer: str
    strengths: dict[str, float]
    stated: float
    left: bool


class _Seen(NamedTuple):
    """A moment and what came of it by purchases. `silent_from`: when the silence would count, were nothing more bought."""

    at: float
    customer: str
    strengths: dict[str, float]
    stated: float
    silent_from: float
    bought: bool = False
    """Whether anything was within the horizon, as the fold had it at its end."""


def labels_of(path: Path) -> dict[str, float]:
    """A file of columns customer_id and left_at (ISO 8601; UTC where it names no zone). Raises UserError where it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:  # spreadsheets begin a file with a mark
            rows = [(row["customer_id"].strip(), row["left_at"].strip()) for row in csv.DictReader(file) if row["left_at"]]
            return {name: _instant(left_at) for name, left_at in rows if name and left_at}
    except KeyError as error:
        raise UserError(f"{path} has no column {error.args[0]}: it needs customer_id and left_at") from error
    except (OSError, ValueError, TypeError, AttributeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as labels: {error}") from error


def _instant(text: str) -> float:
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()


def moments(
    records: Iterable[InputRecord], policy: Policy, labels: LeftAt | None, on_progress: OnProgress, say: Say = lambda _: None
) -> list[Moment]:
    """Every customer once a horizon, as far as what came of it lies in the history; without labels, of those who have a rhythm.

    Says how many of the labels are of customers in the history, and how many records are dated ahead: one of a wrong year would be years in
    which everybody bought nothing. Raises UserError where no label is of anybody.
    """
    passage, ahead, latest = _Passage(policy), 0, time.time() + policy.arrival.most_ahead_hours * 3600
    for number, record in enumerate(records, 1):
        if record.at is not None and record.at > latest:
            ahead += 1
            continue
        passage.feed(record)
        if not number % 1_000:
            on_progress(number)
    if ahead:
        say(f"{counted(ahead, 'record')} dated ahead left out")
    horizon = policy.churn.silence.horizon_days * DAY
    if labels is not None:
        say(_matched(labels, passage.customers()))
        return [
            Moment(seen.customer, seen.strengths, seen.stated, seen.at <= left_at < seen.at + horizon)
            for seen in passage.known
            if (left_at := labels.get(seen.customer, float("inf"))) >= seen.at
        ]
    return list(_by_silence(passage.known, horizon))


def _matched(labels: LeftAt, customers: set[str]) -> str:
    named, known = counted(len(labels), "customer id"), len(labels.keys() & customers)
    if labels and not known:
        example = f", where one is {min(customers)!r}" if customers else ""
        raise UserError(
            f"of {named} in the labels none is in the history{example}: write each customer_id in the labels as the facts have it in `customer.id`"
        )
    return f"of {named} in the labels, {known:,} in the history"


def _by_silence(known: Iterable[_Seen], horizon: float) -> Iterator[Moment]:
    """Left: nothing bought within the horizon, and silent by its end for longer than their own rhythm explains."""
    for seen in known:
        if seen.silent_from < float("inf"):
            yield Moment(seen.customer, seen.strengths, seen.stated, not seen.bought and seen.silent_from <= seen.at + horizon)


def _bought_since(spend: Spend | None, at: float) -> bool:
    """Whether the fold knows of a purchase from then on. Days tell of later ones; on the day itself, the last few orders do."""
    day = at // DAY
    if spend is None or spend.last_day < day:
        return False  # of an order on an earlier day, a later version says nothing
    return spend.last_day > day or any(ordered >= at and amount > 0 for _, ordered, amount in spend.recent)


class _Passage:
    """The fold, in which everybody is worth an alert: of whom it is not, some signs are never looked for."""

    def __init__(self, policy: Policy) -> None:
        everyone = policy.high_impact.model_copy(update={"everyone": True})
        plain = policy.churn.model_copy(update={"logistic": policy.churn.logistic.model_copy(update={"weights": {}})})
        self._policy = policy.model_copy(update={"high_impact": everyone, "churn": plain})
        self._machine = Offline(self._policy, 1, lambda _: None)
        self._horizon = policy.churn.silence.horizon_days * DAY
        self._next = 0.0
        self.clock = 0.0
        self._open: dict[str, _Seen] = {}
        self.known: list[_Seen] = []

    def feed(self, record: InputRecord) -> None:
        """One record, at its time."""
        if record.at is not None and record.at > self.clock:
            if not self.clock:
                self.clock, self._next = record.at, record.at + self._horizon
            while self._next <= record.at:
                self._pass_time(self._next)
                self._look(self._next)
                self._next += self._horizon
            self._pass_time(record.at)
        self._machine.feed(record.topic, partition_of(record.key, 1), record.key.encode(), record.value)

    def customers(self) -> set[str]:
        """The ids of all who were ever looked at, or are there now."""
        return {seen.customer for seen in self.known} | {key[2:].decode() for _, key, _ in self._machine.state() if key.startswith(b"c:")}

    def _pass_time(self, until: float) -> None:
        step = max(STEP_S, (until - self.clock) / 1_000)
        while self.clock + step < until:
            self.clock += step
            self._machine.advance(self.clock)
        self.clock = until
        self._machine.advance(until)

    def _look(self, at: float) -> None:
        """At everybody; what came of the look before, whose horizon ends here, is known now."""
        before, self._open = self._open, {}
        for _, key, raw in self._machine.state():
            if key.startswith(b"c:"):
                customer: Customer = CUSTOMERS.decode(raw)
                self._open[customer.id] = self._see(customer, at)
                if (seen := before.pop(customer.id, None)) is not None:
                    self.known.append(seen._replace(bought=_bought_since(customer.spend, seen.at)))
        # who was erased took their purchases along: only labels can say whether they left
        self.known += (seen._replace(silent_from=float("inf")) for seen in before.values())

    def _see(self, customer: Customer, at: float) -> _Seen:
        strengths = churn.strengths(customer, at, self._policy)
        stated = churn.combined(churn.strongest(customer, at, self._policy), self._policy)
        return _Seen(at, customer.id, strengths, stated, self._silent_from(customer))

    def _silent_from(self, customer: Customer) -> float:
        return float("inf") if customer.spend is None else silence.counts_from(customer.spend, silence.watch_of(self._policy))
