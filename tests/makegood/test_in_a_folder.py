"""Commands run in a folder talk to the installation that runs there, and say so; where none runs, they ask nobody else's Kafka."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from gateway.api_keys import hash_of, new_key
from tests.conftest import free_port
from tests.installed import Installed, makegood, wanted_ports, wants_broker_at

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

ASKING = (
    ("topics", "describe"),
    ("topics", "apply"),
    ("dead-letters", "list"),
    ("dead-letters", "show", "x"),
    ("dead-letters", "replay", "--all"),
    ("policy", "apply", "{policy}"),
    ("replay", "--format", "jsonl", "{history}"),
    ("console", "rebuild"),
    ("worker",),
    ("gateway", "--port", "0"),
    ("handlers",),
    ("console",),
    ("simulate", "--history"),
    ("doctor",),
)


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_where_nothing_runs_and_nothing_is_named_nobody_is_asked(tmp_path, words):
    (tmp_path / "policy.toml").write_text('version = "x"\n')
    (tmp_path / "history.jsonl").write_text("")
    (tmp_path / "makegood.toml").write_text(f'[gateway.api_keys.shop]\nsha256 = "{hash_of(new_key())}"\n')
    (tmp_path / "makegood.toml").chmod(0o600)
    given = [word.format(policy=tmp_path / "policy.toml", history=tmp_path / "history.jsonl") for word in words]
    done = makegood(*given, folder=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "no Makegood runs in" in done.stdout + done.stderr
    assert "`makegood up`" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "19092" not in done.stdout + done.stderr


def test_what_is_named_is_asked_without_a_word_about_the_folder(tmp_path):
    address = f"127.0.0.1:{free_port()}"
    for words, more in ((("--kafka", address), {}), ((), {"MAKEGOOD_KAFKA": address})):
        done = makegood("topics", "describe", *words, folder=tmp_path, **more)
        assert f"nobody answers at {address}" in done.stderr
        assert "installation" not in done.stderr
    (tmp_path / "makegood.toml").write_text(f'kafka = "{address}"\n')
    assert f"nobody answers at {address}" in makegood("topics", "describe", folder=tmp_path).stderr


@pytest.mark.faults
class TestBesideOneThatRuns:
    @pytest.fixture(scope="class")
    @classmethod
    def running(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
        folder, port, ports = tmp_path_factory.mktemp("folder"), free_port(4), wanted_ports()
        wants_broker_at(folder / ".makegood", port)
        (folder / "policy.toml").write_text('version = "ours-2"\n')
        wanted = ports | {"MAKEGOOD_PREFIX": "shop.", "MAKEGOOD_GROUP": "shop"}
        with (
            socket.create_server(("127.0.0.1", port)),
            socket.create_server(("127.0.0.1", int(ports["MAKEGOOD_CONSOLE__PORT"]))),
            Installed(folder, "up", "--without", "gateway", **wanted) as one,
        ):
            one.until("Makegood runs", "it does not stand")
            yield one

    @pytest.mark.parametrize(
        "words",
        [("topics", "describe"), ("topics", "apply"), ("dead-letters", "list"), ("policy", "apply", "policy.toml"), ("console", "rebuild")],
        ids=" ".join,
    )
    def test_commands_talk_to_it_and_say_so(self, running, words):
        done = makegood(*words, folder=running.folder)
        assert done.returncode == 0, done.stderr
        bootstrap = running.told("worker")["MAKEGOOD_KAFKA"]
        assert f"using the installation in {running.home}: Kafka {bootstrap}" in done.stderr

    def test_the_doctor_knows_its_ports(self, running):
        done = makegood("doctor", folder=running.folder)
        told = running.told("worker")
        for part, port in (("worker", "HEALTH_PORT"), ("handlers", "HANDLERS__HEALTH_PORT"), ("console", "CONSOLE__PORT")):
            assert f"{part} runs here, at port {told[f'MAKEGOOD_{port}']}" in done.stdout
        assert f"Kafka answers at {told['MAKEGOOD_KAFKA']}" in done.stdout
        assert "the topics shop.* are there" in done.stdout

    def test_users_are_those_of_its_board(self, running):
        assert "admin" in makegood("console", "users", "list", folder=running.folder).stdout

    def test_what_is_named_wins_and_takes_nothing_from_it(self, running):
        address = f"127.0.0.1:{free_port()}"
        done = makegood("topics", "describe", "--kafka", address, folder=running.folder)
        assert f"nobody answers at {address}" in done.stderr
        assert "using the installation" not in done.stderr

    def test_from_the_next_folder_it_is_not_seen(self, running, tmp_path):
        assert "no Makegood runs in" in makegood("topics", "describe", folder=tmp_path).stderr


@pytest.mark.faults
def test_a_broker_that_was_started_here_counts_as_this_folder_s(tmp_path):
    port = free_port(2)
    assert makegood("broker", "up", "--detach", "--port", port, "--heap", "256", folder=tmp_path).returncode == 0
    try:
        done = makegood("topics", "apply", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert f"Kafka 127.0.0.1:{port}" in done.stderr
    finally:
        makegood("broker", "down", folder=tmp_path)
    assert "no Makegood runs in" in makegood("topics", "describe", folder=tmp_path).stderr
