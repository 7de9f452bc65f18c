"""`makegood up` and `makegood demo`: everything on one machine, mended when it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from makegood.cli_simulate import SEED, simulate
from makegood.errors import UserError

Directory = Annotated[Path | None, typer.Option("--dir", help="Where everything of it lies. [default: .makegood]")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("up")(up)
    app.command("demo")(demo)
    app.command("simulate")(simulate)


def up(
    kafka: Annotated[
        str | None,
        typer.Option("--kafka", metavar="HOST:PORT", help="Use this cluster (SASL and TLS by the settings), start no broker."),
    ] = None,
    directory: Directory = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="PART", help="Leave a part out: worker, gateway, handlers or console.")
    ] = None,
) -> None:
    """Start everything on this machine: broker, topics, worker, gateway, handlers, console. Ctrl-C ends it.

    Each part is a process of its own, logged to DIR/logs, and started again when it ends. A port that is taken is told, and the next
    free one used. The data lies in DIR and survives.
    """
    from makegood import installation, settings
    from makegood import up as run

    given = settings.load(kafka=kafka, directory=directory)
    parts = _parts(without or [])
    claim = run.claimed(given.directory, typer.echo)
    try:
        chosen = installation.plan(given, embedded="kafka" not in given.model_fields_set, parts=parts)
        run.run(chosen, claim, run.standing, typer.echo)
    finally:
        claim.release()


def demo(
    directory: Annotated[Path, typer.Option("--dir", help="Where everything of it lies.")] = Path(".makegood/demo"),
    keep: Annotated[bool, typer.Option("--keep", help="Go on where the last demo ended, instead of afresh.")] = False,
    seed: Annotated[int, typer.Option(help="Another number, another company.")] = SEED,
) -> None:
    """Watch Makegood work: everything of `makegood up`, and a made-up company with eight weeks of history that lives on before your eyes.

    Nothing leaves this machine: what would be sent to people is shown on a page. Your makegood.toml and MAKEGOOD_ variables are not
    read. Ctrl-C ends it.
    """
    from makegood import demo as show
    from makegood import up as run

    directory = directory.absolute()
    _forget_environment()
    claim = run.claimed(directory, typer.echo)
    try:
        fresh = show.prepare(directory, keep=keep)
        made = show.configure(directory, seed)
        run.run(made.plan, claim, lambda house: show.story(house, made, history=fresh), typer.echo)
    finally:
        claim.release()


def _forget_environment() -> None:
    """A demo must not touch what the user has set up for real."""
    import os

    for name in [name for name in os.environ if name.startswith("MAKEGOOD_")]:
        del os.environ[name]


def _parts(without: list[str]) -> tuple[str, ...]:
    from makegood.installation import PARTS

    if unknown := [name for name in without if name not in PARTS]:
        raise UserError(f"there is no part {unknown[0]}: --without takes one of {', '.join(PARTS)}")
    return tuple(name for name in PARTS if name not in without)
