"""`makegood gateway`: receive events; `gateway translate`: see what a payload would become."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from makegood.cli.options import Kafka, LogLevel, Prefix

app = typer.Typer(help="Receive events: the JSON API and signed webhooks; see what a payload would become.")


def register(main: typer.Typer) -> None:
    """Add the commands to the command line."""
    main.add_typer(app, name="gateway")


@app.callback(invoke_without_command=True)
def gateway_command(
    context: typer.Context,
    kafka: Kafka = None,
    prefix: Prefix = None,
    host: Annotated[str | None, typer.Option(help="Where to listen. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one. [default: 8081]")] = None,
    log_level: LogLevel = None,
) -> None:
    """Receive events: the JSON API and signed webhooks. 2xx means durable in Kafka. SIGTERM or Ctrl-C ends it.

    Who may send is said in makegood.toml: in tables gateway.api_keys.NAME (`makegood api-keys create NAME` makes one), and in tables
    gateway.sources.NAME, with system = "zendesk" or "typeform" and the secrets that it signs with: these send to /v1/webhooks/NAME.
    """
    if context.invoked_subcommand is not None:
        return
    from makegood.cli import current_installation
    from makegood.services import gateway

    loaded, no_kafka = current_installation.load_or_why(kafka=kafka, prefix=prefix, log_level=log_level)
    own = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    gateway.run(loaded.model_copy(update={"gateway": loaded.gateway.model_copy(update=own)}), no_kafka)


@app.command("translate")
def translate_command(
    payload: Annotated[Path, typer.Argument(metavar="PAYLOAD", help="A file with the body as it came; - reads standard input.")],
    system: Annotated[str, typer.Option(metavar="NAME", help="Who sent it: typeform or zendesk.")],
    headers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The headers it came with (JSON, or lines `Name: value`), to verify its signature."),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A makegood.toml, or a source's table of one: secrets, and how it is read."),
    ] = None,
) -> None:
    """Show what the gateway would make of a payload: facts as JSON lines; beside them what was ignored, and why."""
    from makegood.services import payload_preview

    preview = payload_preview.translate(system, payload, headers, settings)
    for fact in preview.translation.facts:
        typer.echo(fact.model_dump_json(exclude_none=True))
    for what, why in preview.translation.ignored:
        typer.echo(f"ignored: {what}: {why}", err=True)
    for note in preview.notes:
        typer.echo(f"note: {note}", err=True)
