"""`python -m bench.profile`: where the processor time of an event goes, in this process, without a broker."""

from __future__ import annotations

import cProfile
import gc
import pstats
import time
import timeit
from types import SimpleNamespace

import orjson

from bench import engine_job, whole_job
from bench.stream import Stream
from streams.engine.stores import MemoryStore
from streams.partition import Partition

EVENTS = 60_000


def engine_state_us() -> float:
    """Decoding and encoding a state of the engine job once, in microseconds: what the hand loops, which keep it decoded, do not pay."""
    raw = orjson.dumps([123456, 25, 12, 6.514321, 1.75e9])
    return timeit.timeit(lambda: orjson.dumps(orjson.loads(raw)), number=200_000) / 0.2


def whole_job_us(profiler: cProfile.Profile | None = None) -> float:
    """Deciding one event of the whole job, in microseconds."""
    records = [
        SimpleNamespace(offset=n, key=key, value=value, headers=(), timestamp=0)
        for n, (_, key, value) in enumerate(Stream(20_000).records(EVENTS))
    ]
    store = MemoryStore()
    partition = Partition(0, 1, whole_job.policy(), store.get)
    gc.collect()
    gc.freeze()
    began = time.process_time()
    if profiler:
        profiler.enable()
    for start in range(0, EVENTS, 2000):
        store.stage(partition.decide("feedback", records[start : start + 2000]).writes)
    if profiler:
        profiler.disable()
    return (time.process_time() - began) / EVENTS * 1e6


if __name__ == "__main__":
    assert engine_job.INPUT
    print(f"engine job: decode and encode one state: {engine_state_us():.2f} us")
    print(f"whole job: decide one event: {whole_job_us():.1f} us")
    profiler = cProfile.Profile()
    whole_job_us(profiler)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(14)
