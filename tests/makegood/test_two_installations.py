"""Several installations on one machine: each has its own cluster, its own ports and its own history, however they are started."""

from __future__ import annotations

import shutil
import socket
import time
from pathlib import Path

import pytest

from makegood.local.broker import Cluster
from tests.conftest import free_port
from tests.installed import Installed, cluster_at, cluster_in, makegood, wanted_ports, wants_broker_at
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.faults, pytest.mark.broker, pytest.mark.timeout(900)]


def own(one: Installed) -> dict[str, str]:
    """What the parts of an installation were told; it is checked that its Kafka is its own."""
    told = one.told("worker")
    assert cluster_at(told["MAKEGOOD_KAFKA"]) == cluster_in(one.home), one.text
    return told


# -- ports: bound by us, or another one taken ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round_", range(2))
def test_two_that_start_at_the_same_moment_share_nothing(tmp_path, started, round_):
    ports, broker = wanted_ports(), free_port(4)
    for name in ("a", "b"):
        wants_broker_at(tmp_path / name / ".makegood", broker)
    started += [Installed(tmp_path / name, "up", "--without", "gateway", **ports) for name in ("a", "b")]
    for one in started:
        one.until("Makegood runs", "it does not stand")
    told = [own(one) for one in started]
    assert cluster_in(started[0].home) != cluster_in(started[1].home)
    for name in ("KAFKA", "HEALTH_PORT", "HANDLERS__HEALTH_PORT", "CONSOLE__PORT"):
        assert len({one[f"MAKEGOOD_{name}"] for one in told}) == 2, name
    for one in started:
        assert "started again" not in one.text, "a port was lost to the other between choice and use"


def test_a_part_that_is_down_does_not_lose_its_port(tmp_path, started):
    ports = wanted_ports()
    wants_broker_at(tmp_path / ".makegood", free_port(2))
    one = Installed(tmp_path, "up", "--without", "gateway", **ports)
    started.append(one)
    one.until("Makegood runs", "it does not stand")
    before = one.pids["console"]
    import os
    import signal

    os.kill(before, signal.SIGKILL)
    taken = _grab(int(ports["MAKEGOOD_CONSOLE__PORT"]), 2)
    try:
        assert taken is None, "a stranger got the port of the board while it was down"
        one.until("console runs again", "the board does not come back")
    finally:
        if taken is not None:
            taken.close()


def test_a_stranger_that_takes_the_port_of_a_dead_broker_is_left_alone(tmp_path, started):
    port = free_port(4)
    wants_broker_at(tmp_path / ".makegood", port)
    one = Installed(tmp_path, "up", "--without", "gateway", **wanted_ports())
    started.append(one)
    one.until("Makegood runs", "it does not stand")
    before = cluster_in(one.home)
    Cluster.made_in(one.home / "kafka").kill(1)
    stranger = _grab(port, 20)
    assert stranger is not None
    try:
        one.until(rf"port {port} is taken by another process: the broker takes \d+", "the broker goes to no other port", PATIENT_S)
        one.until("worker runs again", "the worker does not follow", PATIENT_S)
        told = own(one)
        assert told["MAKEGOOD_KAFKA"] != f"127.0.0.1:{port}"
        assert cluster_in(one.home) == before
        assert "--port" not in one.text, "up has no such option"
    finally:
        stranger.close()


def _grab(port: int, limit_s: float) -> socket.socket | None:
    """Take a port as soon as nobody has it."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            time.sleep(0.005)
    return None


def test_a_kafka_of_others_at_the_wanted_port_is_not_adopted(tmp_path, started, bootstrap):
    wants_broker_at(tmp_path / ".makegood", int(bootstrap.rpartition(":")[2]))
    one = Installed(tmp_path, "up", "--without", "gateway", **wanted_ports())
    started.append(one)
    one.until("Makegood runs", "it does not stand")
    assert cluster_at(own(one)["MAKEGOOD_KAFKA"]) != cluster_at(bootstrap)


def test_broker_up_takes_another_port_where_the_usual_one_is_taken_and_says_so(tmp_path, bootstrap):
    port = int(bootstrap.rpartition(":")[2])
    wants_broker_at(tmp_path / ".makegood", port)
    done = makegood("broker", "up", "--detach", folder=tmp_path)
    try:
        assert f"port {port} is taken by another process: the broker takes" in done.stdout + done.stderr
        assert done.returncode == 0, done.stderr
        assert Cluster.made_in(tmp_path / ".makegood" / "kafka").bootstrap != bootstrap
    finally:
        makegood("broker", "down", folder=tmp_path)
    asked = makegood("broker", "up", "--port", port, folder=tmp_path)
    assert asked.returncode == 1
    assert f"port {port} is taken by another process: choose another with --port" in asked.stderr


def test_two_brokers_that_start_at_the_same_moment_both_serve(tmp_path, started):
    port = free_port(4)
    for name in ("a", "b"):
        wants_broker_at(tmp_path / name / ".makegood", port)
        started.append(Installed(tmp_path / name, "broker", "up"))
    served = {one.until(r"serves at (\S+)", "it does not serve")[1] for one in started}
    assert len(served) == 2
    assert len({cluster_at(address) for address in served}) == 2


# -- data that are another cluster's -------------------------------------------------------------------------------------------------------


@pytest.fixture
def ended(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """An installation that ran and ended in order, and the cluster of somebody else beside it."""
    ports = wanted_ports()
    wants_broker_at(tmp_path / "ours" / ".makegood", free_port(2))
    with Installed(tmp_path / "ours", "up", "--without", "gateway", "--without", "console", "--without", "handlers", **ports) as one:
        one.until("Makegood runs", "it does not stand")
    with Cluster(tmp_path / "theirs", first_port=free_port(2), heap_mb=256):
        pass
    return tmp_path, ports


@pytest.mark.parametrize("what", ["", "1/log"], ids=["the whole folder", "only the log"])
def test_a_broker_s_data_that_were_exchanged_are_refused_in_a_sentence(ended, what):
    place, ports = ended
    kept = place / "ours" / ".makegood" / "kafka"
    shutil.rmtree(kept / what)
    shutil.copytree(place / "theirs" / what, kept / what)
    with Installed(place / "ours", "up", "--without", "gateway", **ports) as one:
        assert one.process.wait(PATIENT_S + 30) == 1
    assert "belong" in one.text
    assert "makegood: " in one.text
    assert "Traceback" not in one.text


def test_another_cluster_at_the_same_address_is_refused_until_it_is_accepted(tmp_path, started):
    port, ports = free_port(2), wanted_ports()
    words = ("--kafka", f"127.0.0.1:{port}", "--without", "gateway", "--without", "console", "--without", "handlers")
    for name in ("first", "second"):
        with Cluster(tmp_path / name, first_port=port, heap_mb=256):
            one = Installed(tmp_path / "ours", "up", *words, **ports)
            started.append(one)
            if name == "first":
                one.until("Makegood runs", "it does not stand")
                one.end()
                continue
            assert one.process.wait(PATIENT_S) == 1, one.text
            assert "another cluster" in one.text
            assert "--accept-cluster" in one.text
            again = Installed(tmp_path / "ours", "up", "--accept-cluster", *words, **ports)
            started.append(again)
            again.until("Makegood runs", "it is not accepted")
            again.end()
            last = Installed(tmp_path / "ours", "up", *words, **ports)
            started.append(last)
            last.until("Makegood runs", "what was accepted is not kept")
            last.end()
