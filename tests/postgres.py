"""A real PostgreSQL for tests: Debian's server in a directory of its own, on loopback, never as root; skipped, loudly, where there is none.

    from tests.postgres import postgres, postgres_url  # noqa: F401   (two fixtures: one server a session, one empty database a test)

`running()` is the same as a context manager, for tests that start and stop servers themselves.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.conftest import free_port
from tests.patience import PATIENT_S

USER = "makegood"
_databases = itertools.count(1)
# Tests need no safety from power cuts; ICU's order of letters is what a server in production has, and it is not that of bytes.
_SETTINGS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=60", "shared_buffers=32MB")
_INITDB = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--auth=scram-sha-256", "--no-sync")


def programs() -> Path | None:
    """The directory of the newest server's programs, or None where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    path = shutil.which("postgres")
    return Path(path).parent if path else None


def _demoted() -> dict[str, Any]:
    """How to start a process that is not root's: PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    pytest.skip("no PostgreSQL: it does not run as root, and there is no user postgres or nobody")


class Server:
    """A server that can be stopped and started; `url` is that of its database `postgres`."""

    def __init__(self, bin_: Path, directory: Path, demoted: dict[str, Any]) -> None:
        self._bin, self._directory, self._demoted = bin_, directory, demoted
        self._port, password = free_port(), secrets.token_hex(16)
        _initialise(bin_, directory, password, demoted)
        self.url = f"postgresql://{USER}:{password}@127.0.0.1:{self._port}/postgres"
        self.start()

    def start(self) -> None:
        self._process = _start(self._bin, self._directory, self._port, self._demoted)
        try:
            _until_up(self.url, self._process, self._directory / "log")
        except BaseException:
            self.stop()  # nobody else will: who asked for it has got none
            raise

    def stop(self) -> None:
        _stop(self._process)

    def pids(self) -> list[int]:
        """The server's own process, and those that it began."""
        begun = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return [self._process.pid, *map(int, begun)]


@contextmanager
def running() -> Iterator[str]:
    """A server until the end of the block: the URL of its database `postgres`. Skips the test where there is no PostgreSQL."""
    with server() as one:
        yield one.url


@contextmanager
def server() -> Iterator[Server]:
    """The same, to be stopped and started meanwhile."""
    bin_, demoted = programs(), _demoted()
    if bin_ is None:
        pytest.skip("no PostgreSQL: the package postgresql of the distribution is not installed, so nothing is tested on it")
    directory = Path(tempfile.mkdtemp(prefix="makegood-postgres-"))
    if demoted:
        os.chown(directory, demoted["user"], demoted["group"])
    try:
        one = Server(bin_, directory, demoted)
        try:
            yield one
        finally:
            one.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _initialise(bin_: Path, directory: Path, password: str, demoted: dict[str, Any]) -> None:
    given = directory / "password"
    given.write_text(password)
    if demoted:
        os.chown(given, demoted["user"], demoted["group"])
    command = [bin_ / "initdb", "-D", directory / "data", "-U", USER, f"--pwfile={given}", *_INITDB]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", **demoted)
    assert done.returncode == 0, done.stderr


def _start(bin_: Path, directory: Path, port: int, demoted: dict[str, Any]) -> subprocess.Popen[bytes]:
    options = [part for setting in _SETTINGS for part in ("-c", setting)]
    command = [bin_ / "postgres", "-D", directory / "data", "-h", "127.0.0.1", "-p", str(port), "-k", "", *options]
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd="/", **demoted)


def _until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENT_S
    while True:
        try:
            return _execute_apart(url, "select 1")
        except (OSError, asyncpg.CannotConnectNowError):
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}") from None
            time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # fast shutdown: open connections are ended
    try:
        process.wait(PATIENT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _execute_apart(url: str, statement: str) -> None:
    """In a thread of its own: the fixture may be asked for while a loop runs here."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(_execute(url, statement))).result()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL server, started once a session."""
    with running() as url:
        yield url


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """The URL of an empty database that no other test uses."""
    name = f"t{next(_databases)}"
    _execute_apart(postgres, f"create database {name}")
    yield postgres.rsplit("/", 1)[0] + f"/{name}"
    _execute_apart(postgres, f"drop database {name} with (force)")
