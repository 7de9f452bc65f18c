"""The first minute with Makegood: one command, a board that fills, a worker that is killed, and an end that leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.patience import PATIENT_S

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

"""With the jars of Kafka in the cache. The suite may share two cores with others: the limit is the issue's, not ours."""


class Demo:
    """`makegood demo` in a directory of its own, and a person at its board."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.home = directory, directory / "demo"
        self.said = directory / "said.txt"
        self.began = time.monotonic()
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "makegood.cli", "demo", "--dir", str(self.home)],
                cwd=directory,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        self.browser = httpx.Client(timeout=10)

    def until(self, condition, limit_s: float, what: str):
        """Wait until a condition holds; returns what it gave."""
        deadline = time.monotonic() + limit_s
        while not (found := condition()):
            assert self.process.poll() is None, self.text
            assert time.monotonic() < deadline, f"{what}\n{self.text}"
            time.sleep(0.2)
        return found

    @property
    def text(self) -> str:
        return self.said.read_text(errors="replace")

    def open_board(self) -> None:
        found = self.until(
            lambda: re.search(r"The board is open at (\S+) +sign in as admin with (\S+)", self.text), PATIENT_S + 30, "no board"
        )
        self.board, password = found.groups()
        answer = self.browser.post(f"{self.board}/api/login", json={"name": "admin", "password": password})
        assert answer.status_code == 200, answer.text
        self.csrf = answer.json()["csrf"]

    def get(self, path: str) -> dict:
        answer = self.browser.get(self.board + path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tasks(self) -> list[dict]:
        return self.get("/api/tasks")["tasks"]

    @property
    def pids(self) -> dict[str, int]:
        noted = json.loads((self.home / "running.json").read_text())
        return {name: pid for name, (pid, _) in noted["children"].items()}

    def end(self) -> float:
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return time.monotonic() - began


@pytest.fixture
def demo(tmp_path):
    made = Demo(tmp_path)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()
    made.browser.close()


def test_the_board_opens_fills_survives_a_kill_and_ends_without_a_trace(demo):
    demo.open_board()
    opened_s = time.monotonic() - demo.began
    demo.until(lambda: len(demo.tasks()) >= 5, PATIENT_S, "no tasks come in")
    demo.until(lambda: "end it" in demo.text, 600, "the history does not end")
    assert "events of eight weeks are decided" in demo.text
    print(f"board after {opened_s:.1f} s, history decided after {time.monotonic() - demo.began:.1f} s")
    tasks = demo.tasks()
    assert 12 <= len(tasks) <= 60

    worker = demo.pids["worker"]
    os.kill(worker, signal.SIGKILL)
    told = demo.until(
        lambda: [h for h in demo.get("/api/pipeline")["service_events"] if "was killed by signal 9" in h["sentence"]], PATIENT_S, "not told"
    )
    assert told[0]["service"] == "worker"
    demo.until(lambda: demo.pids.get("worker") not in {None, worker}, PATIENT_S, "the worker is not started again")

    _send_signed_ticket(demo)
    demo.until(
        lambda: any("second machine is down" in json.dumps(task) for task in demo.tasks()),
        PATIENT_S,
        "the ticket makes no task after the kill",
    )
    demo.until(lambda: _received(demo), PATIENT_S, "nothing reaches the sink")

    running, took = demo.pids, demo.end()
    print(f"ended in {took:.1f} s")
    assert demo.process.returncode == 0, demo.text
    assert not [pid for pid in running.values() if _lives(pid)]
    assert not _mentioning(str(demo.home))


def test_a_demo_that_is_killed_leaves_no_process_and_the_next_one_says_so(demo):
    demo.open_board()
    demo.process.kill()
    demo.process.wait()
    deadline = time.monotonic() + PATIENT_S
    while _mentioning(str(demo.home)):
        assert time.monotonic() < deadline, _mentioning(str(demo.home))
        time.sleep(0.2)
    again = Demo(demo.directory)
    try:
        again.until(lambda: "was cut off here the last time" in again.text, PATIENT_S, "it does not say that it was cut off")
        again.open_board()
    finally:
        again.end()
        again.browser.close()


def _send_signed_ticket(demo: Demo) -> None:
    command = [sys.executable, "-m", "makegood.cli", "simulate", "--one-zendesk"]
    done = subprocess.run(command, cwd=demo.home, capture_output=True, text=True, timeout=PATIENT_S)
    assert "answers 200" in done.stdout, done.stdout + done.stderr


def _received(demo: Demo) -> int:
    sink = re.search(r"sink +(http://\S+)", demo.text)[1]
    return demo.browser.get(f"{sink}/received").json()["received"]


def _mentioning(path: str) -> list[str]:
    """The command lines of living processes that name a path, other than our own."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if path in words and int(folder.name) != os.getpid():
            found.append(words[:120])
    return found


def _lives(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
