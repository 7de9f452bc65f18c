"""The fold of one partition: each record is decoded, brought to its customer or alias, decided, and written back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, get_args

import msgspec

from schemas.cloudevents import headers_at
from schemas.commands import AnyCommand
from schemas.customers import Reference
from schemas.facts import AnyFact
from schemas.failures import said
from schemas.message import instant, seconds
from schemas.policy import Policy
from schemas.topics import TOPICS, Role
from schemas.traffic import (
    AliasBound,
    AliasErased,
    AliasSought,
    CorrectionSet,
    FactReleased,
    Fault,
    HistogramReported,
    OutcomesReported,
    PolicyAdopted,
    ThresholdsSet,
    TimerDue,
)
from streams.code_version import code_version, data_version
from streams.corrections import Corrections
from streams.decide import erasure, fact_reader, identity, percentiles, table, wire
from streams.decide.alias_state import AliasRecord
from streams.decide.context import Context, Effects, MetricChanged, Sent
from streams.decide.phrases import lexicon_of
from streams.decide.record import NewerState, text_of
from streams.decide.rules import rules_of
from streams.decide.state import Customer
from streams.decide.table import ALIAS_RECORDS, CUSTOMERS
from streams.decide.wording import written
from streams.decode import dead_letter, decode, fault_of
from streams.engine.contract import NO_HEADERS, Decided, Output, Record, StopWorker
from streams.engine.partitioner import partition_of
from streams.failure_limit import FailureLimit
from streams.own_records import HISTOGRAMS, LAYOUTS, POLICY, REPORTS, THRESHOLDS, policy_in, refuse_newer
from streams.timers import Timers
from streams.unfit import Unfit, fits, in_time

_LOOPS = frozenset(topic.name for topic in TOPICS if topic.role is Role.LOOP)
_read_report = msgspec.json.Decoder(fact_reader.TRAFFIC[HistogramReported]).decode
Changes = tuple[bytes, bytes | None, bytes | None]
"""A record: its key, what it was and what it is now; None where there is none."""


class Partition:
    """One partition of the state machine. Same inputs in the same order give the same writes and outputs, wherever it runs."""

    def __init__(self, number: int, partitions: int, policy: Policy, read: Callable[[bytes], bytes | None]) -> None:
        self.number = number
        self.partitions = partitions
        self.watermark = 0.0
        self._read = read
        self._first_policy = policy
        self._failure_limit = FailureLimit()
        self._timers = Timers(read, CUSTOMERS.next_timer)
        self._decided = Decided()
        self._versions = code_version(), data_version()
        self._came_in = 0.0
        self.recover(())

    # -- recovery -------------------------------------------------------------------------------------------------------------------

    def recover(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Take up the state: the partition's own records by key, the timers from every customer's."""
        try:
            refuse_newer(self._read)
            raw_policy = self._read(POLICY)
            self._policy_known = raw_policy is not None
            policy = policy_in(raw_policy) if raw_policy else self._first_policy
            self._thresholds = THRESHOLDS.unpack(self._read(THRESHOLDS.key))
            self._histograms = HISTOGRAMS.unpack(self._read(HISTOGRAMS.key))
            self._corrections = Corrections(self.number, self.partitions, self._read)
            self._recover_layouts()
            self._timers.rebuild(records, b"c:")
        except NewerState as newer:
            raise StopWorker(str(newer)) from newer
        self._set_policy(policy)

    def _recover_layouts(self) -> None:
        self._layouts = LAYOUTS.unpack(self._read(LAYOUTS.key))
        CUSTOMERS.learn(self._layouts.customers)
        ALIAS_RECORDS.learn(self._layouts.aliases)
        ours = text_of(CUSTOMERS.layout), text_of(ALIAS_RECORDS.layout)
        self._layouts_known = ours[0] in self._layouts.customers and ours[1] in self._layouts.aliases

    def _set_policy(self, policy: Policy) -> None:
        self._policy = policy
        self.context = Context(
            policy=rules_of(policy),
            lexicon=lexicon_of(policy),
            thresholds=percentiles.effective(self._thresholds, policy),
            partition=self.number,
            correction=self._corrections.in_force(policy),
        )
        self._most_ahead_s = policy.arrival.most_ahead_hours * 3600

    # -- deciding -------------------------------------------------------------------------------------------------------------------

    def decide(self, topic: str, records: Sequence[Record]) -> Decided:
        """Apply records of one topic, in order. Raises StopWorker when the worker must stop."""
        self._decided = decided = Decided()
        self._histograms_changed = False
        if not self._policy_known:
            self._policy_known = True
            decided.adopted = self._policy.model_dump_json()
            decided.writes[POLICY] = decided.adopted.encode()
        if not self._layouts_known:
            self._write_layouts()
        for record in records:
            self._one(topic, record)
        if self._histograms_changed:
            decided.writes[HISTOGRAMS.key] = HISTOGRAMS.pack(self._histograms)
        decided.policy, (decided.code, decided.data) = self._policy.version, self._versions
        return decided

    def _write_layouts(self) -> None:
        """Before the first record of a layout: whoever reads the state finds what its records hold."""
        known = self._layouts
        known.customers = list(dict.fromkeys((*known.customers, text_of(CUSTOMERS.layout))))
        known.aliases = list(dict.fromkeys((*known.aliases, text_of(ALIAS_RECORDS.layout))))
        self._decided.writes[LAYOUTS.key] = LAYOUTS.pack(known)
        self._layouts_known = True

    def _one(self, topic: str, record: Record) -> None:
        self.context.topic, self.context.offset = topic, record.offset  # a policy that came just before has another context
        effects = self.context.effects
        if effects.sent or effects.metric_changes or effects.outcomes or effects.forget:
            effects = self.context.effects = Effects()  # most records lead to nothing: one empty object serves them all
        try:
            message = decode(record)
        except Exception as error:  # noqa: BLE001  whatever decoding makes of hostile bytes, the record is kept and the next one decided
            self._bury(topic, record, *fault_of(error))
            return
        self._came_in = record.timestamp / 1000
        try:
            changes = self._apply(message)
            outputs = [self._output(sent) for sent in effects.sent] if effects.sent else None
            if changes is not None:
                fits("state", changes[0], changes[2])
        except (NewerState, StopWorker) as refusal:
            raise StopWorker(str(refusal)) from refusal
        except Unfit as unfit:
            self._bury(topic, record, unfit.fault, str(unfit))
            return
        except Exception as error:  # noqa: BLE001  a bug of ours: no output, no customer and no alias is written
            self._bury(topic, record, Fault.DECISION_RAISED, said(error, 2000))
            self._failure_limit.failed(said(error))
            return
        self._failure_limit.passed()
        self._take_effect(changes, outputs, effects)

    def _take_effect(self, changes: Changes | None, outputs: list[Output] | None, effects: Effects) -> None:
        if outputs is not None:
            self._decided.outputs += outputs
        if changes is not None:
            self._write(*changes)
        for changed in effects.metric_changes:
            self._count_metric(changed)
        if effects.outcomes:
            self._decided.outputs += map(self._output, self._corrections.count(effects.outcomes, self._decided.writes))

    def _bury(self, topic: str, record: Record, fault: Fault, error: str) -> None:
        letter = dead_letter(topic, self.number, record, fault, error)
        self._decided.outputs.append(Output("dead-letters", self.number, letter.id.encode(), letter.model_dump_json().encode()))

    def _apply(self, message: Any) -> Changes | None:
        return self._HEARS[type(message)](self, message)

    def _elsewhere(self, key: str, message: Any) -> bool:
        """Forward a message that a producer put on another partition than its customer's."""
        if partition_of(key, self.partitions) == self.number:
            return False
        self.context.effects.sent.append(Sent("repartition", key, fact_reader.as_sent(message)))
        return True

    def _fact(self, fact: Any) -> Changes | None:
        in_time(fact.at, self._came_in, self._most_ahead_s)
        fact = identity.in_the_country(fact, self.context.policy)
        reference: Reference = fact.customer
        if reference.id is None:
            return None if self._elsewhere(reference.aliases[0], fact) else self._alias_fact(reference.aliases[0], fact, ())
        key = b"c:" + reference.id.encode()
        before = self._current(key)
        # A customer of ours is known to be in place; of others the key tells.
        if before is None and self._elsewhere(reference.id, fact):
            return None
        customer = self._newcomer(reference.id) if before is None else CUSTOMERS.decode(before)
        if customer.erased_at is not None and erasure.is_nobodys(customer, fact, self.context):
            return None
        table.on_fact(customer, fact, self.context)
        self.watermark = max(self.watermark, customer.heard_at)
        if self.context.effects.forget:
            self._decided.writes[erasure.place_of(customer.id)] = erasure.ERASED.pack(erasure.Erased(fact.at))
            return key, before, None
        return key, before, CUSTOMERS.encode(customer)

    def _known_customer(self, message: Any) -> Changes | None:
        timer = message.type == "timer.due"
        name = message.customer if timer else str(message.customer.id)
        key = b"c:" + name.encode()
        before = self._current(key)
        if timer:
            if before is None:
                return None  # it was on its way when the customer was erased: a timer of nobody is nothing
            customer = CUSTOMERS.decode(before)
            table.on_timer(customer, message, self.context)
            return key, before, CUSTOMERS.encode(customer)
        in_time(seconds(message.issued_at), self._came_in, self._most_ahead_s)
        if before is None and self._elsewhere(name, message):
            return None
        customer = Customer(id=name) if before is None else CUSTOMERS.decode(before)
        table.on_command(customer, message, self.context)
        return None if before is None else (key, before, CUSTOMERS.encode(customer))

    def _newcomer(self, name: str) -> Customer:
        raw = self._current(erasure.place_of(name))
        return Customer(id=name, erased_at=erasure.ERASED.unpack(raw).at if raw is not None else None)

    # -- aliases --------------------------------------------------------------------------------------------------------------------

    def _alias(self, message: AliasSought | AliasBound | AliasErased | FactReleased) -> Changes | None:
        alias = message.seeking if isinstance(message, AliasSought) else message.alias
        if self._elsewhere(alias, message):
            return None
        if isinstance(message, AliasSought):
            return self._alias_fact(alias, message.fact, message.tried)
        key, before, record = self._alias_record(alias)
        match message:
            case AliasBound():
                identity.on_bound(record, message, self.context)
            case FactReleased():
                identity.on_released(record, message, self.context)
            case AliasErased():
                identity.on_erased(record, message)
        return key, before, ALIAS_RECORDS.encode(record) if identity.holds_anything(record) else None

    def _alias_fact(self, alias: str, fact: Any, tried: tuple[str, ...]) -> Changes:
        key, before, record = self._alias_record(alias)
        identity.on_alias_fact(record, fact, tried, self.context)
        return key, before, ALIAS_RECORDS.encode(record) if identity.holds_anything(record) else None

    def _alias_record(self, alias: str) -> tuple[bytes, bytes | None, AliasRecord]:
        key = b"a:" + alias.encode()
        before = self._current(key)
        return key, before, AliasRecord(alias) if before is None else ALIAS_RECORDS.decode(before)

    # -- the partition as a whole ---------------------------------------------------------------------------------------------------

    def _whole(self, message: Any) -> None:
        """Writes the records of the partition itself at once: an error after a write does not take it back."""
        match message:
            case PolicyAdopted():
                if message.policy != self._policy:
                    written = fits("state", POLICY, message.policy.model_dump_json().encode())
                    self._set_policy(message.policy)  # before anything is written: a policy that cannot be compiled has no effect
                    self._decided.writes[POLICY] = written
            case ThresholdsSet():
                thresholds = percentiles.on_set(message, self._thresholds)
                if thresholds is not self._thresholds:
                    self._thresholds = thresholds
                    self._decided.writes[THRESHOLDS.key] = THRESHOLDS.pack(thresholds)
                    self.context.thresholds = percentiles.effective(thresholds, self.context.policy)
            case OutcomesReported():
                found = self._corrections.reported(message, self._current, self._decided.writes, self._policy)
                self.context.effects.sent += found
            case CorrectionSet():
                self._corrections.adopt(message, self._decided.writes)
                self.context.correction = self._corrections.in_force(self._policy)
            case _:
                self._reported(message)

    def _reported(self, message: Any) -> None:
        reports = REPORTS.unpack(self._current(REPORTS.key))
        others = {number: _read_report(body) for number, body in reports.by_partition.items() if number != message.partition}
        new = percentiles.on_reported(others, message, self.context.policy, self._thresholds)
        reports.by_partition[message.partition] = wire.encode(message)
        self._decided.writes[REPORTS.key] = fits("state", REPORTS.key, REPORTS.pack(reports))
        if new is not None:
            thresholds = percentiles.as_sent(new)
            self.context.effects.sent += [Sent("percentiles", str(p), thresholds, p) for p in range(self.partitions)]

    def _count_metric(self, changed: MetricChanged) -> None:
        self._histograms.apply(changed)
        self._histograms_changed = True
        if percentiles.should_report(self._histograms):
            report = self._histograms.report(self.number)
            self._decided.outputs.append(self._output(Sent("percentiles", str(self.number), report, 0)))

    _HEARS: ClassVar[dict[type, Callable[[Partition, Any], Changes | None]]] = {
        **dict.fromkeys((*get_args(AnyFact), *fact_reader.STRUCTS.values()), _fact),
        **dict.fromkeys((*get_args(AnyCommand), fact_reader.TRAFFIC[TimerDue]), _known_customer),
        **dict.fromkeys((AliasSought, AliasBound, AliasErased, FactReleased), _alias),
        **dict.fromkeys((PolicyAdopted, ThresholdsSet, fact_reader.TRAFFIC[HistogramReported], OutcomesReported, CorrectionSet), _whole),
    }
    """Looked up by type: a class pattern costs more, for pydantic's classes are abstract base classes."""

    # -- reading and writing --------------------------------------------------------------------------------------------------------

    def _current(self, key: bytes) -> bytes | None:
        writes = self._decided.writes
        return writes[key] if key in writes else self._read(key)

    def _write(self, key: bytes, before: bytes | None, after: bytes | None) -> None:
        if after == before:
            return
        self._decided.writes[key] = after
        if after is not None and key.startswith(b"c:"):
            self._timers.changed(key, before, after)

    def _output(self, sent: Sent) -> Output:
        topic, key, message, partition = sent
        if partition is None:
            partition = partition_of(key, self.partitions) if topic in _LOOPS else self.number
        if message is None:
            return Output(topic, partition, key.encode(), None)
        kind, name = type(message), key.encode()
        if kind in wire.MODEL:
            headers, value = headers_at(wire.TYPE[kind], message.id, "makegood", written(wire.time_of(message))), wire.encode(message)
        elif isinstance(message, msgspec.Struct):
            headers, value = NO_HEADERS, wire.encode(message)
        else:
            headers, value = NO_HEADERS, message.__pydantic_serializer__.to_json(message, exclude_none=True)
        fits(topic, name, value)
        return Output(topic, partition, name, value, headers)

    # -- timers ------------------------------------------------------------------------------------------------------------------

    def due(self, now: float) -> list[Output]:
        """A record for each customer with a timer not later than `now` (seconds since 1970)."""
        at = instant(math.ceil(now * 1000) / 1000)
        names = (key[2:].decode() for key in self._timers.due(now))
        timer_due = fact_reader.TRAFFIC[TimerDue]
        return [self._output(Sent("timers", name, timer_due(customer=name, at=at), self.number)) for name in names]
