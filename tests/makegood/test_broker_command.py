"""`makegood broker` tells one story, whoever asks: up, status, down, Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.conftest import free_port
from tests.patience import PATIENT_S

pytestmark = pytest.mark.broker
COMMAND = [sys.executable, "-c", "from makegood.cli.main import main; main()", "broker"]


def makegood(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=PATIENT_S)


@pytest.mark.faults
def test_up_detached_status_and_down_tell_one_story_and_the_next_up_uses_the_same_port(tmp_path):
    place, port = ("--dir", str(tmp_path / "k")), free_port(2)
    assert makegood("status", *place).returncode == 1
    assert f"serves at 127.0.0.1:{port} " in makegood("up", "--detach", "--port", str(port), "--heap", "256", *place).stdout
    try:
        told = makegood("status", *place)
        assert told.returncode == 0
        assert f"at 127.0.0.1:{port}: runs, process " in told.stdout
        assert "Apache Kafka 4." in told.stdout
        again = makegood("up", *place)
        assert again.returncode == 1
        assert again.stderr.splitlines()[-1].startswith("makegood: broker 1 of ")
        assert "runs already: stop it with `makegood broker down`" in again.stderr
        assert "Traceback" not in again.stderr
    finally:
        ended = makegood("down", *place)
    assert "1 broker ended" in ended.stdout
    assert "No broker runs" in makegood("down", *place).stdout
    assert "does not run" in makegood("status", *place).stdout

    with _up(*place) as standing:
        assert f"serves at 127.0.0.1:{port} " in standing.stdout.readline()
        assert "1 broker ended" in makegood("down", *place).stdout
        assert "ended from elsewhere" in standing.communicate(timeout=PATIENT_S)[0]
        assert standing.returncode == 0


def _up(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*COMMAND, "up", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_ctrl_c_ends_the_broker_and_a_crash_is_told(tmp_path):
    place, port = ("--dir", str(tmp_path / "k")), str(free_port(2))
    with _up("--port", port, "--heap", "256", *place) as standing:
        assert "serves" in standing.stdout.readline()
        standing.send_signal(signal.SIGINT)
        assert "ending" in standing.communicate(timeout=PATIENT_S)[0]
        assert standing.returncode == 0
    assert makegood("status", *place).returncode == 1

    with _up(*place) as standing:
        assert "serves" in standing.stdout.readline()
        from makegood.local.broker import Cluster

        Cluster.made_in(tmp_path / "k").kill(1)
        _, said = standing.communicate(timeout=PATIENT_S)
        assert standing.returncode == 1
        assert "no broker runs any more; 1 ended by itself" in said
        assert "Traceback" not in said
