"""What runs in an installation on one machine, where it listens, and how each service is started and asked whether it works."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING

from makegood.config.settings import Settings
from makegood.local.supervisor import Service, probes
from makegood.services import ports
from makegood.services.worker_processes import cores

if TYPE_CHECKING:
    from makegood.local.broker import Cluster

SERVICES = ("worker", "gateway", "handlers", "console")
"""Beside the broker; each may be left out."""
BROKER_STAGE, SERVING_STAGE, CLIENT_STAGE = range(3)
"""Ended from the last to the first."""
BROKER_GRACE_S = 25
CORES_OF_THE_OTHERS = 1
"""Left free of worker processes: broker, gateway, handlers and console run on this machine, too."""


@dataclass(frozen=True)
class Plan:
    """What runs, and where. `settings` hold the ports that were free; `relocated` says which were not.

    `held` are the sockets at these ports, by service: they stay ours while a service is down, so that nobody else gets its port. Those of the
    broker only reserve its ports, for Kafka binds them itself.
    """

    settings: Settings
    embedded: bool
    services: tuple[str, ...] = SERVICES
    relocated: tuple[str, ...] = ()
    working_directory: Path = field(default_factory=Path.cwd)
    """Where the services run: what their makegood.toml says holds for all."""
    held: Mapping[str, tuple[socket, ...]] = field(default_factory=dict, repr=False)

    @property
    def directory(self) -> Path:
        """Where everything of this installation lies."""
        return self.settings.directory.absolute()

    @property
    def board(self) -> str:
        """The address that people open."""
        return f"http://{reachable(self.settings.console.host)}:{self.settings.console.port}"

    @property
    def gateway(self) -> str:
        """The address that systems write to."""
        return f"http://{reachable(self.settings.gateway.host)}:{self.settings.gateway.port}"

    @property
    def cluster(self) -> Cluster:
        """The embedded broker, as it was made, at the port where it is now."""
        from makegood.local.broker import Cluster

        made = _made(self.settings)
        return Cluster(made.directory, made.brokers, int(self.settings.kafka.partition(",")[0].rpartition(":")[2]), made.heap_mb)

    def let_go(self) -> None:
        """Give the ports back."""
        for held in (one for sockets in self.held.values() for one in sockets):
            held.close()


def reachable(host: str) -> str:
    """An address of this machine for a host to listen at."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104


def plan(settings: Settings, *, embedded: bool, services: tuple[str, ...] = SERVICES, working_directory: Path | None = None) -> Plan:
    """Take a free port for each service, and hold it. Raises UserError where there is none."""
    held: dict[str, tuple[socket, ...]] = {}
    relocated: list[str] = []
    changed: dict[str, object] = {}
    if embedded:
        held["broker"], changed["kafka"] = _place_broker(_made(settings), relocated)
        changed["kafka_security"] = "PLAINTEXT"
    for name in (name for name in SERVICES if name in services):
        host, wanted = where(settings, name)
        taken = ports.take(wanted, host)
        port, held[name] = ports.number(taken), (taken,)
        if wanted not in {0, port}:
            relocated.append(elsewhere(wanted, "the worker's health page" if name == "worker" else f"the {name}", port))
        changed |= _at_port(settings, name, port)
    return Plan(settings.model_copy(update=changed), embedded, services, tuple(relocated), working_directory or Path.cwd(), held)


def where(settings: Settings, name: str) -> tuple[str, int]:
    """Host and port at which a service listens, or answers how it is."""
    return {
        "worker": (settings.health_host, settings.health_port),
        "gateway": (settings.gateway.host, settings.gateway.port),
        "handlers": (settings.handlers.health_host, settings.handlers.health_port),
        "console": (settings.console.host, settings.console.port),
    }[name]


def _at_port(settings: Settings, name: str, port: int) -> dict[str, object]:
    if name == "worker":
        return {"health_port": port}
    section = getattr(settings, name)
    return {name: section.model_copy(update={"health_port" if name == "handlers" else "port": port})}


def elsewhere(wanted: int, who: str, port: int) -> str:
    """What is said of a port that is not to be had."""
    return f"port {wanted} is taken by another process: {who} takes {port}"


