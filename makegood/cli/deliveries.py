"""`makegood deliveries`: the delivery ledger: which notice went where, what became of it, and another try."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from makegood.cli.listing import Row, show
from makegood.cli.options import AsJson

app = typer.Typer(no_args_is_help=True, help="Look into the delivery ledger, and try again what was not delivered.")

Directory = Annotated[Path | None, typer.Option("--dir", help="Where the ledger lies without a database_url. [default: .makegood]")]
State = Literal["pending", "attempting", "delivered", "refused", "given_up", "unrouted", "suppressed"]
_MOST_SHOWN = 1000
"""Characters of a cell: what came from outside is shown, not poured out."""


@app.command("list")
def list_deliveries(
    state: Annotated[State | None, typer.Option("--state", help="Only what stands so.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show so many, those that changed last.")] = 50,
    directory: Directory = None,
    as_json: AsJson = False,
) -> None:
    """Show the ledger: which notice went where, and what became of it."""
    from handlers.tables import State as Standing
    from makegood.cli import current_installation
    from makegood.services import deliveries_admin

    given = current_installation.for_asking(needs_kafka=False, directory=directory)
    lines, counts = asyncio.run(deliveries_admin.ledger_lines(given, [Standing(state)] if state else [], limit))
    show([_row(line) for line in lines], as_json=as_json, ids=("notice",))
    if as_json:
        return
    if not counts:
        typer.echo("The ledger is empty: no notice has come yet.")
        return
    typer.echo("In all: " + ", ".join(f"{count:,} {stands.value}" for stands, count in sorted(counts.items())) + ".")


def _row(line: object) -> Row:
    from handlers.ledger_queries import Line
    from handlers.sanitize import plain

    assert isinstance(line, Line)
    return {
        "notice": plain(line.notice, _MOST_SHOWN),
        "priority": line.priority,
        "destination": plain(line.destination, _MOST_SHOWN),
        "state": line.state,
        "attempts": line.attempts,
        "since": _time(line.changed_at),
        "next_try": _time(line.next_at) if line.state == "pending" else None,
        "detail": plain(line.detail, _MOST_SHOWN),
    }


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


@app.command("retry")
def retry(
    notices: Annotated[list[str], typer.Argument(metavar="NOTICE...", help="Ids as `makegood deliveries list` shows them.")],
    directory: Directory = None,
) -> None:
    """Try notices again where they were not delivered; those without a destination go where their route leads now."""
    from makegood.cli import current_installation
    from makegood.services import deliveries_admin

    given = current_installation.for_asking(needs_kafka=False, directory=directory)
    for notice, redelivered in asyncio.run(deliveries_admin.try_again(given, notices)).items():
        goes = (*redelivered.again, *redelivered.added)
        has = f" {', '.join(redelivered.delivered)} had it already and does not get it twice." if redelivered.delivered else ""
        if redelivered.untrue:
            typer.echo(f"{notice} is not sent: {redelivered.untrue}.{has}")
            continue
        says = f"is tried again now by the handlers that run: {', '.join(goes)}." if goes else "goes nowhere: no route leads anywhere else."
        typer.echo(f"{notice} {says}{has}")
