"""`makegood up` and `makegood demo`: everything on one machine, mended when it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from makegood.errors import UserError

Directory = Annotated[Path | None, typer.Option("--dir", help="Where everything of it lies. [default: .makegood]")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("up")(up)


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


def _parts(without: list[str]) -> tuple[str, ...]:
    from makegood.installation import PARTS

    if unknown := [name for name in without if name not in PARTS]:
        raise UserError(f"there is no part {unknown[0]}: --without takes one of {', '.join(PARTS)}")
    return tuple(name for name in PARTS if name not in without)
