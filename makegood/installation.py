"""What runs in an installation on one machine, where it listens, and how each part is started and asked whether it is well."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from makegood.settings import Settings
from makegood.supervisor import Part, ports, probes

PARTS = ("worker", "gateway", "handlers", "console")
"""Beside the broker; each may be left out."""
BROKER_STAGE, SERVING_STAGE, LIVING_STAGE = range(3)
"""Ended from the last to the first."""
BROKER_GRACE_S = 25


@dataclass(frozen=True)
class Plan:
    """What runs, and where. `settings` hold the ports that were free; `moved` says which were not."""

    settings: Settings
    embedded: bool
    parts: tuple[str, ...] = PARTS
    moved: tuple[str, ...] = ()
    working_directory: Path = field(default_factory=Path.cwd)
    """Where the parts run: what their makegood.toml says holds for all."""

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


def reachable(host: str) -> str:
    """An address of this machine for a host to listen at."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104


def plan(settings: Settings, *, embedded: bool, parts: tuple[str, ...] = PARTS, working_directory: Path | None = None) -> Plan:
    """Find a free port for each part. Raises UserError where there is none."""
    taken: set[int] = set()
    given, moved = settings, []

    def place(name: str, wanted: int, host: str, span: int = 1) -> int:
        port = ports.take(wanted, taken, host=host, span=span)
        if wanted not in {0, port}:
            moved.append(f"port {wanted} is taken by another process: {name} takes {port}")
        return port

    changed: dict[str, object] = {}
    if embedded:
        changed |= {"kafka": f"127.0.0.1:{place('the broker', _broker_port(given), '127.0.0.1', 2)}", "kafka_security": "PLAINTEXT"}
    if "worker" in parts:
        changed["health_port"] = place("the worker's health page", given.health_port, given.health_host)
    for name, attribute, host, port in (
        ("gateway", "gateway", "host", "port"),
        ("handlers", "handlers", "health_host", "health_port"),
        ("console", "console", "host", "port"),
    ):
        if name in parts:
            section = getattr(given, attribute)
            chosen = place(f"the {name}", getattr(section, port), getattr(section, host))
            changed[attribute] = section.model_copy(update={port: chosen})
    return Plan(given.model_copy(update=changed), embedded, parts, tuple(moved), working_directory or Path.cwd())


def _broker_port(settings: Settings) -> int:
    from makegood.broker import Cluster

    made = Cluster.made_in(settings.directory / "kafka")
    return made.first_port if made is not None else Cluster(settings.directory / "kafka").first_port


# -- parts --------------------------------------------------------------------------------------------------------------------------


def command(*words: str) -> tuple[str, ...]:
    """A command of makegood as a process of its own. -P: what lies in the working directory is not taken for our code."""
    return (sys.executable, "-P", "-m", "makegood.cli", *words)


def environment(chosen: Plan) -> dict[str, str]:
    """What every part is told; the rest it finds in makegood.toml and in our environment, as we did."""
    given = chosen.settings
    return {
        "MAKEGOOD_KAFKA": given.kafka,
        "MAKEGOOD_KAFKA_SECURITY": given.kafka_security,
        "MAKEGOOD_PREFIX": given.prefix,
        "MAKEGOOD_GROUP": given.group,
        "MAKEGOOD_DIRECTORY": str(chosen.directory),
        "MAKEGOOD_HEALTH_PORT": str(given.health_port),
        "MAKEGOOD_INSTANCE": given.instance or "up-1",
        "MAKEGOOD_GATEWAY__PORT": str(given.gateway.port),
        "MAKEGOOD_HANDLERS__HEALTH_PORT": str(given.handlers.health_port),
        "MAKEGOOD_HANDLERS__CONSOLE_URL": _console_url(chosen),
        "MAKEGOOD_CONSOLE__PORT": str(given.console.port),
    }


def _console_url(chosen: Plan) -> str:
    handlers = chosen.settings.handlers
    return handlers.console_url if "console_url" in handlers.model_fields_set else chosen.board


def broker(chosen: Plan) -> Part:
    """Apache Kafka, embedded."""
    where = str(chosen.directory / "kafka")
    port = chosen.settings.kafka.rpartition(":")[2]
    probe = probes.of_kafka(chosen.settings.connection)
    words = command("broker", "up", "--dir", where, "--port", port)
    return Part("broker", words, chosen.working_directory, probe=probe, stage=BROKER_STAGE, grace_s=BROKER_GRACE_S)


def part(chosen: Plan, name: str, more: Mapping[str, str] | None = None) -> Part:
    """One of PARTS."""
    given = chosen.settings
    host, port = {
        "worker": (given.health_host, given.health_port),
        "gateway": (given.gateway.host, given.gateway.port),
        "handlers": (given.handlers.health_host, given.handlers.health_port),
        "console": (given.console.host, given.console.port),
    }[name]
    return Part(
        name,
        command(name),
        chosen.working_directory,
        environment(chosen) | dict(more or {}),
        probes.over_http(reachable(host).strip("[]"), port),
        SERVING_STAGE,
    )
