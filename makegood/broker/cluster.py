"""A cluster of real Kafka brokers on loopback: KRaft, no ZooKeeper, no container; data survives a restart."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from makegood.broker import jars, java
from makegood.broker.errors import BrokerError

CLUSTER_ID = "bWFrZWdvb2QtZW1iZWRkZQ"
STARTED = "Kafka Server started"
LEAST_FREE_MB = 500
STOP_S = 20
_PORT_STEP = 10


def _quiet(_: str) -> None:
    pass


class Cluster:
    """One or several brokers. Ports are first_port, first_port + 10, ...; each next one is its controller's."""

    def __init__(self, directory: Path, brokers: int = 1, first_port: int = 19092, heap_mb: int = 512) -> None:
        self.directory = directory.resolve()
        self.brokers = brokers
        self.first_port = first_port
        self.heap_mb = heap_mb
        self._watchers: dict[int, subprocess.Popen[bytes]] = {}
        self._classpath = ""

    @property
    def ports(self) -> dict[int, int]:
        """Broker number, from 1 on -> port."""
        return {node: self.first_port + _PORT_STEP * (node - 1) for node in range(1, self.brokers + 1)}

    @property
    def bootstrap(self) -> str:
        """What clients are given."""
        return ",".join(f"127.0.0.1:{port}" for port in self.ports.values())

    # -- life -----------------------------------------------------------------------------------------------------------------------

    def start(self, *, progress: Callable[[str], None] | None = None, timeout_s: float = 60, stay: bool = False) -> None:
        """Start all brokers; returns when they serve. With `stay` they outlive this process. Raises BrokerError."""
        say = progress or _quiet
        self._check()
        self._classpath = jars.classpath(say)
        self._note()
        for node in self.ports:
            self._format(node, say)
        say("starting")
        for node in self.ports:
            self._launch(node, stay=stay)
        try:
            for node in self.ports:
                self._wait(node, timeout_s)
        except BrokerError:
            self.stop()
            raise

    def stop(self) -> None:
        """End all brokers: kindly first, then not. Twice is harmless."""
        pids = {node: pid for node in self.ports if (pid := self.pid(node)) is not None}
        for pid in pids.values():
            _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_S
        while any(_is_ours(pid, self._home(node)) for node, pid in pids.items()) and time.monotonic() < deadline:
            time.sleep(0.05)
        for node, pid in pids.items():
            if _is_ours(pid, self._home(node)):
                _signal(pid, signal.SIGKILL)
        for watcher in self._watchers.values():
            watcher.wait(5)
        self._watchers.clear()

    def kill(self, node: int) -> None:
        """Kill one broker with -9."""
        pid = self.pid(node)
        if pid is not None:
            _signal(pid, signal.SIGKILL)
            while _is_ours(pid, self._home(node)):
                time.sleep(0.02)
        self._reap(node)

    def restart(self, node: int, timeout_s: float = 60) -> None:
        """Start a broker again and wait until it serves. Raises BrokerError."""
        self._classpath = self._classpath or jars.classpath(_quiet)
        self._reap(node)
        self._launch(node, stay=False)
        self._wait(node, timeout_s)

    def _reap(self, node: int) -> None:
        watcher = self._watchers.pop(node, None)
        if watcher is not None:
            watcher.wait(STOP_S)

    def pid(self, node: int) -> int | None:
        """The process id of a broker that runs, as far as it is really ours; None where it does not run."""
        try:
            pid = int((self._home(node) / "pid").read_text())
        except (OSError, ValueError):
            return None
        return pid if _is_ours(pid, self._home(node)) else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    # -- before the start -----------------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BrokerError(f"{self.directory} cannot be made: {error.strerror}") from error
        if running := [node for node in self.ports if self.pid(node) is not None]:
            raise BrokerError(
                f"broker {running[0]} of {self.directory} runs already: stop it with `makegood broker down`, or choose another --dir"
            )
        made = self.made_with()
        if made and made["brokers"] != self.brokers:
            raise BrokerError(
                f"{self.directory} was made for {made['brokers']} broker(s): use --brokers {made['brokers']}, or another --dir"
            )
        free = shutil.disk_usage(self.directory).free >> 20
        if free < LEAST_FREE_MB * self.brokers:
            raise BrokerError(
                f"only {free} MB are free below {self.directory}: {LEAST_FREE_MB * self.brokers} MB are needed, or choose another --dir"
            )
        for port in self.ports.values():
            for one in (port, port + 1):
                if not _free(one):
                    raise BrokerError(
                        f"port {one} is taken by another process: choose another with --port, for example --port {port + 1000}"
                    )

    def made_with(self) -> dict[str, int]:
        """How the directory was made: brokers and first_port; empty for a new one."""
        try:
            made: dict[str, int] = json.loads((self.directory / "cluster.json").read_text())
        except (OSError, ValueError):
            return {}
        return made

    def _note(self) -> None:
        (self.directory / "cluster.json").write_text(json.dumps({"brokers": self.brokers, "first_port": self.first_port}))

    def _home(self, node: int) -> Path:
        return self.directory / str(node)

    def _format(self, node: int, say: Callable[[str], None]) -> None:
        home = self._home(node)
        home.mkdir(exist_ok=True)
        (home / "server.properties").write_text(_properties(node, self.ports, home))
        if (home / "log" / "meta.properties").exists():
            return
        say(f"formatting broker {node}")
        tool = [java.find(), "-XX:TieredStopAtLevel=1", "-cp", self._classpath, "kafka.tools.StorageTool", "format"]
        done = subprocess.run(  # noqa: S603
            [*tool, "-t", CLUSTER_ID, "-c", str(home / "server.properties")], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BrokerError(f"broker {node} could not be formatted: {_last_words(done.stdout + done.stderr)}")

    # -- running --------------------------------------------------------------------------------------------------------------------

    def _launch(self, node: int, *, stay: bool) -> None:
        home = self._home(node)
        log = home / "out.log"
        if log.exists():
            log.replace(home / "out.log.1")
        (home / "pid").unlink(missing_ok=True)
        levels = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info"]
        # Kafka says that it has started under the one logger or the other, by version.
        levels.append("-Dorg.slf4j.simpleLogger.log.kafka.server.BrokerServer=info")
        command = [java.find(), f"-Xmx{self.heap_mb}m", "-XX:+UseSerialGC", *levels, "-cp", self._classpath, "kafka.Kafka"]
        watcher = [sys.executable, "-m", "makegood.broker.watcher", str(home / "pid"), str(log), "stay" if stay else "pipe"]
        process = subprocess.Popen(  # noqa: S603
            [*watcher, *command, str(home / "server.properties")],
            stdin=subprocess.DEVNULL if stay else subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if not stay:
            self._watchers[node] = process

    def _wait(self, node: int, timeout_s: float) -> None:
        home, began = self._home(node), time.monotonic()
        while time.monotonic() - began < timeout_s:
            said = _read(home / "out.log")
            if STARTED in said and not _free(self.ports[node]):
                return
            watcher = self._watchers.get(node)
            if (watcher is not None and watcher.poll() is not None) or "No space left on device" in said:
                raise BrokerError(f"broker {node} ended at its start: {_last_words(said)}. All of it: {home / 'out.log'}")
            time.sleep(0.05)
        raise BrokerError(
            f"broker {node} did not start within {timeout_s:.0f} s: {_last_words(_read(home / 'out.log'))}. See {home / 'out.log'}"
        )


def _properties(node: int, ports: dict[int, int], home: Path) -> str:
    copies, port = min(3, len(ports)), ports[node]
    settings = {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.quorum.voters": ",".join(f"{n}@127.0.0.1:{p + 1}" for n, p in ports.items()),
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{port + 1}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": home / "log",
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
    }
    return "\n".join(f"{name}={value}" for name, value in settings.items()) + "\n"


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _is_ours(pid: int, home: Path) -> bool:
    """Whether a process runs with this broker's configuration: process ids are used again by others."""
    said = subprocess.run(["ps", "-ww", "-p", str(pid), "-o", "stat=,command="], capture_output=True, text=True, check=False).stdout  # noqa: S603, S607
    return str(home / "server.properties") in said and not said.startswith("Z")


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _last_words(said: str) -> str:
    """The line that most likely says why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith("at ") and any(w in line for w in ("rror", "xception", "FATAL", "No space"))]
    return (telling or lines or ["it said nothing"])[-1][:300]
