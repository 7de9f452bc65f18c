"""Did a contender come to what a plain fold comes to? State from its changelog and outputs are read back and compared."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from bench import engine_job, kafka, whole_job
from bench.trial import PARTITIONS, Trial
from streams.engine.stores import MemoryStore
from streams.partition import Partition


class Wrong(Exception):
    """A contender's state or outputs are not what they must be: a failure of the bench."""


# -- what each contender writes into its changelog ----------------------------------------------------------------------------------


def _same(key: bytes, value: bytes) -> tuple[bytes, bytes]:
    return key, value


def _faust_engine(key: bytes, value: bytes) -> tuple[bytes, bytes]:
    return orjson.loads(key).encode(), value


def _faust_whole(key: bytes, value: bytes) -> tuple[bytes, bytes]:
    return key.partition(b"/")[2], value


def _quix_engine(key: bytes, value: bytes) -> tuple[bytes, bytes]:
    return key.partition(b"|")[0].strip(b'"'), value


def _quix_whole(key: bytes, value: bytes) -> tuple[bytes, bytes]:
    return orjson.loads(key.partition(b"|")[2]).encode(), value


SPELLING: dict[tuple[str, str], Callable[[bytes, bytes], tuple[bytes, bytes]]] = {
    ("faust", "engine"): _faust_engine,
    ("faust", "whole"): _faust_whole,
    ("quix", "engine"): _quix_engine,
    ("quix", "whole"): _quix_whole,
}


def changelog(trial: Trial) -> str:
    """The topic with a contender's state."""
    if trial.contender == "faust":
        return f"{trial.group}-state-changelog"
    if trial.contender == "quix":
        return next(name for name in kafka.topic_names(trial.bootstrap, f"changelog__{trial.group}--"))
    return trial.prefix + "state"


def _states(trial: Trial) -> dict[int, dict[bytes, bytes]]:
    topic, spelled = changelog(trial), SPELLING.get((trial.contender, trial.job), _same)
    read = kafka.latest(kafka.read_all(trial.bootstrap, [topic]), topic)
    return {number: dict(spelled(*item) for item in state.items() if item[0] != b"~position") for number, state in read.items()}


# -- the engine job -----------------------------------------------------------------------------------------------------------------


class EngineExpectation:
    """The plain fold of the engine job's events, made once for all contenders."""

    def __init__(self, bootstrap: str, inputs: str) -> None:
        found = kafka.read_all(bootstrap, [inputs + engine_job.INPUT])
        self.states: dict[int, dict[str, Any]] = {}
        self.outputs: Counter[bytes] = Counter()
        for (_, number), records in found.items():
            states, outputs = self.states.setdefault(number, {}), []
            engine_job.expected(((record.offset, record.value) for record in records), states, outputs)
            self.outputs.update(outputs)

    def check(self, trial: Trial) -> dict[str, int]:
        """Raises Wrong; returns what was compared."""
        states = {n: {k.decode(): orjson.loads(v) for k, v in state.items()} for n, state in _states(trial).items()}
        if states != self.states:
            raise Wrong(f"{trial.contender}: the state is wrong: {_first_difference(states, self.states)}")
        topic = trial.prefix + engine_job.OUTPUT
        outputs = Counter(r.value for records in kafka.read_all(trial.bootstrap, [topic]).values() for r in records)
        if outputs != self.outputs:
            raise Wrong(f"{trial.contender}: {_counted(outputs, self.outputs)}")
        return {"states_equal": sum(map(len, states.values())), "outputs_equal": sum(outputs.values())}


def _first_difference(found: dict[int, dict], wanted: dict[int, dict]) -> str:
    for number in range(PARTITIONS):
        have, want = found.get(number, {}), wanted.get(number, {})
        for key in have.keys() | want.keys():
            if have.get(key) != want.get(key):
                return f"partition {number}, {key!r}: found {str(have.get(key))[:200]}, expected {str(want.get(key))[:200]}"
    return "partitions differ"


