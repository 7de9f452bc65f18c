"""The supervisor with real processes: what ends is started again, what is asked to end ends, and nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from makegood.errors import UserError
from makegood.local import processes
from makegood.local.supervisor import Claim, Health, Service, Supervisor, probes, running, service_supervisor, wording
from makegood.local.supervisor.backoff import Backoff
from makegood.local.supervisor.bounded_log import BoundedLog
from makegood.services import child_process, ports
from schemas.operations import ServiceState
from tests.conftest import free_port
from tests.patience import PATIENT_S

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


class Changes:
    """What the supervisor reported, and waiting for it."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, ServiceState, str]] = []
        self.pids: dict[str, int] = {}

    def __call__(self, service: str, state: ServiceState, sentence: str) -> None:
        self.changes.append((service, state, sentence))

    def on_pids(self, pids) -> None:
        self.pids = dict(pids)

    def of(self, state: ServiceState) -> list[str]:
        return [sentence for _, reached, sentence in self.changes if reached is state]

    async def until(self, state: ServiceState, count: int = 1) -> list[str]:
        async with asyncio.timeout(PATIENT_S):
            while len(self.of(state)) < count:  # noqa: ASYNC110  reported by callback
                await asyncio.sleep(0.02)
        return self.of(state)


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
async def supervisor(tmp_path, changes):
    made = Supervisor(tmp_path / "logs", changes, changes.on_pids)
    yield made
    await made.end(at_once=True)


def service(tmp_path, code: str, name: str = "clock", **more) -> Service:
    return Service(name, (sys.executable, "-c", code), tmp_path, **more)


async def well() -> Health:
    return Health.READY


# -- what ends is started again ----------------------------------------------------------------------------------------------------------


async def test_a_part_that_is_killed_is_started_again_and_both_are_told(supervisor, changes, tmp_path):
    supervisor.add(service(tmp_path, SLEEPS, probe=well))
    await changes.until(ServiceState.RUNNING)
    first = supervisor.pids["clock"]
    os.kill(first, signal.SIGKILL)
    again = (await changes.until(ServiceState.RUNNING, 2))[1]
    (down,) = changes.of(ServiceState.DOWN)
    assert down.startswith("clock was killed by signal 9 (SIGKILL) at ")
    assert down.endswith("UTC; it is started again in 1 s")
    assert again.startswith("clock runs again, ")
    assert supervisor.pids["clock"] != first


async def test_a_part_that_keeps_failing_is_never_given_up_and_its_last_words_are_told(supervisor, changes, tmp_path, monkeypatch):
    monkeypatch.setattr("makegood.local.supervisor.backoff.FIRST_S", 0.02)
    supervisor.add(service(tmp_path, "import sys; print('the oven is cold'); sys.exit(70)"))
    downs = await changes.until(ServiceState.DOWN, 4)
    assert "clock ended with exit status 70" in downs[0]
    assert "4 times in a row" in downs[3]
    assert downs[3].endswith("It said last: the oven is cold")


async def test_a_program_that_is_not_there_is_told_like_any_other_end(supervisor, changes, tmp_path):
    supervisor.add(Service("clock", ("/nowhere/clock",), tmp_path))
    (down,) = await changes.until(ServiceState.DOWN)
    assert "exit status 127" in down
    assert "/nowhere/clock cannot be started" in down


async def test_a_part_that_no_longer_answers_is_killed_and_started_again(supervisor, changes, tmp_path, monkeypatch):
    monkeypatch.setattr(service_supervisor, "HUNG_S", 0.2)
    monkeypatch.setattr(service_supervisor, "LOOK_AT_READY_S", 0.05)
    answers = [Health.READY, *[Health.NOT_READY] * 8, *[Health.SILENT] * 30]

    async def probe() -> Health:
        return answers.pop(0) if answers else Health.READY

    supervisor.add(service(tmp_path, SLEEPS, probe=probe))
    (down,) = await changes.until(ServiceState.DOWN)
    assert "clock did not answer for" in down
    assert len(answers) <= 30, "not ready is an answer"


async def test_a_part_is_changed_at_once_and_without_a_penalty(supervisor, changes, tmp_path):
    made = supervisor.add(service(tmp_path, SLEEPS, probe=well))
    await changes.until(ServiceState.RUNNING)
    made.change(service(tmp_path, "import os, time; print(os.environ['HOUR'], flush=True); time.sleep(60)", probe=well,
                     environment={"HOUR": "noon"}), "is set to another hour")  # fmt: skip
    await changes.until(ServiceState.RUNNING, 2)
    assert changes.of(ServiceState.DOWN)[0].endswith("it is started again")
    assert made.backoff.failures == 0
    await _until_said(tmp_path / "logs" / "clock.log", "noon")


