"""The command line. Every command says what it did; a mistake of the user is one clear sentence and a non-zero exit."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from makegood import private
from makegood.errors import UserError

app = typer.Typer(
    name="makegood",
    no_args_is_help=True,
    rich_markup_mode="markdown",  # in rich markup [default: x] would be a tag, and vanish
    pretty_exceptions_enable=False,
    help="Makegood hears what customers say and do, and makes good on it: recovery tasks and churn alerts, exactly once.",
    epilog="Start: makegood demo, everything with a made-up company; makegood up, the same for yours. Without Kafka: makegood replay --offline.",
)

SUB_APPS = {
    "broker": "makegood.cli_broker",
    "topics": "makegood.cli_topics",
    "policy": "makegood.cli_policy",
    "dead-letters": "makegood.cli_dead_letters",
    "schemas": "makegood.cli_schemas",
}

COMMANDS = ("makegood.cli_up", "makegood.cli_gateway", "makegood.cli_handlers", "makegood.cli_console", "makegood.cli_replay")
"""Modules that add commands of their own by `register(app)`."""

Kafka = Annotated[str | None, typer.Option("--kafka", metavar="HOST:PORT", help="Where the brokers are. [default: 127.0.0.1:19092]")]
Prefix = Annotated[str | None, typer.Option("--prefix", help="What the name of each topic starts with. [default: makegood.]")]


@app.command("worker")
def worker_command(
    kafka: Kafka = None,
    prefix: Prefix = None,
    group: Annotated[str | None, typer.Option(help="The consumer group: one per installation. [default: makegood]")] = None,
    instance: Annotated[
        str | None, typer.Option(help="A name that outlives a restart: the worker then gets its partitions back at once.")
    ] = None,
    store: Annotated[Literal["memory", "rocksdb"] | None, typer.Option(help="Where the state is kept. [default: memory]")] = None,
    directory: Annotated[Path | None, typer.Option("--dir", help="For the RocksDB store. [default: .makegood]")] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file of a new installation. [default: the built-in policy]")] = None,
    clock: Annotated[
        Literal["wall", "events"] | None, typer.Option(help="What deadlines follow; `events` for history. [default: wall]")
    ] = None,
    health_port: Annotated[int | None, typer.Option(help="/livez, /readyz, /metrics; 0 takes a free one. [default: 6066]")] = None,
    log_level: Annotated[Literal["debug", "info", "warning", "error"] | None, typer.Option(help="[default: info]")] = None,
) -> None:
    """Run a worker: read events, decide, write tasks, alerts and notices. Start several to share the partitions."""
    from makegood import settings, worker

    worker.run(
        settings.load(
            kafka=kafka,
            prefix=prefix,
            group=group,
            instance=instance,
            store=store,
            directory=directory,
            policy=policy,
            clock=clock,
            health_port=health_port,
            log_level=log_level,
        )
    )


@app.command("doctor")
def doctor_command(kafka: Kafka = None, prefix: Prefix = None) -> None:
    """Look at the whole set-up and say, in sentences, what is wrong with it and what to do."""
    from makegood import doctor, settings

    if not doctor.report(settings.load(kafka=kafka, prefix=prefix)):
        raise typer.Exit(1)


def _mount() -> None:
    for name, module in SUB_APPS.items():
        app.add_typer(importlib.import_module(module).app, name=name)
    for module in COMMANDS:
        importlib.import_module(module).register(app)


def main() -> None:
    """Entry point of the `makegood` command."""
    _mount()
    private.from_now_on()
    try:
        app()
    except UserError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        _fail("interrupted", 130)


def _fail(message: str, status: int = 1) -> Any:
    sys.stderr.write(f"makegood: {message}\n")
    sys.exit(status)


if __name__ == "__main__":
    main()
