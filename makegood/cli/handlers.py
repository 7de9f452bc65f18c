"""`makegood handlers`: deliver notices, try a destination; `makegood sink`: a place to send them to that shows what came."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from makegood.cli.options import Kafka, LogLevel, Prefix

app = typer.Typer(help="Deliver notices to people: signed webhooks, Slack, e-mail. Without a command it runs until Ctrl-C.")

Directory = Annotated[Path | None, typer.Option("--dir", help="Where the ledger lies without a database_url. [default: .makegood]")]


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
    log_level: LogLevel = None,
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
