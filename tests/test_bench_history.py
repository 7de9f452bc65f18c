"""What the bench remembers of its runs, and how it says on which Python they ran. (The bench itself needs libraries of its own: make bench.)"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import history, interpreter

ROOT = Path(__file__).parent.parent


def results(**more) -> dict:
    engine = {"makegood": {"events_per_s": 90.0}, "aiokafka-eos": {"events_per_s": 100.0}, "quix": {"events_per_s": 30.0}}
    whole = {"makegood": {"events_per_s": 30.0}, "aiokafka": {"events_per_s": 25.0}, "confluent": {"failed": "it was wrong"}}
    empty = {"recovery_records_per_s": None, "restart_to_first_decision_s": None, "latency_at_1000_per_s": {}, "whole": {}}
    return empty | {"date": "2026-01-01", "machine": "a machine", "extra": {"engine": engine, "whole": whole}} | more


def test_a_run_is_remembered_by_ratios_to_the_contenders_of_the_same_run():
    assert history.figures(results(), ["engine"]) == {"engine_times_eos_loop": 0.9, "engine_times_quix": 3.0}


def test_the_best_hand_loop_counts_and_one_that_failed_does_not():
    assert history.figures(results(), ["whole"]) == {"whole_times_best_loop": 1.2}


def test_what_was_not_measured_in_a_run_is_not_remembered_of_it(tmp_path):
    history.append(tmp_path, results(restart_to_first_decision_s=3.0), ["idle", "latency"])
    assert history.read(tmp_path) == []


def test_runs_of_one_commit_are_one_point_and_the_last_figure_counts(tmp_path):
    history.append(tmp_path, results(restart_to_first_decision_s=3.0), ["engine", "restart"])
    history.append(tmp_path, results(restart_to_first_decision_s=2.0), ["restart"])
    (entry,) = history.read(tmp_path)
    assert entry["commit"].startswith(history.commit_of())
    assert entry["figures"] == {"engine_times_eos_loop": 0.9, "engine_times_quix": 3.0, "restart_s": 2.0}


def test_every_recorded_line_is_one_that_can_be_read():
    lines = [json.loads(line) for line in (ROOT / "bench" / history.FILE).read_text().splitlines()]
    assert all(line.keys() == {"commit", "date", "machine", "figures"} for line in lines)


def test_a_commit_that_does_not_exist_is_one_sentence():
    with pytest.raises(SystemExit, match="there is no commit nowhere"):
        history.commit_of("nowhere")


def test_a_python_built_with_optimizations_is_known_by_what_it_was_configured_with(monkeypatch):
    given = {"CONFIG_ARGS": "'--enable-optimizations' '--with-lto'"}
    monkeypatch.setattr(interpreter.sysconfig, "get_config_var", given.get)
    assert interpreter.build() == "built with PGO (--enable-optimizations)"


def test_a_python_of_which_nothing_says_so_counts_as_built_without(monkeypatch):
    monkeypatch.setattr(interpreter.sysconfig, "get_config_var", {"CONFIG_ARGS": "'--prefix=/opt'"}.get)
    monkeypatch.setattr(interpreter.sys, "base_prefix", "/opt")
    assert interpreter.build() == "built without PGO"


def test_the_bench_chooses_a_python_that_we_support():
    chosen = subprocess.run(
        ["bash", "scripts/bench-python.sh", sys.executable], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    version = subprocess.run([chosen.strip(), "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True, text=True)
    assert version.stdout.strip() == "True"
