"""`makegood gateway`, `gateway-key` and `translate`: receive, let somebody send, and see what a payload would become."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Kafka = Annotated[str | None, typer.Option("--kafka", metavar="HOST:PORT", help="Where the brokers are. [default: those of this folder]")]
Prefix = Annotated[str | None, typer.Option("--prefix", help="What the name of each topic starts with. [default: makegood.]")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("gateway")(gateway_command)
    app.command("gateway-key")(key_command)
    app.command("translate")(translate_command)


def gateway_command(
    kafka: Kafka = None,
    prefix: Prefix = None,
    host: Annotated[str | None, typer.Option(help="Where to listen. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one. [default: 8081]")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error. [default: info]")] = None,
) -> None:
    """Receive events: the JSON API and signed webhooks. 2xx means durable in Kafka. SIGTERM or Ctrl-C ends it.

    Who may send is said in makegood.toml: in tables gateway.api_keys.NAME (`makegood gateway-key NAME` makes one), and in tables
    gateway.sources.NAME, with system = "zendesk" or "typeform" and the secrets that it signs with: these send to /v1/webhooks/NAME.
    """
    from makegood import gateway, here

    loaded, no_kafka = here.load_or_why(kafka=kafka, prefix=prefix, log_level=log_level)
    own = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    gateway.run(loaded.model_copy(update={"gateway": loaded.gateway.model_copy(update=own)}), no_kafka)


def key_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is: logs say it.")],
    source: Annotated[list[str] | None, typer.Option("--source", help="Only facts of this source; may be given again.")] = None,
) -> None:
    """Make an API key. The key goes to whoever sends; only its hash goes into makegood.toml."""
    import json

    from gateway.keys import hash_of, new_key
    from makegood.errors import UserError

    if not name.strip() or not name.isprintable():
        raise UserError("give the key a name, for example the system that will send with it")
    key = new_key()
    typer.echo(f"The key, shown this once: {key}", err=True)
    typer.echo("Put this into makegood.toml and start the gateway again:\n", err=True)
    typer.echo(f"[gateway.api_keys.{json.dumps(name, ensure_ascii=False)}]")
    typer.echo(f'sha256 = "{hash_of(key)}"')
    if source:
        typer.echo(f"sources = {json.dumps(source, ensure_ascii=False)}")


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
    from makegood import translating

    told = translating.translate(system, payload, headers, settings)
    for fact in told.translation.facts:
        typer.echo(fact.model_dump_json(exclude_none=True))
    for what, why in told.translation.ignored:
        typer.echo(f"ignored: {what}: {why}", err=True)
    for note in told.notes:
        typer.echo(f"note: {note}", err=True)
