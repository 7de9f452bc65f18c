"""The command line. Every command says what it did; a mistake of the user is one clear sentence and a non-zero exit."""

from __future__ import annotations

import importlib
import itertools
import platform
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, Any

import typer

from makegood.cli.options import AsJson, Kafka, Prefix
from makegood.config import private_files
from makegood.errors import UserError
from makegood.services import event_loop

app = typer.Typer(
    name="makegood",
    no_args_is_help=True,
    rich_markup_mode="markdown",  # in rich markup [default: x] would be a tag, and vanish
    pretty_exceptions_enable=False,
    help="Makegood hears what customers say and do, and makes good on it: recovery tasks and churn alerts, exactly once.",
    epilog="Start: makegood demo, everything with a made-up company; makegood up, the same for yours. Without Kafka: makegood replay --offline.",
)

SUB_APPS = {
    "broker": "makegood.cli.broker",
    "topics": "makegood.cli.topics",
    "policy": "makegood.cli.policy",
    "fit": "makegood.cli.fit",
    "dead-letters": "makegood.cli.dead_letters",
    "deliveries": "makegood.cli.deliveries",
    "api-keys": "makegood.cli.api_keys",
    "schemas": "makegood.cli.schemas",
}

COMMANDS = {
    "makegood.cli.worker": ("worker",),
    "makegood.cli.up": ("up", "demo", "simulate"),
    "makegood.cli.gateway": ("gateway",),
    "makegood.cli.handlers": ("handlers", "sink"),
    "makegood.cli.console": ("console",),
    "makegood.cli.replay": ("replay",),
}
"""Modules that add commands of their own by `register(app)`, and which."""


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"makegood {metadata.version('makegood')} (Python {platform.python_version()})")
        raise typer.Exit


@app.callback()
def _every_command(
    version: Annotated[
        bool, typer.Option("--version", help="Say which Makegood this is, and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Makegood hears what customers say and do, and makes good on it: recovery tasks and churn alerts, exactly once."""


@app.command("doctor")
def doctor_command(kafka: Kafka = None, prefix: Prefix = None, as_json: AsJson = False) -> None:
    """Look at the whole set-up and say, in sentences, what is wrong with it and what to do."""
    from makegood import doctor
    from makegood.cli import current_installation
    from makegood.local.broker import java

    try:
        given, nothing = current_installation.for_asking(kafka=kafka, prefix=prefix), None
    except current_installation.NothingRuns as error:
        given, nothing = error.given, error
    if not doctor.report(given, nothing, java.find, as_json=as_json):
        raise typer.Exit(1)


def mount(words: Sequence[str]) -> None:
    """Add the command that the words begin with, or all of them where that is none: to import a part that is not asked for takes its time."""
    own = {command.name for command in app.registered_commands}
    every = {*own, *SUB_APPS, *itertools.chain(*COMMANDS.values())}
    asked = {words[0]} if words and words[0] in every else every
    for name, module in SUB_APPS.items():
        if name in asked:
            app.add_typer(importlib.import_module(module).app, name=name)
    for module, names in COMMANDS.items():
        if asked.intersection(names):
            importlib.import_module(module).register(app)


def main() -> None:
    """Entry point of the `makegood` command."""
    event_loop.collect_rarely()
    mount(sys.argv[1:])
    private_files.from_now_on()
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
