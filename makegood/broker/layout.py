"""What lies in a cluster's directory: how it was made, and a folder for each broker with its properties, log and data."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from makegood import private
from makegood.broker.errors import BrokerError

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Made:
    """How a directory was made and last started."""

    brokers: int
    first_port: int
    heap_mb: int = 512
    kafka: str = ""


def made(directory: Path) -> Made | None:
    """How a directory was made; None for a new one."""
    try:
        return Made(**json.loads((directory / "cluster.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def note(directory: Path, how: Made) -> None:
    """Remember how a directory was made."""
    (directory / "cluster.json").write_text(json.dumps(asdict(how)), encoding="utf-8")


@contextmanager
def one_starter(directory: Path) -> Iterator[None]:
    """Only one process at a time may start what lies in a directory. Raises BrokerError for the other, and where it cannot be written."""
    try:
        private.folder(directory)
        private.close([directory])
        with (directory / "lock").open("w") as lock:
            _take(lock, directory)
            yield
    except OSError as error:
        raise BrokerError(f"{directory} cannot be used ({error.strerror or error}): mend that, or choose another --dir") from error


def _take(lock: IO[str], directory: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BrokerError(f"another process is starting the brokers of {directory}: wait for it, or choose another --dir") from None


def java_environment() -> dict[str, str]:
    """Ours, but in UTF-8: else Java cannot open a path with a letter beyond ASCII."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def is_formatted(home: Path) -> bool:
    """Whether a broker's folder holds data."""
    return (home / "log" / "meta.properties").exists()


def cluster_id(homes: Iterable[Path]) -> str | None:
    """The id of the cluster that these folders belong to; None where none of them is formatted."""
    for home in filter(is_formatted, homes):
        lines = (home / "log" / "meta.properties").read_text(encoding="ascii").splitlines()
        return next((line.partition("=")[2] for line in lines if line.startswith("cluster.id=")), None)
    return None


def properties(node: int, ports: dict[int, int], home: Path, more: Mapping[str, str]) -> str:
    """The properties of one broker, which is a controller too. Up to three copies of everything; one broker may be missing. `more` wins."""
    copies, port = min(3, len(ports)), ports[node]
    settings = {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.quorum.voters": ",".join(f"{n}@{HOST}:{p + 1}" for n, p in ports.items()),
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{port + 1}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": _escaped(home / "log"),
        "default.replication.factor": copies,
        "min.insync.replicas": max(1, copies - 1),
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": max(1, copies - 1),
        "transaction.state.log.num.partitions": 8,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": max(1, copies - 1),
        "group.initial.rebalance.delay.ms": 0,
        "auto.create.topics.enable": "false",
        "log.cleaner.dedupe.buffer.size": 8 << 20,
        **more,
    }
    return "\n".join(f"{name}={value}" for name, value in settings.items()) + "\n"


def _escaped(path: Path) -> str:
    """A path as Java's properties format wants it: it is read as Latin-1, with a backslash as escape."""
    units = str(path).replace("\\", "\\\\").encode("utf-16-be")
    numbers = [int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2)]
    return "".join(chr(number) if chr(number).isascii() else f"\\u{number:04x}" for number in numbers)
