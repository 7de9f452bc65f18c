"""What the figures were measured on: processor, memory, system, Kafka. No names, no paths."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from bench import interpreter
from makegood.local.broker import jars


def describe() -> str:
    """One line."""
    model = re.search(r"model name\s*: (.*)", _read("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+)", _read("/proc/meminfo"))
    system = re.search(r'PRETTY_NAME="(.*)"', _read("/etc/os-release"))
    parts = [
        f"{len(os.sched_getaffinity(0))} cores",
        model[1].strip() if model else platform.machine(),
        f"{int(memory[1]) / 2**20:.0f} GB" if memory else "",
        system[1] if system else platform.system(),
        f"Linux {platform.release().split('-')[0]}",
        interpreter.describe(),
        f"Apache Kafka {kafka_version()} (one broker on the same machine)",
    ]
    return ", ".join(part for part in parts if part)


def kafka_version() -> str:
    """As the broker's jars are locked."""
    found = re.search(r"kafka_2\.13[:-](\d+\.\d+\.\d+)", (Path(jars.__file__).parent / "jars.lock").read_text())
    return found[1] if found else ""


def load() -> float:
    """How many processes wanted to run during the last minute, before the part began: above 1, others disturb."""
    return round(os.getloadavg()[0], 2)


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
