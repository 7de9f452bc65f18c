"""`makegood schemas`: write the JSON Schemas, the AsyncAPI document and the reference pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Export the contract: JSON Schemas, AsyncAPI, reference pages.")

Docs = Annotated[Path, typer.Option("--out", metavar="DIR", help="The docs folder: schemas/, asyncapi.json and pages go below it.")]


@app.callback()
def _several() -> None:
    """Keeps `export` a command of its own while it is the only one."""


@app.command()
def export(
    out: Docs = Path("docs"),
    *,
    publish: Annotated[bool, typer.Option("--publish", help="Also freeze this language as published, unless that breaks users.")] = False,
) -> None:
    """Write every document that is made from the messages, the topic table and the default policy."""
    from makegood import contracts, private

    with private.as_the_user_makes_files():
        changed = contracts.export(out)
        for path in changed:
            typer.echo(f"{out / path}: written" if (out / path).exists() else f"{out / path}: removed")
        if not changed:
            typer.echo(f"{out} is up to date")
        if publish:
            typer.echo(f"published as {contracts.publish(out)}")
