"""`makegood api-keys`: keys of the JSON API, for systems that send facts."""

from __future__ import annotations

from typing import Annotated

import typer

from makegood.cli.listing import show
from makegood.cli.options import AsJson

app = typer.Typer(no_args_is_help=True, help="Make and list keys of the JSON API, for systems that send facts.")


@app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is: logs say it.")],
    source: Annotated[list[str] | None, typer.Option("--source", help="Only facts of this source; may be given again.")] = None,
    may: Annotated[
        list[str] | None,
        typer.Option(help="Also erasures (erasure.requested), or links (alias.linked, profiles with aliases); may be given again."),
    ] = None,
) -> None:
    """Make an API key. The key goes to whoever sends; only its hash goes into makegood.toml."""
    import json
    from typing import get_args

    from gateway.api_keys import hash_of, new_key
    from gateway.settings import Permission
    from makegood.errors import UserError

    if not name.strip() or not name.isprintable():
        raise UserError("give the key a name, for example the system that will send with it")
    if unknown := sorted({*(may or ())} - {*get_args(Permission)}):
        raise UserError(f"--may {unknown[0]}: a key may be given {' or '.join(get_args(Permission))}")
    key = new_key()
    typer.echo(f"The key, shown this once: {key}", err=True)
    typer.echo("Put this into makegood.toml and start the gateway again:\n", err=True)
    typer.echo(f"[gateway.api_keys.{json.dumps(name, ensure_ascii=False)}]")
    typer.echo(f'sha256 = "{hash_of(key)}"')
    if source:
        typer.echo(f"sources = {json.dumps(source, ensure_ascii=False)}")
    if may:
        typer.echo(f"may = {json.dumps(sorted({*may}))}")


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys that the settings hold: whose they are and what they may do; never the key."""
    from makegood.config import settings

    keys = settings.load().gateway.api_keys
    if not keys and not as_json:
        typer.echo("No keys are set: `makegood api-keys create NAME` makes one.")
    rows = [{"name": name, "sources": ", ".join(key.sources) or "any", "may": ", ".join(sorted(key.may))} for name, key in keys.items()]
    show(rows, as_json=as_json, ids=("name",))
