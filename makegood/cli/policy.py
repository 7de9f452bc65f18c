"""`makegood policy`: check a policy file, show what a policy says, send it to the workers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from makegood.cli.options import Kafka, Prefix
from schemas.wording import counted

app = typer.Typer(no_args_is_help=True, help="Check, show and apply the policy: how Makegood judges.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A policy file (TOML).")]


@app.command()
def check(file: File) -> None:
    """Find every slip in a policy file, with its line."""
    from makegood.config.policy_file import load

    policy = load(file)
    languages = ", ".join(phrases.language for phrases in policy.phrases) or "no language"
    typer.echo(f"{file} is a valid policy: version {policy.version}, {counted(len(policy.steps), 'step')}, phrases in {languages}")


@app.command()
def show(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A policy file; without it, the built-in policy.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The whole policy as JSON, phrases included.")] = False,
) -> None:
    """Show every setting of a policy, and what the file changes in the built-in one."""
    from makegood.config.policy_file import built_in, load

    policy = load(file)
    if as_json:
        typer.echo(policy.model_dump_json(indent=2))
        return
    default = dict(lines(built_in().model_dump(mode="json")))
    for key, value in lines(policy.model_dump(mode="json")):
        changed = "" if default.get(key) == value else f"   # built-in: {default.get(key, 'not there')}"
        typer.echo(f"{key} = {value}{changed}")


def lines(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Every setting of a policy as (dotted key, value in one line); phrases are counted, not listed."""
    for key, value in table.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            yield from lines(value, f"{name}.")
        elif key == "phrases":
            yield from ((f"phrases.{one['language']}", _counted(one)) for one in value)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield from ((f"{name}[{number}]", _rule(one)) for number, one in enumerate(value, 1))
        else:
            yield name, json.dumps(value, ensure_ascii=False)


def _counted(phrases: Mapping[str, Any]) -> str:
    return ", ".join(f"{len(found)} {name}" for name, found in phrases.items() if name != "language")


def _rule(rule: Mapping[str, Any]) -> str:
    """One owner or step, without the conditions that it does not make."""
    return json.dumps({key: value for key, value in rule.items() if value not in (None, [])}, ensure_ascii=False)


@app.command("apply")
def apply_policy(file: File, kafka: Kafka = None, prefix: Prefix = None) -> None:
    """Send a policy to the workers. Every decision after it is taken under it and names its version."""
    from makegood.cli import current_installation
    from makegood.config.policy_adoption import Adoption, adopt
    from makegood.config.policy_file import load

    policy, given = load(file), current_installation.for_asking(kafka=kafka, prefix=prefix)
    outcome = asyncio.run(adopt(given.connection, policy, prefix=given.prefix))
    typer.echo(f"policy {policy.version}: {'sent to the workers' if outcome is Adoption.SENT else 'already the newest policy'}")
