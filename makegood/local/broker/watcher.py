"""Runs one broker and ends it when whoever started it is gone: it waits on a pipe that only the starter holds.

usage: python -I watcher.py PIDFILE LOG stay|pipe COMMAND...
Run as a file, isolated: it imports nothing of ours, and nothing from the folder in which the user happens to be.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import NoReturn

GRACE_S = 15
ORPHAN_GRACE_S = 4
LOOK_S = 1


def main() -> NoReturn:
    """Start the command, note its process id, wait for its end or the starter's."""
    pid_file, log, mode, *command = sys.argv[1:]
    starter = os.getppid()
    running: list[subprocess.Popen[bytes]] = []
    signal.signal(signal.SIGTERM, lambda *_: _end(running, GRACE_S))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C may reach us too; the starter decides
    running.append(_run(command, log))
    Path(pid_file).write_text(str(running[0].pid), encoding="utf-8")
    if mode == "pipe":
        threading.Thread(target=_wait_for_starter, args=(starter, running), daemon=True).start()
    status = running[0].wait()
    _forget(Path(pid_file), running[0].pid)
    sys.exit(status if status >= 0 else 128 - status)


def _run(command: list[str], log: str) -> subprocess.Popen[bytes]:
    with Path(log).open("ab") as out:
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_watcher,  # noqa: PLW1509  no thread runs yet
        )


def _die_with_watcher() -> None:
    """On Linux the kernel ends the broker even when this watcher is killed with -9."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _wait_for_starter(starter: int, running: list[subprocess.Popen[bytes]]) -> None:
    # The pipe tells at once; the parent's number tells too where a child that the starter forked still holds the pipe.
    while os.getppid() == starter:
        if select.select([0], [], [], LOOK_S)[0] and not os.read(0, 4096):
            break
    _end(running, ORPHAN_GRACE_S)


def _end(running: list[subprocess.Popen[bytes]], grace_s: float) -> None:
    if not running:
        sys.exit(0)
    running[0].terminate()
    timer = threading.Timer(grace_s, running[0].kill)
    timer.daemon = True
    timer.start()


def _forget(pid_file: Path, pid: int) -> None:
    with contextlib.suppress(OSError):
        if pid_file.read_text(encoding="utf-8") == str(pid):  # else the broker was started again meanwhile
            pid_file.unlink()


if __name__ == "__main__":
    main()
