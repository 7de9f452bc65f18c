"""`makegood worker`: the process that decides."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from makegood.cli.options import Group, Kafka, LogLevel, Prefix

Instance = Annotated[str | None, typer.Option(help="A name that outlives a restart: the worker then gets its partitions back at once.")]
Processes = Annotated[
    int | None, typer.Option(min=1, help="Workers to run side by side, each in a process of its own. [default: one for each core]")
]
Store = Annotated[Literal["memory", "rocksdb"] | None, typer.Option(help="Where the state is kept. [default: memory]")]
Directory = Annotated[Path | None, typer.Option("--dir", help="For the RocksDB store. [default: .makegood]")]
PolicyFile = Annotated[Path | None, typer.Option(help="Policy file of a new installation. [default: the built-in policy]")]
Clock = Annotated[Literal["wall", "events"] | None, typer.Option(help="What deadlines follow; `events` for history. [default: wall]")]
AcceptGap = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TOPIC-PARTITION", help="Go on behind a hole in the input that stopped the worker, as feedback-3; the journal says so."
    ),
]
HealthPort = Annotated[int | None, typer.Option(help="/livez, /readyz, /metrics; 0 takes a free one. [default: 6066]")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("worker")(worker)


def worker(
    kafka: Kafka = None,
    prefix: Prefix = None,
    group: Group = None,
    instance: Instance = None,
    processes: Processes = None,
    store: Store = None,
    directory: Directory = None,
    policy: PolicyFile = None,
    clock: Clock = None,
    accept_gap: AcceptGap = None,
    health_port: HealthPort = None,
    log_level: LogLevel = None,
) -> None:
    """Run a worker: read events, decide, write tasks, alerts and notices. Start several to share the partitions."""
    from makegood.cli import current_installation
    from makegood.services import worker as service

    given = current_installation.load(
        kafka=kafka,
        prefix=prefix,
        group=group,
        instance=instance,
        processes=processes,
        store=store,
        directory=directory,
        policy=policy,
        clock=clock,
        accept_gap=tuple(accept_gap) if accept_gap else None,
        health_port=health_port,
        log_level=log_level,
    )
    service.run(given)