def _made(settings: Settings) -> Cluster:
    from makegood.local.broker import Cluster

    return Cluster.made_in(settings.directory / "kafka") or Cluster(settings.directory / "kafka")


def _place_broker(wanted: Cluster, relocated: list[str]) -> tuple[tuple[socket, ...], str]:
    """Reserve the ports of the broker, or other ones: the sockets, and where clients find it."""
    from makegood.local.broker import Cluster, layout

    held = ports.take_reserved(layout.with_controllers(wanted.ports))
    there = Cluster(wanted.directory, wanted.brokers, ports.number(held[0]), wanted.heap_mb)
    if there.first_port != wanted.first_port:
        relocated.append(elsewhere(wanted.first_port, "the broker", there.first_port))
    return tuple(held), there.bootstrap


def relocated_broker(chosen: Plan) -> Plan:
    """The same, with the broker at other ports where somebody else has got one of its own. Raises UserError where there are no others."""
    cluster = chosen.cluster
    if any(cluster.pid(node) for node in cluster.ports) or _all_free(ports.number(held) for held in chosen.held["broker"]):
        return chosen
    for held in chosen.held["broker"]:
        held.close()
    relocated: list[str] = []
    taken, kafka = _place_broker(cluster, relocated)
    settings = chosen.settings.model_copy(update={"kafka": kafka})
    return replace(chosen, settings=settings, relocated=tuple(relocated), held={**chosen.held, "broker": taken})


def _all_free(numbers: Iterable[int]) -> bool:
    return all(map(ports.is_free, numbers))


# -- services --------------------------------------------------------------------------------------------------------------------------


def command(*words: str) -> tuple[str, ...]:
    """A command of makegood as a process of its own. -P: what lies in the working directory is not taken for our code."""
    return (sys.executable, "-P", "-m", "makegood.cli", *words)


def environment(chosen: Plan) -> dict[str, str]:
    """What is added to the environment of every service; the rest it finds in makegood.toml and in our environment, as we did."""
    given = chosen.settings
    return {
        "MAKEGOOD_KAFKA": given.kafka,
        "MAKEGOOD_KAFKA_SECURITY": given.kafka_security,
        "MAKEGOOD_PREFIX": given.prefix,
        "MAKEGOOD_GROUP": given.group,
        "MAKEGOOD_DIRECTORY": str(chosen.directory),
        "MAKEGOOD_HEALTH_PORT": str(given.health_port),
        "MAKEGOOD_INSTANCE": given.instance or "up-1",
        "MAKEGOOD_PROCESSES": str(given.processes or max(1, cores() - CORES_OF_THE_OTHERS)),
        "MAKEGOOD_GATEWAY__PORT": str(given.gateway.port),
        "MAKEGOOD_HANDLERS__HEALTH_PORT": str(given.handlers.health_port),
        "MAKEGOOD_HANDLERS__CONSOLE_URL": _console_url(chosen),
        "MAKEGOOD_CONSOLE__PORT": str(given.console.port),
    }


def _console_url(chosen: Plan) -> str:
    handlers = chosen.settings.handlers
    return handlers.console_url if "console_url" in handlers.model_fields_set else chosen.board


def broker(chosen: Plan) -> Service:
    """Apache Kafka, embedded."""
    cluster = chosen.cluster
    probe = probes.of_kafka(chosen.settings.connection, lambda: cluster.id)
    words = command("broker", "up", "--dir", str(cluster.directory), "--port", str(cluster.first_port))
    held = chosen.held.get("broker", ())
    return Service("broker", words, chosen.working_directory, probe=probe, stage=BROKER_STAGE, grace_s=BROKER_GRACE_S, sockets=held)


def service(chosen: Plan, name: str, more: Mapping[str, str] | None = None) -> Service:
    """One of SERVICES."""
    host, port = where(chosen.settings, name)
    probe = probes.over_http(reachable(host).strip("[]"), port)
    given_environment = environment(chosen) | dict(more or {})
    return Service(
        name, command(name), chosen.working_directory, given_environment, probe, SERVING_STAGE, sockets=chosen.held.get(name, ())
    )
