"""`makegood handlers`: deliver notices, and look after their delivery; `makegood sink`: a place to send them to that shows what came."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(help="Deliver notices to people: signed webhooks, Slack, e-mail. Without a command it runs until Ctrl-C.")

Kafka = Annotated[str | None, typer.Option("--kafka", metavar="HOST:PORT", help="Where the brokers are. [default: those of this folder]")]
Prefix = Annotated[str | None, typer.Option("--prefix", help="What the name of each topic starts with. [default: makegood.]")]
Directory = Annotated[Path | None, typer.Option("--dir", help="Where the ledger lies without a database_url. [default: .makegood]")]
_MOST_SHOWN = 1000
State = Literal["pending", "attempting", "delivered", "refused", "given_up", "unrouted", "suppressed"]


def register(main: typer.Typer) -> None:
    """Add the commands to the command line."""
    main.add_typer(app, name="handlers")
    main.command("sink")(sink_command)


@app.callback(invoke_without_command=True)
def handlers_command(
    context: typer.Context,
    kafka: Kafka = None,
    prefix: Prefix = None,
    directory: Directory = None,
    health_port: Annotated[int | None, typer.Option(help="/livez, /readyz, /metrics; 0 takes a free one. [default: 6067]")] = None,
    log_level: Annotated[Literal["debug", "info", "warning", "error"] | None, typer.Option(help="[default: info]")] = None,
) -> None:
    """Deliver notices to people: signed webhooks, Slack, e-mail. Without a command it runs until Ctrl-C.

    Destinations and routes are set in makegood.toml: [handlers.destinations.NAME] with channel = "webhook", "slack" or "email", and
    [handlers.routes] with page = ["NAME"]. Start several to share the work: none sends what another does.
    """
    if context.invoked_subcommand is not None:
        return
    from makegood.cli import current_installation
    from makegood.services import notifications

    given = current_installation.load(kafka=kafka, prefix=prefix, directory=directory, log_level=log_level)
    if health_port is not None:
        given = given.model_copy(update={"handlers": given.handlers.model_copy(update={"health_port": health_port})})
    notifications.run(given)


@app.command("test")
def test_command(destination: Annotated[str, typer.Argument(help="A name of [handlers.destinations].")]) -> None:
    """Send one test message to a destination and say what happened. The exit status is 0 when it was taken."""
    from makegood.cli import current_installation
    from makegood.services import deliveries_admin
    from schemas.deliveries import Outcome

    answer = asyncio.run(deliveries_admin.send_sample(current_installation.for_asking(needs_kafka=False), destination))
    verdict = {
        Outcome.DELIVERED: "took it",
        Outcome.REFUSED: "refused it for good",
        Outcome.FAILED: "failed; a notice would be tried again",
    }
    typer.echo(f"{destination} {verdict[answer.outcome]}: {answer.detail}")
    if answer.wait_s:
        typer.echo(f"It asks for a pause of {answer.wait_s:g} s.")
    if answer.outcome is not Outcome.DELIVERED:
        raise typer.Exit(1)


@app.command("list")
def list_command(
    state: Annotated[State | None, typer.Option("--state", help="Only what stands so.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show so many, those that changed last.")] = 50,
    directory: Directory = None,
) -> None:
    """Show the ledger: which notice went where, and what became of it."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from handlers.sanitize import plain
    from handlers.tables import State as Stands
    from makegood.cli import current_installation
    from makegood.services import deliveries_admin

    states = [Stands(state)] if state else []
    given = current_installation.for_asking(needs_kafka=False, directory=directory)
    lines, counts = asyncio.run(deliveries_admin.ledger_lines(given, states, limit))
    if not counts:
        typer.echo("The ledger is empty: no notice has come yet.")
        return
    if lines:
        table = Table("notice", "", "destination", "state", "attempts", "since", "what became of it")
        for line in lines:
            since = datetime.fromtimestamp(line.changed_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            stands = line.state if line.state != Stands.PENDING else f"pending, next {_clock(line.next_at)}"
            cells = (line.notice, line.priority, line.destination, stands, str(line.attempts), since, line.detail)
            table.add_row(*(escape(plain(cell, _MOST_SHOWN)) for cell in cells))
        Console().print(table)
    typer.echo("In all: " + ", ".join(f"{count:,} {stands.value}" for stands, count in sorted(counts.items())) + ".")


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC")


@app.command("retry")
def retry_command(
    notices: Annotated[list[str], typer.Argument(metavar="NOTICE...", help="Ids as `makegood handlers list` shows them.")],
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


def sink_command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page and of posts.")] = 8090,
    smtp_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of mail.")] = 8025,
    secret: Annotated[
        str | None,
        typer.Option(envvar="MAKEGOOD_SINK_SECRET", help="Signing secret of webhooks. [default: those of [handlers.destinations]]"),
    ] = None,
) -> None:
    """Show, on a page, what the handlers send: Slack messages, signed webhooks and mail. Nothing leaves this machine."""
    from makegood.config import settings
    from makegood.local import extra

    extra.require()
    from makegood.local import sink

    sink.run(settings.load(), port=port, smtp_port=smtp_port, secret=secret)
