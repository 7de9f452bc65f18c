"""`makegood fit`: parameters of the judgement from the company's own history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from makegood.cli.options import Kafka, Prefix
from makegood.cli.replay import FormatName
from makegood.errors import UserError
from schemas.wording import counted

if TYPE_CHECKING:
    from makegood.fit.chance import Fit as Weighed
    from makegood.fit.purchase_days import PurchaseDays
    from makegood.fit.silence import Fit
    from makegood.kafka.input_records import InputRecord
    from makegood.replay.histories.records import Meter

app = typer.Typer(no_args_is_help=True, help="Fit the judgement to your own customers.")
DAY = 86_400
CLOSE = 0.01
"""AUCs that differ by less say the same."""
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
    _write(_policy(found, end, days.first_day), f"rhythm-{_day(end)}", out)


@app.command()
def chance(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="A history of facts.")],
    form: Annotated[FormatName, typer.Option("--format", help="What the files are.")] = FormatName("jsonl"),  # noqa: B008  an enum
    zone_name: Annotated[str | None, typer.Option("--zone", help="The time zone of local times. [default: by format]")] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Who left and when: a CSV file of customer_id and left_at. [default: who went silent against their own rhythm]"),
    ] = None,
    policy_path: Annotated[Path | None, typer.Option("--policy", help="Signs and horizon are those of this policy file.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write a policy file there. [default: print what to paste into yours]")] = None,
) -> None:
    """How much each sign of leaving weighs, learnt from who left: a logistic regression, beside the noisy-or on customers held out.

    What comes out is a part of the policy: put it into your policy file, then `makegood policy check` and `makegood policy apply`.
    """
    from makegood.config import policy_file
    from makegood.fit.chance import fit
    from makegood.fit.moments import labels_of, moments
    from makegood.replay.histories.records import Meter

    if out is not None and out.exists():
        raise UserError(f"{out} is there already: choose another name")
    policy, known = policy_file.load(policy_path), labels_of(labels) if labels is not None else None
    with _working() as say:
        records = _records(files, form, zone_name, Meter())
        found = fit(moments(records, policy, known, lambda count: say(f"decided {count:,} facts"), partial(typer.echo, err=True)))
    typer.echo(_judged(found), err=True)
    _write(_weights(found, policy.churn.silence.horizon_days), f"weights-{found.moments}", out)


def _records(files: list[Path], form: FormatName, zone_name: str | None, meter: Meter) -> Iterator[InputRecord]:
    """The facts of a history; what is none is left out, with a word at the end."""
    from makegood.replay.histories import FORMATS, check
    from makegood.replay.histories.records import zone

    check(form.value, files)
    chosen = FORMATS[form.value]
    meter.total = sum(path.stat().st_size for path in files)
    yield from chosen.read(files, zone(zone_name or chosen.zone), meter)
    if meter.skipped:
        typer.echo(f"left out as no fact: {counted(meter.skipped, 'row')}; the first: {meter.first_skipped}", err=True)


def _write(text: str, called: str, out: Path | None) -> None:
    """Print the part of a policy, or write it as one."""
    if out is None:
        typer.echo(text)
        return
    out.write_text(f'version = "{called}"\n\n{text}\n', "utf-8")
    typer.echo(f"written: {out}, a policy of its own; look it over, then: makegood policy apply {out}")


def _of_files(files: list[Path], form: FormatName, zone_name: str | None, say: Say) -> PurchaseDays:
    from makegood.fit.history import from_records
    from makegood.replay.histories.records import Meter

    meter = Meter()
    values = (record.value for record in _records(files, form, zone_name, meter))
    return from_records(values, lambda count: say(f"read {count:,} facts, {meter.done / meter.total:.0%}"))


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


def _judged(found: Weighed) -> str:
    """How the weights do on the customers who did not teach them, beside the noisy-or."""
    rows = (("logistic", found.logistic), ("noisy-or", found.noisy_or))
    lines = [
        f"On {counted(found.held_out, 'moment')} of customers held out: AUC, and stated chance against what happened, in fifths",
        *(f"  {name}: {one.auc:.3f}; {', '.join(f'{said:.2f}: {was:.2f}' for said, was in one.fifths)}" for name, one in rows),
    ]
    if found.logistic.auc < found.noisy_or.auc - CLOSE:
        lines.append("The noisy-or tells better who leaves: do not apply these weights.")
    if found.clipped:
        lines.append(f"Spoke for staying, so they weigh nothing: {', '.join(found.clipped)}")
    if found.rare:
        lines.append(f"Seen too seldom to learn of, so they weigh as before: {', '.join(found.rare)}")
    return "\n".join(lines)


def _weights(found: Weighed, horizon_days: float) -> str:
    """The tables of the policy file, with what they rest on."""
    after = f"after {found.left:,} of them customers left within {horizon_days:g} days"
    lines = [
        f"# Learnt from {counted(found.moments, 'moment')}; {after}.",
        "[churn]",
        f"leak = {found.leak:g}",
        "",
        "[churn.silence]",
        f"horizon_days = {horizon_days:g}",
        "",
        "[churn.logistic.weights]",
        *(f"{name} = {weight:g}" for name, weight in sorted(found.weights.items())),
    ]
    return "\n".join(lines)
