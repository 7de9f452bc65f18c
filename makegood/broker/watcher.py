"""Runs one broker and ends it when whoever started it is gone: it waits on a pipe that only the starter holds.

usage: python -m makegood.broker.watcher PIDFILE LOG stay|pipe COMMAND...
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import NoReturn

GRACE_S = 15


def _die_with_parent() -> None:
    """On Linux the kernel ends the broker even when this watcher is killed with -9."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def main() -> NoReturn:
    """Start the command, note its process id, wait for its end or the starter's."""
    pid_file, log, mode, *command = sys.argv[1:]
    with Path(log).open("ab") as out:
        broker = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, preexec_fn=_die_with_parent  # noqa: PLW1509  no thread runs yet
        )
    Path(pid_file).write_text(str(broker.pid))
    signal.signal(signal.SIGTERM, lambda *_: _end(broker))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the starter decides
    if mode == "pipe":
        threading.Thread(target=_wait_for_starter, args=(broker,), daemon=True).start()
    status = broker.wait()
    Path(pid_file).unlink(missing_ok=True)
    sys.exit(status)


def _wait_for_starter(broker: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):
        pass
    _end(broker)


def _end(broker: subprocess.Popen[bytes]) -> None:
    broker.terminate()
    timer = threading.Timer(GRACE_S, broker.kill)
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main()