# -- what is asked to end ends -----------------------------------------------------------------------------------------------------------


async def test_parts_end_stage_by_stage_and_none_is_started_again(tmp_path, changes):
    supervisor = Supervisor(tmp_path, changes, changes.on_pids)
    for name, stage in (("broker", 0), ("worker", 1), ("company", 2)):
        supervisor.add(service(tmp_path, SLEEPS, name, stage=stage, probe=well))
    await changes.until(ServiceState.RUNNING, 3)
    pids = supervisor.pids
    await supervisor.end()
    assert [name for name, state, _ in changes.changes if state is ServiceState.DOWN] == ["company", "worker", "broker"]
    assert not any(_lives(pid) for pid in pids.values())
    assert supervisor.pids == {}


async def test_a_part_that_does_not_end_is_killed_after_its_grace(tmp_path, changes):
    supervisor = Supervisor(tmp_path / "logs", changes, changes.on_pids)
    supervisor.add(service(tmp_path, DEAF, probe=well, grace_s=0.2))
    await changes.until(ServiceState.RUNNING)
    await _until_said(tmp_path / "logs" / "clock.log", "up")
    pid = supervisor.pids["clock"]
    async with asyncio.timeout(PATIENT_S):
        await supervisor.end()
    assert not _lives(pid)


async def test_a_part_that_waits_to_be_started_again_ends_without_waiting(tmp_path, changes, monkeypatch):
    monkeypatch.setattr("makegood.local.supervisor.backoff.FIRST_S", 30)
    supervisor = Supervisor(tmp_path, changes, changes.on_pids)
    supervisor.add(service(tmp_path, "raise SystemExit(1)"))
    await changes.until(ServiceState.DOWN)
    async with asyncio.timeout(PATIENT_S):
        await supervisor.end()


# -- nothing is left behind ---------------------------------------------------------------------------------------------------------------

ORPHANS = """
import asyncio, sys
from pathlib import Path
from makegood.local.supervisor import Claim, Service, Supervisor
async def main(folder):
    claim = Claim(folder).take()
    supervisor = Supervisor(folder / "logs", lambda *_: None, lambda pids: claim.note(dict(pids)))
    for name in ("one", "two"):
        supervisor.add(Service(name, (sys.executable, "-c", "import time; time.sleep(60)"), folder))
    await supervisor.until_running("one", "two")
    print("up", flush=True)
    await asyncio.sleep(60)
asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux ends the children")
def test_children_do_not_outlive_a_supervisor_that_is_killed_with_9(tmp_path):
    running = subprocess.Popen([sys.executable, "-c", ORPHANS, str(tmp_path)], stdout=subprocess.PIPE)
    assert running.stdout.readline() == b"up\n"
    pids = [pid for pid, _ in json.loads((tmp_path / "running.json").read_text())["children"].values()]
    assert len(pids) == 2
    assert all(_lives(pid) for pid in pids)
    running.kill()
    running.wait()
    running.stdout.close()
    _until(lambda: not any(_lives(pid) for pid in pids))


def test_what_an_earlier_supervisor_left_is_ended_and_named(tmp_path):
    left = subprocess.Popen([sys.executable, "-c", SLEEPS], stdout=subprocess.DEVNULL)
    stranger = subprocess.Popen([sys.executable, "-c", SLEEPS], stdout=subprocess.DEVNULL)
    try:
        Claim(tmp_path).take().note({"worker": left.pid})
        noted = json.loads((tmp_path / "running.json").read_text())
        noted["children"]["gateway"] = [stranger.pid, 0.01]  # the number was given again to somebody else since
        (tmp_path / "running.json").write_text(json.dumps(noted))
        claim = Claim(tmp_path)
        assert claim.was_cut_off
        assert claim.clear() == ["worker"]
        assert left.wait(PATIENT_S) == -signal.SIGKILL
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_second_supervisor_of_a_directory_is_refused_and_told_who_runs(tmp_path):
    first = Claim(tmp_path).take()
    first.note({}, "http://127.0.0.1:8000")
    with pytest.raises(UserError, match=rf"runs already in .*process {os.getpid()}, its board is at http://127.0.0.1:8000"):
        Claim(tmp_path).take()
    first.release()
    second = Claim(tmp_path).take()
    assert not second.was_cut_off
    second.release()


# -- rules --------------------------------------------------------------------------------------------------------------------------------


def test_the_wait_doubles_to_30_seconds_and_a_minute_of_health_forgets_it():
    backoff = Backoff()
    assert [backoff.after(0) for _ in range(8)] == [1, 2, 4, 8, 16, 30, 30, 30]
    assert backoff.after(59.9) == 30
    assert [backoff.after(60), backoff.after(3)] == [1, 2]


@pytest.mark.parametrize(
    ("status", "said"),
    [(-9, "was killed by signal 9 (SIGKILL)"), (-15, "was ended by signal 15 (SIGTERM)"), (70, "ended with exit status 70")],
)
def test_how_a_process_ended_is_a_phrase(status, said):
    assert child_process.ended(status) == said


def test_the_last_words_of_a_machine_log_are_told_without_its_dress():
    line = json.dumps({"event": "worker stops", "reason": "fenced", "level": "error"})
    said = wording.down("worker", "ended with exit status 70", datetime(2026, 3, 1, 14, 3, 12, tzinfo=UTC), 2, 2, [line], by_itself=True)
    assert said == "worker ended with exit status 70 at 14:03:12 UTC; it is started again in 2 s. It said last: worker stops: fenced"


@pytest.mark.parametrize(("failures", "by_itself", "told"), [(1, True, True), (1, False, False), (2, False, True)])
def test_the_log_is_quoted_where_a_service_ended_by_itself_or_again(failures, by_itself, told):
    """Whatever it ended with is called: an exit status in the words of a signal is none."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    said = wording.down("worker", "was ended by its exit status", at, 0, failures, ["no disk"], by_itself=by_itself)
    assert said.endswith("It said last: no disk") is told


