"""What an installation keeps is for its own user: files 0600, folders 0700; what the user asked for elsewhere is as the user's files are."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from makegood.config import private_files
from makegood.config.database import url_of
from makegood.local.broker import layout
from tests.conftest import free_port
from tests.installation import Installation
from tests.patience import PATIENT_S

pytestmark = pytest.mark.timeout(600)

FIRST_WEEK = Path(__file__).resolve().parents[2] / "examples" / "first-week.jsonl"
OTHERS = 0o077


def wider(directory: Path) -> list[str]:
    """What others may read, write or list, with its mode."""
    paths = [directory, *directory.rglob("*")]
    return [f"{oct(path.lstat().st_mode)} {path}" for path in paths if not path.is_symlink() and path.lstat().st_mode & OTHERS]


def widen(directory: Path) -> None:
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "makegood.cli", *words]


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKEGOOD_")} | more


@pytest.fixture(autouse=True)
def an_open_umask():
    """As on most machines."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.faults
@pytest.mark.broker
def test_nobody_else_can_read_what_makegood_up_keeps_nor_what_an_earlier_one_left_open(tmp_path):
    ports = {part: free_port() for part in ("worker", "gateway", "handlers", "console")}
    told = environment(
        MAKEGOOD_HEALTH_PORT=str(ports["worker"]),
        MAKEGOOD_GATEWAY__PORT=str(ports["gateway"]),
        MAKEGOOD_HANDLERS__HEALTH_PORT=str(ports["handlers"]),
        MAKEGOOD_CONSOLE__PORT=str(ports["console"]),
        MAKEGOOD_STORE="rocksdb",
    )
    (tmp_path / ".makegood" / "kafka").mkdir(parents=True)
    layout.note(tmp_path / ".makegood" / "kafka", layout.Made(1, free_port(2)))  # other installations may run beside
    for _ in range(2):
        with (tmp_path / "up.log").open("ab") as log:
            running = subprocess.Popen(command("up"), cwd=tmp_path, env=told, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 300
            while "Makegood runs." not in (tmp_path / "up.log").read_text():
                assert running.poll() is None, (tmp_path / "up.log").read_text()
                assert time.monotonic() < deadline, (tmp_path / "up.log").read_text()
                time.sleep(0.2)
            kept = {path.relative_to(tmp_path / ".makegood").parts[0] for path in (tmp_path / ".makegood").rglob("*")}
            assert {"console.db", "handlers.db", "logs", "running.json", "up.lock", "kafka", "makegood"} <= kept
            assert wider(tmp_path / ".makegood") == []
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(PATIENT_S)
        (tmp_path / "up.log").unlink()
        widen(tmp_path / ".makegood")


@pytest.mark.faults
@pytest.mark.broker
@pytest.mark.parametrize("part", ["console", "handlers", "worker"])
def test_each_part_by_itself_closes_what_it_keeps(bootstrap, applied, tmp_path, part):
    kept = tmp_path / ".makegood"
    with Installation(bootstrap, applied, tmp_path) as installation:
        installation.environment |= {"MAKEGOOD_DIRECTORY": str(kept), "MAKEGOOD_STORE": "rocksdb"}
        installation.start(part)
        assert kept.is_dir()
        assert wider(kept) == []
        installation.kill(part)
        widen(kept)
        installation.start(part)
        assert wider(kept) == []


def test_the_commands_that_look_after_users_and_deliveries_close_it_too(tmp_path):
    kept = tmp_path / ".makegood"
    for words in (("console", "users", "add", "ann"), ("deliveries", "list")):
        subprocess.run(command(*words), cwd=tmp_path, env=environment(), check=True, capture_output=True)
        assert wider(kept) == []
        widen(kept)
    subprocess.run(command("console", "users", "list"), cwd=tmp_path, env=environment(), check=True, capture_output=True)
    assert [path for path in wider(kept) if "console" in path] == []


def test_what_the_user_asked_for_elsewhere_has_the_modes_of_the_users_files(tmp_path):
    subprocess.run(
        command("replay", "--offline", "--format", "jsonl", str(FIRST_WEEK), "--out", "out"),
        cwd=tmp_path, env=environment(), check=True, capture_output=True,
    )  # fmt: skip
    subprocess.run(command("schemas", "export", "--out", "docs"), cwd=tmp_path, env=environment(), check=True, capture_output=True)
    written = [path for folder in ("out", "docs") for path in (tmp_path / folder, *(tmp_path / folder).rglob("*"))]
    assert len(written) > 50
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o644, 0o755}


def test_of_a_folder_of_the_users_only_what_is_ours_is_closed(tmp_path):
    own, db, link = tmp_path / "notes.txt", tmp_path / "console.db", tmp_path / "logs"
    outside = tmp_path.parent / "outside"
    outside.mkdir()
    (outside / "theirs").touch(0o644)
    own.touch(0o644)
    db.touch(0o644)
    link.symlink_to(outside)
    tmp_path.chmod(0o755)
    url_of(None, tmp_path, "console")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, own, db, outside, outside / "theirs")] == [
        0o755,
        0o644,
        0o600,
        0o755,
        0o644,
    ]
    own.unlink()
    link.unlink()
    url_of(None, tmp_path, "console")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_what_goes_away_meanwhile_is_no_error(tmp_path, monkeypatch):
    (tmp_path / ".makegood").mkdir()
    monkeypatch.setattr(os, "walk", lambda path: [(str(path), ["gone"], ["gone too"])])
    private_files.folder(tmp_path / ".makegood")
