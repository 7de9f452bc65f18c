"""Promises of the command line as a whole: grouped as its users think, listings for programs too, ids whole, slips told with their line."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from makegood.cli import main as cli
from makegood.cli.listing import show
from makegood.config import settings
from makegood.errors import UserError
from tests.patience import PATIENT_S

LISTINGS = ("topics describe", "dead-letters list", "deliveries list", "api-keys list", "console users list", "broker status", "doctor")
LONG = "feedback-3-" + "9" * 120


def commands() -> dict[str, object]:
    cli.mount(())
    found: dict[str, object] = {}

    def walk(group, above: str) -> None:
        for name, command in group.commands.items():
            found[f"{above}{name}"] = command
            if hasattr(command, "commands"):
                walk(command, f"{above}{name} ")

    walk(typer.main.get_command(cli.app), "")
    return found


@pytest.mark.parametrize("listing", LISTINGS)
def test_every_listing_can_be_had_as_json(listing):
    assert "--json" in {option for parameter in commands()[listing].params for option in parameter.opts}


def test_commands_are_grouped_as_their_users_think():
    assert {"api-keys create", "gateway translate", "deliveries list", "deliveries retry", "handlers test"} <= commands().keys()
    assert not {"gateway-key", "translate", "handlers list", "handlers retry"} & commands().keys()


@pytest.mark.parametrize("module", cli.COMMANDS)
def test_a_module_of_commands_adds_those_it_is_asked_for_by(module):
    app = typer.Typer()
    importlib.import_module(module).register(app)
    added = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    assert added == set(cli.COMMANDS[module])


def test_kafka_is_declared_once():
    sources = {path.name: path.read_text("utf-8") for path in Path(cli.__file__).parent.glob("*.py")}
    assert [name for name, text in sources.items() if '"--kafka"' in text] == ["options.py"]


def test_the_version_is_told():
    done = subprocess.run([sys.executable, "-m", "makegood.cli", "--version"], capture_output=True, text=True, timeout=PATIENT_S)
    assert done.stdout.startswith("makegood 0.")


@pytest.mark.parametrize("as_json", [True, False])
def test_an_id_is_whole_in_a_pipe(capsys, as_json):
    show([{"id": LONG, "error": "x" * 300}], as_json=as_json, ids=("id",))
    said = capsys.readouterr().out
    assert LONG in said
    if as_json:
        assert json.loads(said) == [{"id": LONG, "error": "x" * 300}]


def test_an_id_is_whole_on_a_narrow_screen(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    show([{"id": LONG, "error": "word " * 60}], as_json=False, ids=("id",))
    assert LONG in capsys.readouterr().out


SLIPS = {
    "[gateway]\nprot = 1\n": "makegood.toml, line 2: gateway.prot is not a setting here; did you mean port?",
    "kakfa = 'x'\n": "makegood.toml, line 1: kakfa is not a setting here; did you mean kafka?",
    "[gateway.sources.zendesk]\nsecret = ['x']\n": "makegood.toml, line 2: gateway.sources.zendesk.secret is not a setting here; "
    "did you mean secrets?",
    "[handlers.destinations.a]\nchanel = 'slack'\n": "makegood.toml, line 1: handlers.destinations.a has no channel (webhook, slack or "
    "email): is chanel meant to be it?",
    "\n[console]\nport = 'many'\n": "makegood.toml, line 3: console.port: Input should be a valid integer",
}


@pytest.mark.parametrize("text", SLIPS)
def test_a_slip_in_the_settings_file_is_told_with_file_line_and_the_nearest_name(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("makegood.toml").write_text(text)
    with pytest.raises(UserError) as told:
        settings.load()
    assert str(told.value).startswith(SLIPS[text])
