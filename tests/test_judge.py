"""`make judge` measures what its protocol says, on histories small enough to work out by hand, through the real fold."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.judge.measures import Case, auc, budget_precision, fifths, percentile
from bench.judge.sets import SETS, purchases
from bench.judge.silence import bought_within, purchase_days

ROOT = Path(__file__).resolve().parents[1]


def judge(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "bench.judge", *words], cwd=ROOT, capture_output=True, text=True)


def case(at_days: float, customer: str, since: float, gone: bool, stated: float = 0.0) -> Case:
    return Case(at_days * 86_400, customer, since, stated, gone)


def test_auc_counts_a_tie_as_half():
    assert auc([(1.0, False), (2.0, True)]) == 1.0
    assert auc([(1.0, True), (1.0, False), (2.0, True), (0.0, False)]) == pytest.approx(3.5 / 4)


def test_auc_of_one_kind_alone_is_nothing():
    assert auc([(1.0, True)]) is None


def test_a_percentile_lies_between_the_nearest_ranks():
    assert percentile([4.0, 1.0, 2.0, 3.0], 0.8) == pytest.approx(3.4)


def test_the_budget_takes_a_customer_once_in_a_silence_and_ties_go_by_id():
    first = [(1.0, case(10, "b", 5, gone=False)), (1.0, case(10, "a", 5, gone=True))]
    same_silence = [(9.0, case(17, "a", 12, gone=False)), (0.0, case(17, "b", 12, gone=True))]
    assert budget_precision([first, same_silence]) == 1.0
    bought_since = [(9.0, case(17, "a", 2, gone=False)), (0.0, case(17, "b", 12, gone=True))]
    assert budget_precision([first, bought_since]) == 0.5


def test_fifths_go_by_the_stated_chance():
    cases = [case(0, str(n), 1, gone=n >= 5, stated=n / 10) for n in range(10)]
    assert fifths(cases)[0] == [pytest.approx(0.05), 0.0]
    assert fifths(cases)[4] == [pytest.approx(0.85), 1.0]


def test_the_horizon_begins_with_the_decision_and_ends_before_its_last_moment():
    assert bought_within([10], 10 * 86_400, 30)
    assert not bought_within([9, 40], 10 * 86_400, 30)


def test_decisions_are_taken_on_mondays_while_the_horizon_is_known():
    mondays = SETS["cdnow"].mondays
    assert (mondays[0] / 86_400 - 4) % 7 == 0
    assert mondays[-1] + 90 * 86_400 <= SETS["cdnow"].end < mondays[-1] + 97 * 86_400


def test_only_purchases_count_and_without_an_amount_each_is_worth_one(tmp_path):
    (tmp_path / "x.csv").write_text("ts,customer_id,kind\n2011-05-03T10:00:00,a,cancellation\n2011-05-02T10:00:00,a,purchase\n")
    rows = purchases(tmp_path / "x.csv")
    assert [(row.amount, row.counts) for row in rows] == [(1.0, True), (-1.0, False)]
    assert len(purchase_days(rows)["a"]) == 1


def test_a_folder_without_histories_is_said_plainly(tmp_path):
    ended = judge("--data", str(tmp_path), "--out", str(tmp_path))
    assert ended.returncode == 1
    assert "DATA=FOLDER" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_without_its_columns_is_said_plainly(tmp_path):
    (tmp_path / "cdnow.csv").write_text("when,who\n1,2\n")
    ended = judge("--data", str(tmp_path), "--out", str(tmp_path), "--set", "cdnow")
    assert ended.returncode == 1
    assert "has no column ts, customer_id" in ended.stderr


def test_a_history_runs_through_the_fold_and_both_files_are_written(tmp_path):
    lines = [
        f"1997-{month:02d}-{day:02d},{name},{20 + (name == 'ann')}" for month in range(1, 13) for day in (1, 15) for name in ("ann", "bob")
    ]
    (tmp_path / "cdnow.csv").write_text("ts,customer_id,amount\n" + "\n".join(lines) + "\n")
    ended = judge("--data", str(tmp_path), "--out", str(tmp_path), "--set", "cdnow")
    assert ended.returncode == 0, ended.stderr
    data = json.loads((tmp_path / "judgement.json").read_text())
    assert set(data["silence"]["cdnow"]) == {
        "auc",
        "precision",
        "alerts_per_customer_month",
        "days_since_auc",
        "days_since_precision",
    }
    assert data["about"]["cdnow"]["decisions"] == len(SETS["cdnow"].mondays)
    assert "days since" in (tmp_path / "judgement.md").read_text()
