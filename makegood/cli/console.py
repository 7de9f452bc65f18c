"""`makegood console`: the board, its read model and its users."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.settings import Role
from makegood.cli.listing import show
from makegood.cli.options import AsJson, Kafka, Prefix
from makegood.errors import UserError
from schemas.wording import counted

if TYPE_CHECKING:
    from console.accounts import Accounts

Database = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="postgresql://USER:PASSWORD@HOST/NAME. [default: SQLite in .makegood]")
]
Name = Annotated[str, typer.Argument(metavar="NAME")]
FromInput = Annotated[bool, typer.Option("--password-from-input", help="Read the password from standard input instead of making one.")]

app = typer.Typer(invoke_without_command=True, help="Serve the board; rebuild its read model; look after its users.")
users_app = typer.Typer(no_args_is_help=True, help="List, add and change the users of the board. It need not run.")
app.add_typer(users_app, name="users")


def register(root: typer.Typer) -> None:
    """Add the commands to the command line."""
    root.add_typer(app, name="console")


@app.callback()
def serve(
    context: typer.Context,
    kafka: Kafka = None,
    prefix: Prefix = None,
    group: Annotated[
        str | None, typer.Option(help="The workers' consumer group, to tell how far behind they are. [default: makegood]")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Where the board is served. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one. [default: 8000]")] = None,
    database: Database = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error. [default: info]")] = None,
) -> None:
    """Serve the board: the topics in a read model, live, and commands back to a topic. SIGTERM or Ctrl-C ends it."""
    options = {"kafka": kafka, "prefix": prefix, "group": group, "database_url": database, "log_level": log_level}
    if context.invoked_subcommand is not None:
        if given := [name for name, value in {**options, "host": host, "port": port}.items() if value is not None]:
            raise UserError(f"--{given[0].replace('_url', '').replace('_', '-')} belongs after `{context.invoked_subcommand}`")
        return
    from makegood.cli import current_installation
    from makegood.services import console

    loaded = current_installation.load(**options)
    own = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    console.run(loaded.model_copy(update={"console": loaded.console.model_copy(update=own)}))


@app.command("rebuild")
def rebuild_command(kafka: Kafka = None, prefix: Prefix = None, database: Database = None) -> None:
    """Drop the read model and read the topics anew, from their beginning. Users stay; nothing in Kafka changes."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from makegood.cli import current_installation
    from makegood.config import logs, secrets
    from makegood.services import projection_rebuild

    loaded, terminal = current_installation.for_asking(kafka=kafka, prefix=prefix, database_url=database), Console(stderr=True)
    logs.configure("warning", loaded.log_format, secrets.hidden(loaded))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it has to say is told in one sentence at the end
    columns = (TextColumn("reading the topics"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as bar:
        shown = bar.add_task("", total=None)
        read, unread = asyncio.run(
            projection_rebuild.rebuild(loaded, lambda done, left: bar.update(shown, completed=done, total=done + left))
        )
    typer.echo(f"The read model was made anew from {counted(read, 'record')}.")
    if unread:
        typer.echo(
            f"{unread:,} of them could not be read; those that streams could not read either are on the board's page of dead letters."
        )


def _with_accounts(database: str | None, work: Callable[[Accounts], Awaitable[Any]]) -> Any:
    """Do something with the accounts, whose tables are made where they are not there yet. Raises UserError."""
    import time

    from sqlalchemy.exc import DBAPIError

    from console import migrate
    from console.accounts import AccountError, Accounts
    from makegood.cli import current_installation
    from makegood.config import logs, secrets
    from makegood.config.database import why
    from makegood.services.console import open_database

    loaded = current_installation.for_asking(needs_kafka=False, database_url=database)
    logs.configure("warning", loaded.log_format, secrets.hidden(loaded))

    async def worked() -> Any:
        engine = open_database(loaded)
        try:
            await migrate.upgrade(engine)
            return await work(Accounts(engine, loaded.console.session_hours * 3600, time.time))
        finally:
            await engine.dispose()

    try:
        return asyncio.run(worked())
    except AccountError as error:
        raise UserError(str(error)) from None
    except (DBAPIError, OSError) as error:
        raise UserError(f"the database does not answer: {why(error)}") from None


def _given(from_input: bool) -> str | None:
    return typer.get_text_stream("stdin").readline().rstrip("\r\n") if from_input else None


@users_app.command("list")
def list_users(database: Database = None, as_json: AsJson = False) -> None:
    """List the users: name, role, how they sign in."""
    found = _with_accounts(database, lambda accounts: accounts.users())
    if not found and not as_json:
        typer.echo("No users yet: the first start of `makegood console` makes one, or `makegood console users add NAME --role admin`.")
    rows = [
        {
            "name": user["name"],
            "role": user["role"],
            "signs_in": "with a password" if user["local"] else "elsewhere",
            "disabled": bool(user["disabled"]),
        }
        for user in found
    ]
    show(rows, as_json=as_json, ids=("name",))


@users_app.command("add")
def add_user(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do: each role may do what those before it may.")] = "agent",
    from_input: FromInput = False,
    database: Database = None,
) -> None:
    """Add a user, and print the random password that was made for them."""
    given = _given(from_input)
    made = _with_accounts(database, lambda accounts: accounts.add(name, role, given))
    typer.echo(f"{name} is added as {role}." + ("" if from_input else f" The password, shown this once: {made}"))


@users_app.command("role")
def change_role(name: Name, role: Annotated[Role, typer.Argument(metavar="ROLE")], database: Database = None) -> None:
    """Give a user another role: viewer, agent, lead or admin. They are signed out."""
    _with_accounts(database, lambda accounts: accounts.alter(name, role=role))
    typer.echo(f"{name} is {role} now, and has to sign in again.")


@users_app.command("disable")
def disable_user(
    name: Name, again: Annotated[bool, typer.Option("--undo", help="Let them in again.")] = False, database: Database = None
) -> None:
    """Keep a user out: their sessions end at once, an open board within seconds."""
    _with_accounts(database, lambda accounts: accounts.alter(name, disabled=not again))
    typer.echo(f"{name} may sign in again." if again else f"{name} is signed out and cannot sign in any longer.")


@users_app.command("password")
def change_password(name: Name, from_input: FromInput = False, database: Database = None) -> None:
    """Give a user a new random password, and print it. They are signed out."""
    given = _given(from_input)
    made = _with_accounts(database, lambda accounts: accounts.alter(name, password=given, new_password=not from_input))
    typer.echo(f"{name} has a new password." + ("" if from_input else f" It is shown this once: {made}"))
