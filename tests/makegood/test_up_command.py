"""`makegood up` and `makegood demo`: what is planned, what is refused in a sentence, and that a demo touches nothing of the user's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tomllib

import pytest

from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.local import demo, demo_directory, installation
from makegood.local.supervisor import Claim
from tests.conftest import free_port
from tests.patience import PATIENT_S


def makegood(*words: object, folder, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "makegood.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENT_S, cwd=folder, env=os.environ | environment)


# -- what is planned ----------------------------------------------------------------------------------------------------------------------


def test_a_part_whose_port_is_taken_gets_another_and_that_is_said(tmp_path):
    wanted = free_port(3)
    with socket.socket() as other:
        other.bind(("127.0.0.1", wanted))
        other.listen()
        given = Settings(directory=tmp_path, console={"port": wanted})
        chosen = installation.plan(given, embedded=False, services=("console",))
        chosen.let_go()
    assert chosen.settings.console.port == wanted + 1
    assert chosen.board == f"http://127.0.0.1:{wanted + 1}"
    assert chosen.relocated == (f"port {wanted} is taken by another process: the console takes {wanted + 1}",)


def test_every_part_is_told_where_the_others_are(tmp_path):
    given = Settings(directory=tmp_path, health_port=0, gateway={"port": 0}, handlers={"health_port": 0}, console={"port": 0})
    chosen = installation.plan(given, embedded=True)
    chosen.let_go()
    told = installation.service(chosen, "handlers").environment
    assert told["MAKEGOOD_KAFKA"] == chosen.settings.kafka
    assert told["MAKEGOOD_HANDLERS__CONSOLE_URL"] == chosen.board
    assert len({chosen.settings.gateway.port, chosen.settings.console.port, chosen.settings.health_port}) == 3


def test_a_board_that_has_an_address_of_its_own_keeps_it_in_messages(tmp_path):
    given = Settings(directory=tmp_path, handlers={"console_url": "https://board.example.com"})
    chosen = installation.plan(given, embedded=False)
    chosen.let_go()
    told = installation.environment(chosen)
    assert told["MAKEGOOD_HANDLERS__CONSOLE_URL"] == "https://board.example.com"


@pytest.mark.parametrize(("cores", "wanted", "processes"), [(1, None, "1"), (2, None, "1"), (8, None, "7"), (8, 8, "8")])
def test_the_worker_leaves_a_core_to_the_others_unless_it_is_given_all(cores, wanted, processes, tmp_path, monkeypatch):
    monkeypatch.setattr(installation, "cores", lambda: cores)
    chosen = installation.plan(Settings(directory=tmp_path, processes=wanted), embedded=False, services=())
    assert installation.environment(chosen)["MAKEGOOD_PROCESSES"] == processes


def test_what_lies_in_the_working_directory_is_not_taken_for_our_code(tmp_path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "__init__.py").write_text("raise SystemExit('somebody else')")
    done = subprocess.run([*installation.command("--help")], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENT_S)
    assert done.returncode == 0, done.stderr


# -- what is refused ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.journeys
def test_a_cluster_that_does_not_answer_is_one_sentence(tmp_path):
    done = makegood("up", "--kafka", f"127.0.0.1:{free_port()}", "--dir", tmp_path / "up", "--without", "console", folder=tmp_path)
    assert done.returncode == 1
    assert "makegood: nobody answers at 127.0.0.1:" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "up" / "running.json").exists()


@pytest.mark.journeys
def test_a_second_up_in_a_directory_is_refused_and_names_the_first(tmp_path):
    first = Claim(tmp_path / "up").take()
    first.note({})
    done = makegood("up", "--dir", tmp_path / "up", folder=tmp_path)
    first.release()
    assert done.returncode == 1
    assert f"runs already in {tmp_path / 'up'} (process {os.getpid()}" in done.stderr


@pytest.mark.journeys
def test_an_unknown_part_is_refused_with_those_there_are(tmp_path):
    done = makegood("up", "--without", "oven", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("there is no part oven: --without takes one of worker, gateway, handlers, console")


def test_a_demo_takes_no_folder_in_which_something_else_lies(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    for fresh in (False, True):
        with pytest.raises(UserError, match=r"holds thesis.txt, which no demo made"):
            demo_directory.check(tmp_path, fresh=fresh)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_real_installation_does_not_lie_where_a_fresh_demo_erases(home):
    with pytest.raises(UserError, match="is a demo's: go on with it by `makegood demo --dir"):
        demo_directory.refuse_real_use(home)


@pytest.mark.journeys
def test_simulate_says_what_it_lacks(tmp_path):
    done = makegood("simulate", folder=tmp_path)
    assert done.returncode == 1
    assert "makegood.toml needs a gateway.api_keys.NAME with key, and sources zendesk and typeform" in done.stderr


# -- the demo's own settings --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # whatever the demo changes to, the next test is back
    home = tmp_path / "demo"
    demo_directory.prepare(home, fresh=False)
    return home


def configured(home, seed: int | None = None) -> demo.Demo:
    made = demo.configure(home, seed)
    made.plan.let_go()
    return made


def test_a_fresh_demo_has_random_secrets_that_only_its_owner_reads(home):
    first = configured(home)
    written = tomllib.loads((home / "makegood.toml").read_text())
    assert (home / "makegood.toml").stat().st_mode & 0o077 == 0
    assert written["gateway"]["api_keys"]["demo"]["key"] == first.key
    demo_directory.prepare(home, fresh=True)
    assert configured(home).key != first.key


def test_a_demo_goes_on_with_its_keys_its_past_and_its_company(home):
    first = configured(home, 9)
    assert demo_directory.check(home, fresh=False)
    again = configured(home)
    assert (again.key, again.began, again.seed) == (first.key, first.began, 9)
    with pytest.raises(UserError, match="was made from seed 9: another one begins with `makegood demo --fresh`"):
        configured(home, 10)


def test_what_somebody_wrote_into_the_settings_of_a_demo_stays_and_only_addresses_change(home):
    first = configured(home)
    own = (home / "makegood.toml").read_text().replace('channel = "slack"', 'channel = "slack"  # ours')
    (home / "makegood.toml").write_text(own)
    with socket.create_server(("127.0.0.1", first.sink_port)), socket.create_server(("127.0.0.1", first.smtp_port)):
        again = configured(home)
    assert (again.sink_port, again.smtp_port) != (first.sink_port, first.smtp_port)
    written = (home / "makegood.toml").read_text()
    assert "# ours" in written
    told = tomllib.loads(written)["handlers"]["destinations"]
    assert told["pager"]["url"] == f"http://127.0.0.1:{again.sink_port}/webhook"
    assert told["chat"]["url"] == f"http://127.0.0.1:{again.sink_port}/slack"
    assert told["mail"]["port"] == again.smtp_port


def test_a_fresh_demo_erases_what_a_demo_made_and_nothing_else(home):
    configured(home)
    (home / "kafka").mkdir()
    (home / "console.db").touch()
    (home / "notes.txt").write_text("mine")
    assert demo_directory.prepare(home, fresh=True) == ["notes.txt"]
    assert sorted(path.name for path in home.iterdir()) == ["notes.txt", demo_directory.MARK]


def test_a_demo_of_which_a_part_is_gone_is_told_and_not_erased(home):
    configured(home)
    (home / "kafka").mkdir()
    (home / "demo.json").unlink()
    with pytest.raises(UserError, match=r"demo.json is missing.*`makegood demo --fresh`"):
        demo_directory.check(home, fresh=False)
    assert (home / "kafka").exists()


def test_no_part_refuses_the_settings_of_a_demo(home):
    from makegood.config import secrets

    made = configured(home)
    assert secrets.unsafe(made.plan.settings) == []


def test_one_process_is_enough_for_a_demo(home, monkeypatch):
    monkeypatch.setattr(installation, "cores", lambda: 8)
    assert installation.environment(configured(home).plan)["MAKEGOOD_PROCESSES"] == "1"


def test_history_pages_nobody(home):
    made = configured(home)
    assert made.plan.settings.handlers.notify_from == made.began
