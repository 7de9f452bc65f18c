"""`makegood fit`: parameters of the judgement from the company's own history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from makegood.cli.options import Kafka, Prefix
from makegood.cli.replay import FormatName
from makegood.errors import UserError
from schemas.wording import counted

if TYPE_CHECKING:
    from makegood.fit.purchase_days import PurchaseDays
    from makegood.fit.silence import Fit

app = typer.Typer(no_args_is_help=True, help="Fit the judgement to your own customers.")
DAY = 86_400
Say = Callable[[str], None]


@app.callback()
def _group() -> None:
    """Fit the judgement to your own customers."""


@app.command()
def silence(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE...]", help="A history of purchases. [default: what the topics hold]")
    ] = None,
    form: Annotated[FormatName, typer.Option("--format", help="What the files are.")] = FormatName("jsonl"),  # noqa: B008  an enum
    zone_name: Annotated[str | None, typer.Option("--zone", help="The time zone of local times. [default: by format]")] = None,
    horizon: Annotated[float, typer.Option(min=1, max=3650, help="Chances are of the next so many days.")] = 60,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Nothing from this day on. [default: the day after the last purchase]")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write a policy file there. [default: print what to paste into yours]")] = None,
    kafka: Kafka = None,
    prefix: Prefix = None,
) -> None:
    """How your customers buy and leave, found in their purchases: the rhythm against which silence is judged.

    What comes out is a part of the policy: put it into your policy file, then `makegood policy check` and `makegood policy apply`.
    """
    from makegood.fit.silence import fit

    if out is not None and out.exists():
        raise UserError(f"{out} is there already: choose another name")
    with _working() as say:
        days = _of_files(files, form, zone_name, say) if files else _of_topics(kafka, prefix, say)
        end = int(until.replace(tzinfo=UTC).timestamp()) // DAY if until is not None else days.last_day + 1
        found = fit(days.before(end), end, horizon, lambda k, likelihood: say(f"regularity {k}: log-likelihood {likelihood:,.1f}"))
    text = _policy(found, end, days.first_day)
    if out is None:
        typer.echo(text)
        return
    out.write_text(f'version = "rhythm-{_day(end)}"\n\n{text}\n', "utf-8")
    typer.echo(f"written: {out}, a policy of its own; look it over, then: makegood policy apply {out}")


def _of_files(files: list[Path], form: FormatName, zone_name: str | None, say: Say) -> PurchaseDays:
    from makegood.fit.history import from_records
    from makegood.replay.histories import FORMATS, check
    from makegood.replay.histories.records import Meter, zone

    check(form.value, files)
    meter, chosen = Meter(total=sum(path.stat().st_size for path in files)), FORMATS[form.value]
    records = chosen.read(files, zone(zone_name or chosen.zone), meter)
    days = from_records((record.value for record in records), lambda count: say(f"read {count:,} facts, {meter.done / meter.total:.0%}"))
    if meter.skipped:
        typer.echo(f"left out as no fact: {counted(meter.skipped, 'row')}; the first: {meter.first_skipped}", err=True)
    return days


def _of_topics(kafka: str | None, prefix: str | None, say: Say) -> PurchaseDays:
    from makegood.cli import current_installation
    from makegood.fit.history import from_topics

    given = current_installation.for_asking(kafka=kafka, prefix=prefix)
    return asyncio.run(from_topics(given, lambda count: say(f"read {count:,} facts")))


@contextmanager
def _working() -> Iterator[Say]:
    """Says what is done now: in one line that moves on a terminal, in a line each anywhere else."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda line: typer.echo(line, err=True)
        return
    with console.status("reading") as status:
        yield status.update


def _policy(found: Fit, end: int, first_day: int) -> str:
    """The tables of the policy file, with what they rest on."""
    from makegood.fit.silence import rhythm_of

    outcomes = f"{counted(found.outcomes, 'outcome')} of past weeks" if found.outcomes else "the usual back and odds: too few outcomes"
    who = f"{counted(found.customers, 'customer')}, of whom {found.repeats:,} bought on several days"
    lines = [
        f"# Fitted to {who}, {_day(first_day)} to {_day(end - 1)}, and to {outcomes}.",
        "[churn.silence]",
        f"horizon_days = {found.horizon_days:g}",
        "",
        "[churn.silence.rhythm]",
        *(f"{name} = {value:g}" for name, value in rhythm_of(found).model_dump().items()),
    ]
    return "\n".join(lines)


def _day(number: int) -> date:
    return datetime.fromtimestamp(number * DAY, UTC).date()
