"""Without the extra `local` a server runs, and what needs it says how to install it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from makegood.local import extra
from tests.patience import PATIENT_S

pytestmark = pytest.mark.journeys

ROOT = Path(__file__).resolve().parents[2]
WITHOUT = f"""
import sys
sys.modules.update(dict.fromkeys({extra.LIBRARIES}))
from makegood.cli.main import main
main()
"""
"""A process in which none of these libraries can be imported."""


def _makegood(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WITHOUT, *arguments], cwd=folder, capture_output=True, text=True, timeout=PATIENT_S)


@pytest.mark.parametrize("command", ["up", "demo", "sink", "broker up", "broker status"])
def test_what_runs_on_one_machine_says_what_to_install(tmp_path, command):
    done = _makegood(tmp_path, *command.split())
    assert done.returncode == 1
    assert done.stderr == (
        "makegood: this needs libraries that are not installed (aiosmtpd, jgo, pooch, psutil): pip install 'makegood[local]'\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["topics apply", "worker"])
def test_what_runs_on_a_server_does_without_the_extra(tmp_path, command):
    done = _makegood(tmp_path, *command.split())
    assert "no Makegood runs in" in done.stderr, "it looks for one here, and imports nothing that is not there"


def test_the_extra_is_what_the_check_names():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {line.partition(">")[0] for line in declared["optional-dependencies"]["local"]} == set(extra.LIBRARIES)
    assert not {line.partition(">")[0] for line in declared["dependencies"]} & set(extra.LIBRARIES)