def _counted(found: Counter[Any], wanted: Counter[Any]) -> str:
    missing, extra = wanted - found, found - wanted
    example = str(next(iter(missing or extra)))[:300]
    return f"{missing.total()} outputs are missing, {extra.total()} should not be there, for example {example}"


# -- the whole job ------------------------------------------------------------------------------------------------------------------


def check_whole(trial: Trial) -> dict[str, int]:
    """Fold the inputs in the order in which the contender applied them. Raises Wrong; returns what was compared."""
    names = {(trial.inputs if name in whole_job.SHARED else trial.prefix) + name: name for name in whole_job.INPUTS}
    found = {(names[topic], number): records for (topic, number), records in kafka.read_all(trial.bootstrap, names).items()}
    states, outputs, applied = _fold_in_order(_order(trial), found)
    for place, records in found.items():
        end = records[-1].offset + 1 if records else 0
        if place[0] in whole_job.SHARED and applied.get(place, 0) < end:
            raise Wrong(f"{trial.contender}: {place} was applied up to {applied.get(place, 0)} of {end}")
    read = _states(trial)
    if any(read.get(number, {}) != states.get(number, {}) for number in range(PARTITIONS)):
        raise Wrong(f"{trial.contender}: the state is wrong: {_first_difference(read, states)}")
    produced = _produced(trial)
    if produced != outputs:
        raise Wrong(f"{trial.contender}: {_counted(produced, outputs)}")
    kinds = Counter(topic for topic, _, _ in outputs.elements())
    return {"states_equal": sum(map(len, read.values())), "outputs_equal": outputs.total()} | {f"{k}_out": n for k, n in kinds.items()}


def _order(trial: Trial) -> Iterable[tuple[str, int, int, int]]:
    if not trial.contender.startswith("makegood"):
        yield from json.loads(trial.order_file.read_text())
        return
    topic = trial.prefix + "journal"
    for (_, number), records in kafka.read_all(trial.bootstrap, [topic]).items():
        for record in records:
            for stretch in json.loads(record.value or b"{}")["inputs"]:
                yield stretch["topic"], number, stretch["first"], stretch["next"]


def _fold_in_order(order: Iterable[tuple[str, int, int, int]], found: dict[tuple[str, int], list[kafka.Read]]) -> tuple:
    policy, stores, folds = whole_job.policy(), {}, {}
    applied: dict[tuple[str, int], int] = {}
    outputs: Counter[tuple[str, bytes | None, bytes | None]] = Counter()
    offsets = {place: [record.offset for record in records] for place, records in found.items()}
    for topic, number, first, after in order:
        if number not in folds:
            stores[number] = MemoryStore()
            folds[number] = Partition(number, PARTITIONS, policy, stores[number].get)
        place = (topic, number)
        if bisect_left(offsets[place], applied.get(place, 0)) != bisect_left(offsets[place], first):
            raise Wrong(f"{place}: offsets {applied.get(place, 0)} to {first} were not applied once, in order")
        stretch = found[place][bisect_left(offsets[place], first) : bisect_left(offsets[place], after)]
        applied[place] = after
        decided = folds[number].decide(topic, stretch)
        stores[number].stage(decided.writes)
        outputs.update((o.topic, _key(o.topic, o.key), o.value) for o in decided.outputs)
    return {number: store.records for number, store in stores.items()}, outputs, applied


def _produced(trial: Trial) -> Counter[tuple[str, bytes | None, bytes | None]]:
    names = {trial.prefix + name: name for name in whole_job.OWN if name not in {"state", "journal", "timers"}}
    found = kafka.read_all(trial.bootstrap, names)
    return Counter((names[topic], _key(names[topic], r.key), r.value) for (topic, _), records in found.items() for r in records)


def _key(topic: str, key: bytes | None) -> bytes | None:
    """Where the key only chooses the partition, a contender that cannot name a partition may take another."""
    return b"" if topic == "percentiles" else key
