"""`make judge`: how good the judgement is on real histories, run through the real fold. Writes judgement.json and judgement.md."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from makegood.config import policy_file

from bench.judge import fitting, silence, text, tiers
from bench.judge.fold import Fold
from bench.judge.page import page
from bench.judge.passage import Passage, passage
from bench.judge.progress import bar, say
from bench.judge.sets import BANKING, SETS, History, Unusable, file_of, purchases, records

HERE = Path(__file__).resolve().parents[1]
DATA = HERE.parents[1] / "shared" / "data"


def empty() -> dict[str, Any]:
    """judgement.json before anything was measured."""
    return {"silence": {}, "calibration": {}, "tiers": {}, "text": {}, "about": {}, "alerts": {}, "unfitted": {}, "missing": []}


def judge_purchases(history: History, path: Path, data: dict[str, Any]) -> None:
    """One set: once with the rhythm fitted to what was before the first decision, once with the built-in one."""
    rows = purchases(path)
    unfitted = fitting.with_horizon(policy_file.built_in(), history.horizon_days)
    fitted = fitting.fitted(history, rows, unfitted)
    walked = passage(history, rows, fitted if fitted is not None else unfitted, f"{history.name}, fitted")
    fold, rhythm = walked.fold, walked.fold.policy.churn.silence.rhythm
    data["about"][history.name] = about(history, walked) | {"fitted": rhythm.model_dump() if fitted is not None else None}
    data["silence"][history.name], data["alerts"][history.name] = judged(history, walked)
    data["calibration"][history.name] = silence.calibration(walked.weeks)
    data["tiers"][history.name] = rounded(tiers.figures(history, fold.tier_changes, walked.total, walked.last))
    walked = passage(history, rows, unfitted, f"{history.name}, built-in")
    row, alerts = judged(history, walked)
    data["unfitted"][history.name] = row | {"alerts": alerts, "calibration": silence.calibration(walked.weeks)}


def about(history: History, walked: Passage) -> dict[str, Any]:
    """How many decisions, and of how many of them the customer was gone."""
    cases = [case for week in walked.weeks.cases for case in week]
    gone = sum(case.gone for case in cases) / max(1, len(cases))
    return rounded({"horizon_days": history.horizon_days, "decisions": len(cases), "gone": gone})


def judged(history: History, walked: Passage) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row of judgement.json, and what became of the alerts."""
    weeks, future, horizon = walked.weeks, walked.future, history.horizon_days
    alerts, fixed = silence.raised(history, weeks, walked.fold), silence.fixed_rule(history, weeks, future)
    counted = {
        "count": len(alerts),
        "precision": silence.precision_of(alerts, future, horizon),
        "fixed_count": len(fixed),
        "fixed_precision": silence.precision_of(fixed, future, horizon),
    }
    return rounded(silence.figures(weeks, alerts)), rounded(counted)


def judge_text(path: Path, data: dict[str, Any]) -> None:
    """What texts are understood as."""
    rows = list(records(path, text.COLUMNS))
    with bar(BANKING, len(rows)) as done:
        causes = text.understood(Fold(policy_file.built_in()), [row["text"] for row in rows], done)
    data["text"] = {intent: rounded(row) for intent, row in text.figures([row["category"] for row in rows], causes).items()}


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """To four digits."""
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}


def options_of(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.judge", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help=f"where the histories are [default: {DATA}]")
    parser.add_argument("--set", action="append", choices=[*SETS, BANKING], help="this one only; may be given several times")
    parser.add_argument("--out", type=Path, default=HERE, metavar="FOLDER", help="where judgement.json and .md go [default: bench/]")
    return parser.parse_args(words)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Every set that is asked for and there. Raises Unusable where none is."""
    data, chosen = empty(), options.set or [*SETS, BANKING]
    files = {name: file_of(options.data, name) for name in chosen}
    data["missing"] = [name for name, path in files.items() if path is None]
    for name in data["missing"]:
        say(f"there is no file {name}.csv.gz or {name}.csv in {options.data}: not measured")
    if len(data["missing"]) == len(files):
        raise Unusable(f"nothing to judge by in {options.data}: name the folder with DATA=FOLDER")
    for name, path in files.items():
        if path is not None and name == BANKING:
            judge_text(path, data)
        elif path is not None:
            judge_purchases(SETS[name], path, data)
    return data


def main() -> int:
    """Measure and write; 1 where a file cannot be used."""
    options = options_of(sys.argv[1:])
    try:
        data = measure(options)
    except Unusable as error:
        say(f"judge: {error}")
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "judgement.json").write_text(json.dumps(data, indent=2) + "\n", "utf-8")
    (options.out / "judgement.md").write_text(page(data), "utf-8")
    say(f"written: {options.out / 'judgement.md'} and judgement.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
