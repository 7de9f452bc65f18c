"""The script that installs Debian's packages: quiet where all is there, and never a failure where it may not install."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.patience import PATIENT_S

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "system-packages.sh"
SHOWN_BY = ("chromium", "postgres", "docker-compose")


def run(place: Path, *there: str) -> subprocess.CompletedProcess[str]:
    """The script on a machine that has only these commands, each of which does nothing and says so in a file."""
    for name in there:
        program = place / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {place}/called\n')
        program.chmod(0o755)
    for name in ("bash", "env", "id"):
        if not (place / name).exists():
            (place / name).symlink_to(f"/usr/bin/{name}")
    return subprocess.run(["/bin/bash", str(SCRIPT)], env={"PATH": str(place)}, capture_output=True, text=True, timeout=PATIENT_S)


def test_where_all_is_there_nothing_is_done(tmp_path):
    done = run(tmp_path, *SHOWN_BY)
    assert (done.returncode, done.stdout) == (0, "system packages: all there\n")
    assert not (tmp_path / "called").exists()


def test_where_there_is_no_apt_get_it_says_what_will_be_skipped(tmp_path):
    done = run(tmp_path, "postgres", "docker-compose")
    assert done.returncode == 0
    assert "not installed: chromium" in done.stdout
    assert "will be skipped: browser tests" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="as another user it would ask for sudo")
def test_what_is_missing_is_installed_and_nothing_else(tmp_path):
    done = run(tmp_path, "chromium", "postgres", "apt-get")
    assert done.returncode == 0, done.stderr
    called = (tmp_path / "called").read_text().splitlines()
    assert [line.split()[-1] for line in called] == ["update", "docker-compose"]
    assert "install" in called[1]
