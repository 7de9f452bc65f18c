"""docker-compose.yml and the Dockerfile, which cannot be run where there is no container engine: what they name exists and is tested."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from pydantic import BaseModel

from makegood.cli import main as cli
from makegood.config import secrets, settings
from makegood.local.broker import jars
from tests.patience import PATIENT_S

ROOT = Path(__file__).resolve().parents[2]
OURS = {"topics", "worker-1", "worker-2", "gateway", "handlers", "console"}
GOOD = "5c1f0e9b7a3d48c2b6e4f81d90a7c35e"
READINESS = {
    "worker": "makegood/services/health.py",
    "gateway": "gateway/status_pages.py",
    "handlers": "makegood/services/health.py",
    "console": "console/app.py",
}
"""Which file answers at the address of a health check."""


def composed() -> dict[str, Any]:
    """The file as it is read, its anchors resolved and its variables not."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def services() -> dict[str, Any]:
    return composed()["services"]


def validator() -> list[str]:
    """Docker's own reader of the file, in whichever form it is here."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0:
        return ["docker", "compose"]
    pytest.skip("docker-compose.yml is not checked: neither docker-compose nor docker compose is here (scripts/system-packages.sh)")


def read_by_compose(tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    (tmp_path / "makegood.toml").touch()
    without = {name: value for name, value in os.environ.items() if name != "POSTGRES_PASSWORD"}
    return subprocess.run([*validator(), "config"], cwd=tmp_path, env=without | env, capture_output=True, text=True, timeout=PATIENT_S)


def test_compose_itself_reads_the_file_and_sees_every_service(tmp_path):
    done = read_by_compose(tmp_path, POSTGRES_PASSWORD=GOOD)
    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(done.stdout)["services"]) == {*OURS, "kafka", "postgres"}


def test_without_a_password_compose_refuses_and_says_where_to_put_one(tmp_path):
    done = read_by_compose(tmp_path)
    assert done.returncode != 0
    assert "put POSTGRES_PASSWORD into .env" in done.stderr


# -- commands ---------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def command_line() -> Any:
    if not cli.app.registered_groups:
        cli.mount(())
    return typer.main.get_command(cli.app)


def parse(command_line: Any, words: list[str]) -> None:
    """Read words as the command line reads them, without doing what they say. Raises its usage error."""
    group, context = command_line, command_line.make_context("makegood", list(words))
    while rest := [*getattr(context, "_protected_args", []), *context.args]:
        name, group, rest = group.resolve_command(context, rest)
        context = group.make_context(name, rest, parent=context)


@pytest.mark.parametrize("service", sorted(OURS))
def test_every_command_is_one_that_the_command_line_has_and_a_test_runs(service, command_line):
    words = services()[service]["command"]
    parse(command_line, words)
    said = ", ".join(f'"{word}"' for word in words)
    sources = [path.read_text() for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    assert any(said in source for source in sources), f"no test runs `makegood {' '.join(words)}`"


def test_a_command_that_does_not_exist_would_be_found(command_line):
    for words in (["workers"], ["worker", "--no-such-option"], ["topics", "unmake"]):
        with pytest.raises(Exception, match=r"No such|no such"):
            parse(command_line, words)


# -- settings ---------------------------------------------------------------------------------------------------------------------------


def environment(service: str) -> dict[str, str]:
    """What a container of ours finds: the image's variables, then the service's, the password filled in."""
    image = dict(re.findall(r"(MAKEGOOD_\w+)=(\S+)", (ROOT / "Dockerfile").read_text()))
    told = {name: str(value) for name, value in services()[service].get("environment", {}).items() if name.startswith("MAKEGOOD_")}
    filled = {name: re.sub(r"\$\{POSTGRES_PASSWORD[^}]*\}", GOOD, value) for name, value in told.items()}
    return image | {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for name, value in filled.items()}


def has(model: type[BaseModel], path: list[str]) -> bool:
    field = model.model_fields.get(path[0])
    if field is None or len(path) == 1:
        return field is not None
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel) and has(field.annotation, path[1:])


@pytest.mark.parametrize("service", sorted(OURS))
def test_every_variable_is_a_setting_and_its_value_is_taken(service, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = environment(service)
    assert [name for name in told if not has(settings.Settings, name.removeprefix("MAKEGOOD_").lower().split("__"))] == []
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    loaded = settings.load()
    assert loaded.kafka == "kafka:9092"
    assert str(loaded.directory) == "/data"


def with_environment(service: str, monkeypatch, **other: str) -> settings.Settings:
    for name, value in (environment(service) | other).items():
        monkeypatch.setenv(name, value)
    return settings.load()


@pytest.mark.parametrize("part", ["handlers", "console"])
def test_a_part_starts_with_a_good_password_and_refuses_a_placeholder(part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert secrets.unsafe(with_environment(part, monkeypatch), part) == []
    weak = with_environment(part, monkeypatch, MAKEGOOD_DATABASE_URL="postgresql://makegood:changeme@postgres/makegood")
    assert "is a placeholder" in secrets.unsafe(weak, part)[0]


def test_the_gateway_refuses_to_start_until_it_is_told_a_key_or_a_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "makegood api-keys create" in secrets.unsafe(with_environment("gateway", monkeypatch), "gateway")[0]


def test_no_secret_has_a_value_of_its_own():
    text = (ROOT / "docker-compose.yml").read_text()
    for name, way in re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|KEY|TOKEN)\w*)(:?[-?]?)", text):
        assert way == ":?", f"{name} must have no default"


# -- what stands around -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", sorted(OURS - {"topics"}))
def test_a_health_check_asks_an_address_that_the_part_serves(service):
    part = service.partition("-")[0]
    port, path = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", services()[service]["healthcheck"]["test"][-1]).groups()
    default = settings.Settings.model_construct()
    ports = {
        "worker": default.health_port,
        "gateway": default.gateway.port,
        "handlers": default.handlers.health_port,
        "console": default.console.port,
    }
    assert int(port) == ports[part]
    assert f'"{path}"' in (ROOT / READINESS[part]).read_text()


def test_only_gateway_and_console_are_published_and_only_on_this_machine():
    published = {name: service["ports"] for name, service in services().items() if "ports" in service}
    assert set(published) == {"gateway", "console"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert composed()["networks"]["inside"] == {"internal": True}
    assert all("outside" not in services()[name]["networks"] for name in ("kafka", "postgres", "topics", "worker-1", "worker-2"))


@pytest.mark.parametrize("service", sorted({*OURS, "kafka", "postgres"}))
def test_a_container_has_no_more_rights_than_it_needs_and_bounded_logs(service):
    told = services()[service]
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert set(told["logging"]["options"]) == {"max-size", "max-file"}
    assert told.get("read_only", False) is (service in OURS)
    assert "stop_grace_period" in told
    assert told["restart"] == ("on-failure" if service == "topics" else "unless-stopped")


def test_the_broker_in_the_container_is_the_version_that_the_tests_run():
    assert services()["kafka"]["image"] == f"apache/kafka:{jars.VERSION}"


def copied() -> list[str]:
    lines = [shlex.split(line)[1:-1] for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("COPY ")]
    return [path for paths in lines if not paths[0].startswith("--from") for path in paths]


def test_what_the_dockerfile_copies_is_there_and_every_room_is_copied():
    assert [path for path in copied() if not (ROOT / path).exists()] == []
    rooms = re.search(r"^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE).group(1)
    assert set(re.findall(r'"(\w+)"', rooms)) <= set(copied())


def test_what_is_copied_makes_a_wheel_with_every_room_and_the_board(tmp_path):
    for path in copied():
        if (ROOT / path).is_dir() and path != "console/ui":
            shutil.copytree(ROOT / path, tmp_path / path, ignore=shutil.ignore_patterns("node_modules", "dist", "__pycache__"))
        elif "/" not in path:
            shutil.copy(ROOT / path, tmp_path / path)
    board = tmp_path / "console" / "ui" / "dist"
    board.mkdir(parents=True)
    (board / "index.html").write_text("<!doctype html>")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    done = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENT_S)
    assert done.returncode == 0, done.stderr
    names = zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl"))).namelist()
    rooms = {"schemas", "gateway", "streams", "handlers", "console", "makegood"}
    assert rooms <= {name.partition("/")[0] for name in names}
    assert {"console/ui/dist/index.html", "makegood/config/policy.toml", "makegood/local/broker/jars.lock"} <= set(names)
    assert "schemas/sentences/locales/de.po" in names
    assert [name for name in names if "migrations/versions" in name]
    assert [name for name in names if name.startswith("console/ui/") and "/dist/" not in name] == []


def test_the_image_runs_as_a_user_without_rights():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines[-1].startswith("CMD")
    assert "USER makegood" in lines[next(i for i, line in enumerate(lines) if line.startswith("RUN useradd")) :]
