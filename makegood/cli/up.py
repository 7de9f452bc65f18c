"""`makegood up` and `makegood demo`: everything on one machine, mended when it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from makegood.cli.options import UseCluster
from makegood.cli.simulate import simulate
from makegood.errors import UserError
from makegood.local.simulator import SEED

Directory = Annotated[Path | None, typer.Option("--dir", help="Where everything of it lies. [default: .makegood]")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("up")(up)
    app.command("demo")(demo)
    app.command("simulate")(simulate)


def up(
    kafka: UseCluster = None,
    directory: Directory = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="PART", help="Leave a part out: worker, gateway, handlers or console.")
    ] = None,
    accept_cluster: Annotated[
        bool, typer.Option("--accept-cluster", help="Another Kafka cluster than before is meant: from now on DIR belongs to it.")
    ] = False,
) -> None:
    """Start everything on this machine: broker, topics, worker, gateway, handlers, console. Ctrl-C ends it.

    Each part is a process of its own, logged to DIR/logs, and started again when it ends. A port that is taken is told, and the next
    free one used. The data lies in DIR and survives.
    """
    from makegood.config import settings
    from makegood.local import demo_directory, extra, installation
    from makegood.local import up as run

    extra.require()
    given = settings.load(kafka=kafka, directory=directory)
    parts = _parts(without or [])
    demo_directory.refuse_real_use(given.directory)
    claim = run.claimed(given.directory, typer.echo, "use it with --kafka {}, or ")
    try:
        chosen = installation.plan(given, embedded="kafka" not in given.model_fields_set, services=parts)
        run.run(run.Installation(chosen, claim, typer.echo, accept=accept_cluster), run.start_all)
    finally:
        claim.release()


def demo(
    directory: Annotated[Path, typer.Option("--dir", help="Where everything of it lies.")] = Path(".makegood/demo"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Erase the demo that lies there, and begin anew.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --fresh: do not ask.")] = False,
    seed: Annotated[int | None, typer.Option(help=f"Another number, another company. [default: {SEED}, or as before]")] = None,
) -> None:
    """Watch Makegood work: everything of `makegood up`, and a made-up company with eight weeks of history that lives on before your eyes.

    Nothing leaves this machine: what would be sent to people is shown on a page. Your makegood.toml and MAKEGOOD_ variables are not
    read. Ctrl-C ends it; started again it goes on, and erases nothing.
    """
    from makegood.local import demo as show
    from makegood.local import demo_directory, extra
    from makegood.local import up as run

    extra.require()
    directory = directory.absolute()
    there = demo_directory.check(directory, fresh=fresh)
    if there and fresh and not yes:
        _confirm(directory)
    _forget_environment()
    claim = run.claimed(directory, typer.echo)
    try:
        if left := demo_directory.prepare(directory, fresh=fresh):
            typer.echo(f"left alone in {directory}, for no demo made it: {', '.join(left)}")
        made = show.configure(directory, seed)
        if there and not fresh:
            typer.echo(f"the demo in {directory} goes on where it was; `makegood demo --fresh` begins anew, and erases this one")
        run.run(run.Installation(made.plan, claim, typer.echo, remedy=show.REMEDY), lambda installation: show.story(installation, made))
    finally:
        claim.release()


def _confirm(directory: Path) -> None:
    """Nothing is erased without a word. Raises UserError where nobody can be asked, or says no."""
    import sys

    if not sys.stdin.isatty():
        raise UserError(f"--fresh erases the demo in {directory}, and there is nobody to ask: give --yes too")
    if not typer.confirm(f"Erase the demo in {directory}: its board, its history, its users?"):
        raise UserError("nothing was erased; without --fresh the demo goes on where it was")


def _forget_environment() -> None:
    """A demo must not touch what the user has set up for real."""
    import os

    for name in [name for name in os.environ if name.startswith("MAKEGOOD_")]:
        del os.environ[name]


def _parts(without: list[str]) -> tuple[str, ...]:
    from makegood.local.installation import SERVICES

    if unknown := [name for name in without if name not in SERVICES]:
        raise UserError(f"there is no part {unknown[0]}: --without takes one of {', '.join(SERVICES)}")
    return tuple(name for name in SERVICES if name not in without)
