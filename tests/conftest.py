"""Fixtures for every room: one real broker for the session, and fresh topics for each test that wants them."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import random
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    from tests.installation import Installation
    from tests.installed import Installed

# a shared machine may be slow for a moment: that is no finding
settings.register_profile("makegood", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("makegood")

_names = itertools.count(1)
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = (20_000 + 2_000 * (_WORKER % 6), 22_000 + 2_000 * (_WORKER % 6))
_given: set[int] = set()


def free_port(span: int = 1) -> int:
    """A port on loopback of which this and the next `span - 1` are free now, and which no test of this process was given before.

    Each process of the suite takes its own from a range of its own. The ranges lie below the one from which the system takes ports for
    outgoing connections: such a one could take it before it is used.
    """
    for _ in range(1000):
        port = random.randrange(*_PORTS)
        wanted = range(port, port + span)
        if not _given.intersection(wanted) and all(_is_free(number) for number in wanted):
            _given.update(wanted)
            return port
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def shared(*parts: str) -> Path:
    """A file of the shared test data, which is not part of the project; the test is skipped, loudly, where it is absent."""
    base = Path(os.environ.get("MAKEGOOD_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    path = base.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no shared data: {'/'.join(parts)} is not in the folder named by MAKEGOOD_SHARED nor in ../shared")
    return path


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a broker is a journey; of tests with the same id pytest-xdist runs one, and says nothing.

    The file that may take longest begins first: at the end the one process would wait for the other.
    """
    longest: dict[Path, float] = {}
    for item in items:
        limit = item.get_closest_marker("timeout")
        longest[item.path] = max(longest.get(item.path, 0), limit.args[0] if limit else 0)
        if item.get_closest_marker("broker") or "bootstrap" in getattr(item, "fixturenames", ()):
            item.add_marker("journeys")
    ids = Counter(item.nodeid for item in items)
    if twice := [name for name, count in ids.items() if count > 1]:
        raise pytest.UsageError(f"several tests have one id, give them names of their own: {', '.join(twice)}")
    items.sort(key=lambda item: -longest[item.path])


class _ByFile(LoadFileScheduling):
    """A file of tests runs in one process; so does the folder of those that kill the same three brokers."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "tests/faults" if file.startswith("tests/faults/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _ByFile:
    return _ByFile(config, log)


@pytest.fixture(autouse=True)
def logging_as_it_was(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a command says to the loggers of its process ends with the test that ran it here."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level, levels = list(root.handlers), root.level, {name: one.level for name, one in _loggers()}
    if any(map(request.node.get_closest_marker, ("faults", "load"))):
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers die there by the dozen: what it says would bury the report
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, one in _loggers():
        one.setLevel(levels.get(name, logging.NOTSET))
    structlog.configure(**config)


@pytest.fixture
def fresh_log(monkeypatch: pytest.MonkeyPatch) -> Callable[[ModuleType], None]:
    """Give a module a logger that no test before has bound to where its lines went then."""
    return lambda module: monkeypatch.setattr(module, "log", structlog.get_logger())


def _loggers() -> list[tuple[str, logging.Logger]]:
    return [(name, one) for name, one in logging.root.manager.loggerDict.items() if isinstance(one, logging.Logger)]


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of a real Apache Kafka broker, started once."""
    from makegood.local.broker import Cluster

    with Cluster(tmp_path_factory.mktemp("kafka"), brokers=1, first_port=free_port(2)) as cluster:
        yield cluster.bootstrap


@pytest.fixture
def prefix() -> str:
    """A topic prefix that no other test uses."""
    return f"t{os.getpid()}-{next(_names)}."


@pytest.fixture
def applied(bootstrap: str, prefix: str) -> str:
    """The prefix of topics that are made (4 partitions each)."""
    from makegood.kafka import Connection, topics

    asyncio.run(topics.apply(Connection(bootstrap), prefix=prefix, partitions=4, replication=1))
    return prefix


@pytest.fixture
def installation(bootstrap: str, applied: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation with its topics made, of which no part runs yet."""
    from tests.installation import Installation

    with Installation(bootstrap, applied, tmp_path) as installation:
        yield installation


@pytest.fixture
def started() -> Iterator[list[Installed]]:
    """To be filled with what a test starts, so that it ends with the test."""
    all_: list[Installed] = []
    yield all_
    with ExitStack() as stack:  # each ends, whatever the end of another raises
        for one in all_:
            stack.push(one)
