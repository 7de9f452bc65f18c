"""The embedded broker is real, keeps its data, and leaves nobody behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from makegood.local.broker import BrokerError, Cluster
from makegood.local.broker.broker_process import is_broker
from tests.conftest import free_port
from tests.patience import PATIENT_S

pytestmark = pytest.mark.broker


def gone_within(pid: int, home, limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while is_broker(pid, home) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_broker(pid, home)


async def _topics(bootstrap: str, *, make: str | None = None, copies: int = 1) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        if make:
            await admin.create_topics([NewTopic(make, 1, copies)])
        return await admin.list_topics()
    finally:
        await admin.close()


async def _write(bootstrap: str, topic: str) -> int:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", request_timeout_ms=20_000) as producer:
        return (await producer.send_and_wait(topic, b"heard")).offset


async def test_topics_and_records_survive_a_stop_even_below_a_path_that_is_not_ascii(tmp_path):
    port = free_port(2)
    with Cluster(tmp_path / "Zoë's 资料", first_port=port) as cluster:
        await _topics(cluster.bootstrap, make="kept")
        assert await _write(cluster.bootstrap, "kept") == 0
    assert cluster.pid(1) is None
    cluster.stop()
    with Cluster(cluster.directory, first_port=port) as again:
        assert again.bootstrap == cluster.bootstrap
        assert "kept" in await _topics(again.bootstrap)
        assert await _write(again.bootstrap, "kept") == 1


@pytest.mark.faults
async def test_three_brokers_keep_three_copies_and_serve_on_without_one_of_them(tmp_path):
    with Cluster(tmp_path, brokers=3, first_port=free_port(30), heap_mb=256) as cluster:
        await _topics(cluster.bootstrap, make="copied", copies=3)
        first = cluster.pid(2)
        with pytest.raises(BrokerError, match=f"broker 2 runs .process {first}."):
            cluster.restart(2)
        cluster.kill(2)
        assert cluster.pid(2) is None
        assert cluster.ended() == {}, "a broker that was killed on purpose is not told as ended by itself"
        assert await _write(cluster.bootstrap, "copied") == 0
        cluster.restart(2)
        assert cluster.pid(2) not in {None, first}
        for node in cluster.ports:  # an orderly end of three takes 5 s more
            cluster.kill(node)


_STARTER = """
import os, sys, time
from pathlib import Path
from makegood.local.broker import Cluster
cluster = Cluster(Path(sys.argv[1]), first_port=int(sys.argv[2]), heap_mb=256)
cluster.start()
if sys.argv[3:] == ["fork"] and os.fork() == 0:
    time.sleep(12)  # holds the pipe, as any child forked without exec does
    os._exit(0)
print(cluster.pid(1), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("manner", [[], ["fork"]], ids=["alone", "with-a-forked-child"])
def test_no_broker_is_left_behind_when_its_starter_is_killed(tmp_path, manner):
    command = [sys.executable, "-c", _STARTER, str(tmp_path), str(free_port(2)), *manner]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        broker = int(starter.stdout.readline())
        assert is_broker(broker, tmp_path / "1")
        starter.kill()
        starter.wait()
        assert gone_within(broker, tmp_path / "1", PATIENT_S)
        starter.stdout.close()


def test_no_broker_is_left_behind_when_its_watcher_is_killed(tmp_path):
    if not sys.platform.startswith("linux"):
        pytest.skip("the kernel ends a broker with its watcher on Linux only")
    with Cluster(tmp_path, first_port=free_port(2), heap_mb=256) as cluster:
        broker = cluster.pid(1)
        cluster._watchers[1].kill()
        assert gone_within(broker, tmp_path / "1", PATIENT_S)
        cluster._watchers[1].wait(PATIENT_S)  # the kernel may end the broker a moment before it is done with the watcher
        assert cluster.ended() == {1: -signal.SIGKILL}


def test_a_broker_that_dies_at_its_start_is_told_at_once_with_its_last_words_and_its_log(tmp_path):
    cluster = Cluster(tmp_path, first_port=free_port(2), heap_mb=256)
    (tmp_path / "1" / "log").mkdir(parents=True)
    (tmp_path / "1" / "log" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=bWFrZWdvb2QtZW1iZWRkZQ\n")
    for stay in (False, True):
        began = time.monotonic()
        with pytest.raises(BrokerError, match=r"broker 1 ended while it started: .*node.?id.*out\.log"):
            cluster.start(stay=stay)
        assert time.monotonic() - began < PATIENT_S
        assert cluster.pid(1) is None
        assert cluster.ended() == {}


def test_an_interrupt_during_the_start_leaves_no_broker(tmp_path):
    cluster = Cluster(tmp_path, first_port=free_port(2), heap_mb=256)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            cluster.start(progress=lambda step: signal.setitimer(signal.ITIMER_REAL, 0.4) if step.stage == "starting" else None)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert cluster.pid(1) is None
    assert not _processes_naming(str(tmp_path))


def _processes_naming(text: str) -> list[str]:
    said = []
    for pid in (entry for entry in os.listdir("/proc") if entry.isdigit()) if os.path.isdir("/proc") else ():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                said.append(file.read().decode(errors="replace"))
        except OSError:
            continue
    return [command for command in said if text in command]
