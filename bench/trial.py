"""One trial of one contender: what it is told, the settings everybody gets, and the meter that all share."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PARTITIONS = 4
SESSION_S = 6.0


@dataclass(frozen=True)
class Trial:
    """What a contender is told. `prefix` names what this trial writes, `inputs` what all trials read."""

    contender: str
    job: str
    bootstrap: str
    inputs: str
    prefix: str
    total: int
    directory: str
    store: str = "memory"
    exactly_once: bool = False
    recover_only: bool = False

    @property
    def group(self) -> str:
        """Consumer group and application id."""
        return self.prefix.rstrip(".")

    @property
    def order_file(self) -> Path:
        """Where a contender that keeps no journal notes in which order it applied the inputs."""
        return Path(self.directory) / "order.json"

    def to_json(self) -> str:
        """For the command line of the contender's process."""
        return json.dumps(asdict(self))


def told() -> Trial:
    """The trial on the command line."""
    return Trial(**json.loads(sys.argv[1]))


def calm() -> None:
    """The same for everybody: long-lived objects are not walked at every collection, threads hand over quickly."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    sys.setswitchinterval(0.0005)


def resident_mb() -> float:
    """Resident memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def peak_mb() -> float:
    """Most resident memory so far. Not ru_maxrss: that one is inherited from the parent."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def cpu_s() -> float:
    """User and system time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Meter:
    """Wall and processor time from the first event to the last that is durable."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.cpu_before = 0.0

    def start(self) -> None:
        """The first event is here. Later calls do nothing."""
        if self.began is None:
            self.cpu_before = cpu_s()
            self.began = time.perf_counter()

    def stop(self, events: int, **more: Any) -> None:
        """The last event is durable: say what was measured."""
        wall, cpu = time.perf_counter() - (self.began or 0.0), cpu_s() - self.cpu_before
        measured = {"events": events, "wall_s": wall, "events_per_s": events / wall, "cpu_us": cpu / events * 1e6, "peak_mb": peak_mb()}
        tell(measured | more)


def tell(measured: dict[str, Any]) -> None:
    """One line on stdout, which the bench reads."""
    print("RESULT " + json.dumps(measured), flush=True)


def leave() -> None:
    """End at once: what comes after the last event is not measured and not needed."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
