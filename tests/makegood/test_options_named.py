"""Every option that a sentence of Makegood tells people to use exists, on the command at which they read it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from makegood.cli import main as cli

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("makegood", "gateway", "handlers", "console", "streams", "schemas")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
COMMAND = re.compile(r"(?:`|<code>)makegood ([^`<]+)(?:`|</code>)")

READ_AT: dict[str, tuple[str, ...]] = {
    "makegood.local.broker": ("broker up",),
    "makegood.local.broker.layout": ("broker up", "up", "demo"),
    "makegood.cli": ("replay",),
    "makegood.cli.broker": ("broker up",),
    "makegood.cli.api_keys": ("api-keys create",),
    "makegood.cli.dead_letters.list_letters": ("dead-letters list",),
    "makegood.cli.dead_letters.replay_letters": ("dead-letters replay",),
    "makegood.cli.replay": ("replay",),
    "makegood.cli.simulate": ("simulate",),
    "makegood.cli.up.up": ("up",),
    "makegood.cli.up._parts": ("up",),
    "makegood.cli.up.demo": ("demo",),
    "makegood.cli.up._confirm": ("demo",),
    "makegood.local.demo": ("simulate",),
    "makegood.local.demo_directory": ("demo",),
    "makegood.cli.current_installation": (
        "doctor",
        "worker",
        "gateway",
        "console",
        "handlers",
        "topics apply",
        "policy apply",
        "dead-letters list",
        "replay",
        "simulate",
    ),
    "makegood.replay.histories": ("replay",),
    "makegood.local.sink": ("sink",),
    "makegood.local.supervisor.claim": ("up", "demo"),
    "streams.engine.rocks_store": ("worker",),
}
"""Where the sentences of a module are read that name an option without its command: the option must be on each of them."""


@pytest.fixture(scope="module")
def root() -> Any:
    if not cli.app.registered_groups:
        cli.mount(())
    return typer.main.get_command(cli.app)


def command(root: Any, words: list[str]) -> tuple[Any, list[str]]:
    """The command that words lead to, and what is left of them."""
    found = root
    while words and words[0] in getattr(found, "commands", {}):
        found, words = found.commands[words[0]], words[1:]
    return found, words


def options(found: Any) -> set[str]:
    return {name for parameter in found.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}


def sentences() -> Iterator[tuple[str, str]]:
    """(module.function, text) of every sentence written in the code that is no docstring; what is filled in becomes a word."""
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for part in ast.parse(path.read_text()).body:
            name = f"{module}.{part.name}" if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) else module
            yield from ((name, text) for text in texts(part))


def texts(part: ast.AST) -> Iterator[str]:
    inner = {id(value) for node in ast.walk(part) if isinstance(node, ast.JoinedStr) for value in node.values}
    documents = {id(node.value) for node in ast.walk(part) if isinstance(node, ast.Expr)}
    for node in (node for node in ast.walk(part) if id(node) not in inner | documents):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(v.value) if isinstance(v, ast.Constant) else "X" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.value


def test_every_command_that_a_sentence_quotes_exists_with_its_options(root):
    wrong = []
    for module, text in sentences():
        for quoted in COMMAND.findall(text):
            words = quoted.split()
            found, left = command(root, words)
            if found is root or set(OPTION.findall(" ".join(left))) - options(found):
                wrong.append(f"{module}: makegood {quoted}")
    assert not wrong, "\n".join(wrong)


def test_every_option_that_a_sentence_names_is_on_the_command_at_which_it_is_read(root):
    wrong, used = [], set()
    for module, text in sentences():
        bare = set(OPTION.findall(COMMAND.sub("", text)))
        bare -= {option for quoted in COMMAND.findall(text) for option in OPTION.findall(quoted)}  # said with the command that has it
        if not bare or "StorageTool" in text:
            continue
        where = max((name for name in READ_AT if module == name or module.startswith(name + ".")), key=len, default=None)
        if where is None:
            wrong.append(f"{module} is in no row of READ_AT: {text}")
            continue
        used.add(where)
        for name in READ_AT[where]:
            found, _ = command(root, name.split())
            wrong += [f"{module}: {option} is no option of `makegood {name}`: {text}" for option in bare - options(found)]
    assert not wrong, "\n".join(wrong)
    assert used == set(READ_AT), f"rows for nothing: {sorted(set(READ_AT) - used)}"