def test_a_log_stays_bounded_and_its_last_lines_are_at_hand(tmp_path):
    log = BoundedLog(tmp_path / "part.log", most_bytes=1000)
    for number in range(200):
        log.write(f"line {number} {'x' * 20}\n".encode())
    log.close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2000
    assert log.last(1) == [f"line 199 {'x' * 20}"]
    assert (tmp_path / "part.log").stat().st_mode & 0o077 == 0


def test_a_log_holds_what_was_said_byte_for_byte_and_a_later_run_goes_on(tmp_path):
    said = ["Zoë: 资料\r\n".encode(), b"\xff\x00 no text\n", b"half a li", b"ne\n"]
    for chunk in said:
        log = BoundedLog(tmp_path / "logs" / "part.log")
        log.write(chunk)
        log.close()
    assert (tmp_path / "logs" / "part.log").read_bytes() == b"".join(said)


def test_a_full_disk_ends_no_part_and_the_log_goes_on_when_there_is_room(tmp_path, monkeypatch, capsys):
    log = BoundedLog(tmp_path / "part.log")
    with monkeypatch.context() as full:
        full.setattr("makegood.local.supervisor.bounded_log._PrivateFile._open", lambda _: open("/dev/full", "a"))  # noqa: SIM115
        log.write(b"lost\n")
        log.write(b"lost too\n")
    assert log.last() == ["lost", "lost too"]
    log.write(b"kept\n")
    log.close()
    assert (tmp_path / "part.log").read_bytes() == b"kept\n"
    assert capsys.readouterr().err == ""


def test_a_process_id_that_was_given_again_is_not_ours(tmp_path):
    with subprocess.Popen([sys.executable, "-c", SLEEPS], stdout=subprocess.PIPE) as child:
        assert child.stdout.readline()
        born = processes.born(child.pid)
        assert born == processes.born(child.pid)
        for noted, ours in ((born, True), (born - 0.01, False), (None, False)):
            note = {"pid": child.pid, "born": noted, "told": {}, "children": {}}
            (tmp_path / "running.json").write_text(json.dumps(note))
            assert (running(tmp_path) is not None) is ours
        child.kill()
        _until(lambda: processes.born(child.pid) is None)  # nobody has asked for its status yet
        assert processes.command(child.pid) == ""
        child.wait()
    assert processes.born(child.pid) is None


def test_a_taken_port_gives_way_to_the_next_free_one():
    import socket

    wanted = free_port(3)
    with socket.socket() as other:
        other.bind(("127.0.0.1", wanted))
        other.listen()
        with ports.take(wanted) as first, ports.take(wanted) as second:
            assert [ports.number(first), ports.number(second)] == [wanted + 1, wanted + 2], "a port is given once"


async def test_a_part_is_ready_when_its_page_says_so_silent_when_nobody_listens():
    status = "503 Service Unavailable"

    async def answer(reader, writer) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.readline()
            writer.write(f"HTTP/1.1 {status}\r\n\r\n".encode())
            writer.close()

    port = free_port()
    probe = probes.over_http("127.0.0.1", port)
    assert await probe() is Health.SILENT
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server:
        assert await probe() is Health.NOT_READY
        status = "200 OK"
        assert await probe() is Health.READY


async def _until_said(log: Path, word: str) -> None:
    deadline = time.monotonic() + PATIENT_S
    while word not in (log.read_text() if log.exists() else ""):  # noqa: ASYNC240  another process writes it
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _until(condition) -> None:
    deadline = time.monotonic() + PATIENT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
