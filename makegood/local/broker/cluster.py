"""A cluster of real Kafka brokers on loopback: KRaft, no ZooKeeper, no container; data survives a restart."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from socket import socket
from types import TracebackType
from typing import Self

from makegood.local.broker import crash_reason, jars, java, layout, watcher
from makegood.local.broker.broker_process import is_broker, send
from makegood.local.broker.errors import BrokerError
from makegood.local.broker.layout import HOST, Made
from makegood.local.broker.preflight import check, format_all, reserved
from makegood.local.broker.progress import Progress, Step
from makegood.services import ports

STARTED = "Kafka Server started"
START_S = 180
"""A broker that lives is waited for: a busy machine starts one in 5 s as well as in 60."""
STOP_S = 20
KILL_S = 10
PORT_STEP = 10


class Cluster:
    """One or several brokers. Ports are first_port, first_port + 10, ...; each next one is its controller's.

    `more` are properties of Kafka beside ours, or instead of them, such as those of a listener with TLS; they are not remembered.
    """

    def __init__(
        self,
        directory: Path,
        brokers: int = 1,
        first_port: int = 19092,
        heap_mb: int = 512,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = Path(directory).resolve()
        self.brokers = brokers
        self.first_port = first_port
        self.heap_mb = heap_mb
        self.more = dict(more or {})
        self._watchers: dict[int, subprocess.Popen[bytes]] = {}
        self._held: list[socket] = []
        self._command: list[str] = []
        self._stay = False

    @classmethod
    def made_in(cls, directory: Path) -> Self | None:
        """The cluster of a directory as it was last started; None where there is none."""
        made = layout.made(directory)
        return cls(directory, made.brokers, made.first_port, made.heap_mb) if made else None

    @property
    def ports(self) -> dict[int, int]:
        """Broker number, from 1 on -> port."""
        return {node: self.first_port + PORT_STEP * (node - 1) for node in range(1, self.brokers + 1)}

    @property
    def bootstrap(self) -> str:
        """What clients are given."""
        return ",".join(f"{HOST}:{port}" for port in self.ports.values())

    @property
    def id(self) -> str | None:
        """The id of the cluster whose data lie here; None before it was first started. Raises BrokerError where they are of others."""
        return layout.own_cluster(self.directory, layout.made(self.directory), map(self.home, self.ports))

    def home(self, node: int) -> Path:
        """The folder of one broker. Raises BrokerError for a number that it does not have."""
        if node not in self.ports:
            raise BrokerError(f"there is no broker {node}: this cluster has broker 1 to {self.brokers}")
        return self.directory / str(node)

    def log(self, node: int) -> Path:
        """What one broker has said since its last start."""
        return self.home(node) / "out.log"

    # -- life -----------------------------------------------------------------------------------------------------------------------

    def start(self, *, progress: Progress | None = None, timeout_s: float = START_S, stay: bool = False, elsewhere: bool = False) -> None:
        """Start all brokers; returns when they serve. With `stay` they outlive this process. Raises BrokerError, and then none runs.

        Where a port is taken it is refused, or with `elsewhere` the next free ones are used. The ports stay reserved until the brokers
        end, so that no other Makegood takes one while a broker is down.
        """
        say = progress or (lambda _: None)
        with layout.one_starter(self.directory):
            homes = {node: self.home(node) for node in self.ports}
            check(self.directory, self.ports, [node for node in homes if self.pid(node)])
            self._hold(elsewhere=elsewhere)
            try:
                self._stay, self._command = stay, self._java(say)
                cluster = format_all(self._command, self.ports, homes, self.more, say)
                layout.note(self.directory, Made(self.brokers, self.first_port, self.heap_mb, jars.VERSION, cluster))
                say(Step("starting"))
                self._bring_up(self.ports, timeout_s)
            except BaseException:
                self._let_go()
                raise

    def stop(self) -> None:
        """End all brokers: kindly first, after 20 s not. Twice is harmless."""
        others = {node: pid for node in self.ports if node not in self._watchers and (pid := self.pid(node))}
        for running in self._watchers.values():
            running.terminate()  # it hands the signal on
        for pid in others.values():
            send(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_S
        for node in self._watchers:
            self._end(node, deadline)
        for node, pid in others.items():
            self._see_off(node, pid, deadline)
        self._watchers.clear()
        self._let_go()

    def _hold(self, *, elsewhere: bool) -> None:
        self._held = ports.take_reserved(layout.with_controllers(self.ports)) if elsewhere else reserved(self.ports)
        self.first_port = ports.number(self._held[0])

    def _let_go(self) -> None:
        for held in self._held:
            held.close()
        self._held = []

    def kill(self, node: int) -> None:
        """Kill one broker with -9. Harmless where it does not run."""
        pid = self.pid(node)
        if pid is not None:
            self._see_off(node, pid, 0)
        if node in self._watchers:
            self._end(node, time.monotonic() + KILL_S)
            del self._watchers[node]

    def restart(self, node: int, timeout_s: float = START_S) -> None:
        """Start one broker again, after it ended, and wait until it serves. Raises BrokerError."""
        if pid := self.pid(node):
            raise BrokerError(f"broker {node} runs (process {pid}): stop or kill it before a restart")
        self._command = self._command or self._java(lambda _: None)
        self._bring_up([node], timeout_s)

    def pid(self, node: int) -> int | None:
        """The process id of a broker that runs, as far as it is really ours; None where it does not run."""
        try:
            pid = int((self.home(node) / "pid").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return pid if is_broker(pid, self.home(node)) else None

    def ended(self) -> dict[int, int]:
        """Those of the brokers started by this object that have ended since -> exit status as a shell shows it."""
        return {node: status for node, running in self._watchers.items() if (status := running.poll()) is not None}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    # -- processes ------------------------------------------------------------------------------------------------------------------

    def _java(self, say: Progress) -> list[str]:
        found = java.find()  # before the fetch: who has no Java should not wait for it
        return [found, "-cp", jars.classpath(say)]

    def _bring_up(self, nodes: Iterable[int], timeout_s: float) -> None:
        begun = []
        try:
            for node in nodes:
                begun.append(node)
                self._launch(node)
            for node in begun:
                self._wait(node, timeout_s)
        except BaseException:  # Ctrl-C too: none is left behind
            for node in begun:
                self.kill(node)
            raise

    def _launch(self, node: int) -> None:
        home, log = self.home(node), self.log(node)
        if log.exists():
            log.replace(log.with_name("out.log.1"))
        (home / "pid").unlink(missing_ok=True)
        # Kafka says that it has started under the one logger or the other, by version.
        levels = ["defaultLogLevel=warn", "log.kafka.server.KafkaRaftServer=info", "log.kafka.server.BrokerServer=info"]
        command = [self._command[0], f"-Xmx{self.heap_mb}m", "-XX:+UseSerialGC", *(f"-Dorg.slf4j.simpleLogger.{level}" for level in levels)]
        watch = [sys.executable, "-I", watcher.__file__, str(home / "pid"), str(log), "stay" if self._stay else "pipe"]
        self._watchers[node] = subprocess.Popen(  # noqa: S603
            [*watch, *command, *self._command[1:], "kafka.Kafka", str(home / "server.properties")],
            stdin=subprocess.DEVNULL if self._stay else subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[held.fileno() for held in self._held if ports.number(held) in self._bound_by(node)],
            env=layout.java_environment(),
        )

    def _bound_by(self, node: int) -> list[int]:
        return layout.with_controllers({node: self.ports[node]})

    def _wait(self, node: int, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if STARTED in crash_reason.read(self.log(node)) and not ports.is_free(self.ports[node]):
                return
            if self._watchers[node].poll() is not None:
                raise BrokerError(f"broker {node} ended while it started: {crash_reason.why(self.log(node))}")
            time.sleep(0.05)
        raise BrokerError(f"broker {node} did not start within {timeout_s:.0f} s: {crash_reason.why(self.log(node))}")

    def _end(self, node: int, deadline: float) -> None:
        """See that the watcher of a broker ends, and with it the broker; from the deadline on by force."""
        running = self._watchers[node]
        try:
            running.wait(max(0.05, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pid = self.pid(node)
            running.kill()
            running.wait()
            if pid is not None:
                self._see_off(node, pid, time.monotonic())  # a busy machine takes a moment even for a SIGKILL
        if running.stdin is not None:
            with contextlib.suppress(OSError):
                running.stdin.close()

    def _see_off(self, node: int, pid: int, deadline: float) -> None:
        """Wait until a broker has ended, from the deadline on by force. Raises BrokerError where even that does not help."""
        while is_broker(pid, self.home(node)):
            late = time.monotonic() - deadline
            if late > KILL_S and deadline:
                raise BrokerError(f"broker {node} (process {pid}) does not end, not even by SIGKILL: end it by hand")
            if late > 0:
                send(pid, signal.SIGKILL)
            time.sleep(0.02)
