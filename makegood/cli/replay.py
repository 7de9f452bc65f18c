"""`makegood replay`: a history, run through Makegood, with a progress bar and a summary at the end."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer

from makegood.cli.options import Kafka, Prefix
from makegood.errors import UserError
from makegood.kafka.input_records import InputRecord
from makegood.replay.histories import FORMATS, check
from makegood.replay.histories.records import Meter, zone
from makegood.replay.runner import OUTPUTS
from makegood.replay.summary import Summary
from schemas.tolerant_reader import NotUnderstood
from schemas.wording import counted

if TYPE_CHECKING:
    from makegood.config.settings import Settings

FormatName = StrEnum("FormatName", {name.replace("-", "_"): name for name in FORMATS})  # type: ignore[misc]


_INSTANTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S"]
"""Without a zone it is UTC."""


Now = Annotated[
    datetime | None,
    typer.Option(
        formats=_INSTANTS,
        help="With --offline: when everything comes in. What is dated further ahead than the policy allows is a dead letter. "
        "[default: the present]",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("replay", epilog="Formats: " + "; ".join(f"{name}: {form.about}" for name, form in FORMATS.items()) + ".")(replay)


def replay(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Plain or gzip.")],
    form: Annotated[FormatName, typer.Option("--format", help="What the files are.")],
    offline: Annotated[bool, typer.Option("--offline", help="Run in this process, without a broker.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="With --offline: the folder for tasks.jsonl, alerts.jsonl, decisions.jsonl and more.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier replay wrote into the folder.")] = False,
    policy: Annotated[Path | None, typer.Option(help="With --offline: a policy file. [default: the built-in policy]")] = None,
    kafka: Kafka = None,
    prefix: Prefix = None,
    group: Annotated[str | None, typer.Option(help="The workers' consumer group. [default: makegood]")] = None,
    wait: Annotated[bool, typer.Option(help="Wait until the workers have decided everything, and sum up.")] = True,
    in_step: Annotated[
        int, typer.Option(min=0, help="Through Kafka: so many events are decided before the next are written. 0: all at once, faster.")
    ] = 500,
    zone_name: Annotated[str | None, typer.Option("--zone", help="The time zone of local times. [default: by format]")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Read only so many records.")] = None,
    now: Now = None,
) -> None:
    """Run a history through Makegood: offline, or through Kafka and the workers there.

    Start those workers with --clock events: deadlines then follow the events instead of today's date.
    """
    from makegood.config import policy_file
    from makegood.replay import runner as run

    meter, began = _measured(files, form), time.monotonic()
    history = itertools.islice(_opened(form, files, zone_name, meter), limit)
    with _Bar(meter, began) as bar:
        if offline:
            folder, came_in = _folder(out, overwrite=overwrite), _seconds(now)
            summary = run.offline(history, policy_file.load(policy), folder, bar.on_progress, now=came_in)
        else:
            given = _installation(now, kafka=kafka, prefix=prefix, group=group)
            summary = asyncio.run(run.through_kafka(history, given, bar.on_progress, wait=wait, say=bar.say, in_step=in_step))
    took, count = time.monotonic() - began, sum(summary.facts.values())
    _tell_skipped(meter)
    _conclude(summary if offline or wait else None, count, took, out if offline else None)


def _installation(now: datetime | None, **given: object) -> Settings:
    """Where to replay to. Raises UserError for what is said of the wrong kind of replay."""
    from makegood.cli import current_installation

    if now is not None:
        raise UserError("--now is for --offline: through Kafka the broker says when a record came in")
    return current_installation.for_asking(needs_kafka=True, **given)


def _seconds(now: datetime | None) -> float:
    if now is None:
        return time.time()
    return (now if now.tzinfo else now.replace(tzinfo=UTC)).timestamp()


def _tell_skipped(meter: Meter) -> None:
    if meter.skipped:
        typer.secho(f"left out as no fact: {counted(meter.skipped, 'row')}; the first: {meter.first_skipped}", fg="yellow", err=True)
    if meter.not_understood:
        fields = "; ".join(_named(field, times) for field, times in meter.not_understood.most_common(_MOST_FIELDS))
        typer.secho(f"fields that no such message has, and of which nothing was made: {fields}", fg="yellow", err=True)


_MOST_FIELDS = 12


def _named(field: NotUnderstood, times: int) -> str:
    meant = f" (is it {field.nearest}?)" if field.nearest else ""
    return f"{field.where}{meant} in {counted(times, 'record')}"


def _conclude(summary: Summary | None, count: int, took: float, out: Path | None) -> None:
    """What came of it; None where nobody waited for that. `out` is the folder that it was written to."""
    from rich.console import Console

    if summary is not None:
        summary.show(Console())
    where = f"; written to {out}" if out is not None else "; written to Kafka: the workers will decide them" if summary is None else ""
    typer.echo(f"{counted(count, 'event')} in {took:.1f} s ({count / max(took, 1e-9):,.0f} a second){where}")


def _measured(files: list[Path], form: FormatName) -> Meter:
    """How much there is to read. Raises UserError for a file that is not there, or of another format."""
    if missing := next((path for path in files if not path.is_file()), None):
        raise UserError(f"there is no file {missing}")
    check(form.value, files)
    return Meter(total=sum(path.stat().st_size for path in files))


def _opened(form: FormatName, files: list[Path], zone_name: str | None, meter: Meter) -> Iterator[InputRecord]:
    """The history in the files. Raises UserError for a zone that does not exist."""
    chosen = FORMATS[form.value]
    return chosen.read(files, zone(zone_name or chosen.zone), meter)


def _folder(out: Path | None, *, overwrite: bool) -> Path:
    """The folder for the output; raises UserError where it would cover something."""
    if out is None:
        raise UserError("--offline needs --out DIR, the folder for what comes of it")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        if not overwrite or not out.is_dir():
            raise UserError(f"{out} is not an empty folder: choose another, or give --overwrite")
        for output in OUTPUTS:  # whatever else lies there is somebody's
            (out / f"{output}.jsonl").unlink(missing_ok=True)
    if shutil.disk_usage(out.absolute().parent if out.absolute().parent.exists() else Path.cwd()).free < 100 << 20:
        raise UserError(f"less than 100 MB are free where {out} would lie")
    return out


class _Bar:
    """Progress by bytes read of the files, with rate and time left; on anything but a terminal a plain line now and then."""

    EVERY_S = 10.0

    def __init__(self, meter: Meter, began: float) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        console = Console(stderr=True)
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("replaying", total=meter.total, rate="")
        self._meter, self._began, self._plain = meter, began, not console.is_terminal
        self._said = began

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def on_progress(self, count: int) -> None:
        """So many records were read."""
        now = time.monotonic()
        rate = f"{count / max(now - self._began, 1e-9):,.0f}/s"
        self._progress.update(self._task, completed=self._meter.done, rate=rate)
        if self._plain and now - self._said > self.EVERY_S:
            self._said = now
            typer.echo(f"{counted(count, 'event')}, {self._meter.done / max(self._meter.total, 1):.0%} read, {rate}", err=True)

    def say(self, what: str) -> None:
        """What is done now."""
        self._progress.update(self._task, description=what)
        if self._plain:
            typer.echo(what, err=True)
