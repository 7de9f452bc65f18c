"""`makegood dead-letters`: what could not be decided, why, and how to send it again after a repair."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from makegood.cli import current_installation
from makegood.cli.listing import Row, show
from makegood.cli.options import AsJson, Kafka, Prefix
from schemas.traffic import DeadLetter, Fault
from schemas.wording import counted

app = typer.Typer(no_args_is_help=True, help="List, show and replay records that could not be decoded or decided.")

OfFault = Annotated[Fault | None, typer.Option("--fault", help="Only this kind.")]


@app.command("list")
def list_letters(
    kafka: Kafka = None,
    prefix: Prefix = None,
    fault: OfFault = None,
    all_: Annotated[bool, typer.Option("--all", help="Also those that were replayed.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Show so many, the latest last.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List dead letters: id, when, why."""
    from makegood.kafka import dead_letters

    letters, replayed = asyncio.run(dead_letters.read(current_installation.for_asking(kafka=kafka, prefix=prefix)))
    chosen = [one for one in letters.values() if (all_ or one.id not in replayed) and fault in {None, one.fault}]
    if not chosen and not as_json:
        typer.echo("No dead letters: every record was decoded and decided." if not letters else f"None to show; {len(letters)} in all.")
    rows = [_row(one, replayed=one.id in replayed) for one in chosen[-limit:]]
    show(rows, as_json=as_json, ids=("id",), caption="one whole: makegood dead-letters show ID")
    if len(chosen) > limit and not as_json:
        typer.echo(f"{counted(len(chosen) - limit, 'earlier one')} not shown: --limit {len(chosen)} shows all.")


def _row(one: DeadLetter, *, replayed: bool) -> Row:
    received = datetime.fromtimestamp(one.timestamp, UTC)
    return {"id": one.id, "received": received, "fault": one.fault.value, "error": one.error[:100], "replayed": replayed}


@app.command("show")
def show_letter(letter: Annotated[str, typer.Argument(metavar="ID")], kafka: Kafka = None, prefix: Prefix = None) -> None:
    """Show one dead letter whole, with the record as it came."""
    from makegood.kafka import dead_letters
    from schemas.sentences import call

    found, replayed = asyncio.run(dead_letters.one(current_installation.for_asking(kafka=kafka, prefix=prefix), letter))
    typer.echo(f"{found.id}: {call('fault', found.fault.value)}\n{found.error}\n")
    for name, value in found.headers:
        typer.echo(f"header {name}: {value} (base64)")
    typer.echo(dead_letters.body(found))
    whole = dead_letters.why_not_sent(found)
    if found.cut is not None:
        typer.echo(f"\nThis is a part of it: {whole}. The SHA-256 of the whole value is {found.cut.value_sha256}.")
    elif whole:
        typer.echo(f"\nIt cannot be sent again: {whole}.")
    else:
        typer.echo("\nIt was replayed." if replayed else f"\nAfter a repair: makegood dead-letters replay {found.id}")


@app.command("replay")
def replay_letters(
    letters: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every letter that was not replayed yet.")] = False,
    kafka: Kafka = None,
    prefix: Prefix = None,
) -> None:
    """Send letters to their topic again. Each goes out once, however often this is run; one that fails again is a new letter."""
    from makegood.errors import UserError
    from makegood.kafka import dead_letters

    if bool(letters) == all_:
        raise UserError("name the letters to replay, or give --all")
    done = asyncio.run(dead_letters.replay(current_installation.for_asking(kafka=kafka, prefix=prefix), letters))
    before = f" {len(done.before)} had been sent before and were left alone." if done.before and letters else ""
    typer.echo(f"{len(done.sent)} sent again.{before}")
    for letter in done.partial:
        typer.secho(f"not sent: {letter.id}: {dead_letters.why_not_sent(letter)}", fg="yellow", err=True)
