"""judgement.json as a page for people: every figure beside its goal and the simple rule, misses as plain as hits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

GOALS: dict[str, dict[str, float]] = {
    "auc": {"online_retail": 0.75, "cdnow": 0.71, "complete_journey": 0.85},
    "precision": {"online_retail": 0.38, "cdnow": 0.68, "complete_journey": 0.10},
}
MOST_ALERTS, AGREES = 0.12, 0.07
MOST_CHANGES, MOST_IN_A, MOST_SILENT = 17.0, 0.06, 0.02
TEXT = {"leave": (0.95, 0.64), "security": (0.95, 0.35)}
ABOVE_FIXED, FIXED_ON = 0.05, ("online_retail", "cdnow")


def page(data: dict[str, Any]) -> str:
    """The whole page."""
    return "\n".join(
        [*_head(data), *_silence(data), *_alerts(data), *_calibration(data), *_unfitted(data), *_tiers(data), *_text(data), ""]
    )


def _head(data: dict[str, Any]) -> Iterator[str]:
    yield from (
        "# How good the judgement is",
        "",
        "<!-- made by `make judge`: change bench/judge/, not this page -->",
        "",
        "Real histories run through the real fold (`streams.offline`, the fold of a worker without its broker), purchase by purchase, each timer",
        "when it falls due. Every Monday those are looked at who are worth most (at or above the 80th percentile of value to date) and",
        "have at least three purchase days; only what was heard before counts. Who then buys nothing within the horizon is gone. Local times",
        "are read as UTC. The rhythm of the population (`makegood fit silence`) is fitted once, on what was before the first of these Mondays.",
        "A figure that misses its goal is marked **miss**.",
    )
    if missing := data.get("missing"):
        yield from ("", f"Not measured, for want of a file: {', '.join(missing)}.")


def _silence(data: dict[str, Any]) -> Iterator[str]:
    yield from (
        "",
        "## Silence: who is gone?",
        "",
        "AUC: the chance that one who is gone scores higher than one who is not. Precision: of the 2 % highest of each Monday (each customer",
        "once in a silence), who is gone. Beside both, the simple rule: days since the last purchase.",
        "",
        "| history | horizon | decisions | gone | AUC | goal | days since | precision | goal | days since |",
        "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |",
    )
    for name, row in data["silence"].items():
        about, goals = data["about"][name], {key: GOALS[key].get(name) for key in GOALS}
        yield (
            f"| {name} | {about['horizon_days']} days | {about['decisions']:,} | {_share(about['gone'])} "
            f"| {_least(row['auc'], goals['auc'])} | {_number(goals['auc'])} | {_number(row['days_since_auc'])} "
            f"| {_least(row['precision'], goals['precision'])} | {_number(goals['precision'])} | {_number(row['days_since_precision'])} |"
        )


def _alerts(data: dict[str, Any]) -> Iterator[str]:
    yield from (
        "",
        "## Alerts at the default settings",
        "",
        f"What the fold raises by itself, for the same customers: goal at most {MOST_ALERTS} a customer and month. Precision: after how many",
        f"of them nothing was bought within the horizon; beside it an alert 60 days after the last purchase (goal: {ABOVE_FIXED} above it on",
        f"{' and '.join(FIXED_ON)}).",
        "",
        "| history | alerts | a customer and month | precision | 60 days: alerts | 60 days: precision |",
        "| --- | --: | --: | --: | --: | --: |",
    )
    for name, row in data["alerts"].items():
        rate, goal = data["silence"][name]["alerts_per_customer_month"], (row["fixed_precision"] or 0) + ABOVE_FIXED
        yield (
            f"| {name} | {row['count']} | {_most(rate, MOST_ALERTS)} | {_least(row['precision'], goal if name in FIXED_ON else None)} "
            f"| {row['fixed_count']} | {_number(row['fixed_precision'])} |"
        )


def _calibration(data: dict[str, Any]) -> Iterator[str]:
    yield from (
        "",
        "## Is the stated chance what happens?",
        "",
        f"All decisions in fifths by the stated chance: stated, and what happened. Goal: within {AGREES} in each.",
        "",
        "| history | " + " | ".join(f"fifth {n}" for n in range(1, 6)) + " | worst |",
        "| --- | " + " | ".join(["--:"] * 6) + " |",
    )
    for name, parts in data["calibration"].items():
        worst = max((abs(stated - happened) for stated, happened in parts), default=None)
        said = " | ".join(f"{stated:.2f}: {happened:.2f}" for stated, happened in parts)
        yield f"| {name} | {said} | {_most(worst, AGREES)} |"


def _unfitted(data: dict[str, Any]) -> Iterator[str]:
    yield from (
        "",
        "## Before anything is fitted",
        "",
        "The same with the rhythm that is built in, which was fitted to Online Retail: what a company has that never fits its own. What came of",
        "earlier chances corrects them on the way, above as here, where they are off by much (docs/adr/0019).",
        "",
        "| history | AUC | precision | alerts a customer and month | their precision | worst fifth |",
        "| --- | --: | --: | --: | --: | --: |",
    )
    for name, row in data["unfitted"].items():
        worst = max((abs(stated - happened) for stated, happened in row["calibration"]), default=None)
        figures = (row["auc"], row["precision"], row["alerts_per_customer_month"], row["alerts"]["precision"], worst)
        yield f"| {name} | {' | '.join(_number(figure) for figure in figures)} |"


def _tiers(data: dict[str, Any]) -> Iterator[str]:
    yield from (
        "",
        "## Tiers",
        "",
        f"Changes into and out of A, per 100 customers in A and month (goal at most {MOST_CHANGES:.0f}); the share of customers in A (goal at",
        f"most {MOST_IN_A:.0%}); of those in A at the end, who bought nothing for a year (goal at most {MOST_SILENT:.0%}; says little where",
        "the history is hardly longer than a year).",
        "",
        "| history | changes | in A | silent for a year |",
        "| --- | --: | --: | --: |",
    )
    for name, row in data["tiers"].items():
        changes, share, silent = row["changes_per_100"], row["share_in_a"], row["a_silent_a_year"]
        yield f"| {name} | {_most(changes, MOST_CHANGES, 1)} | {_most(share, MOST_IN_A)} | {_most(silent, MOST_SILENT)} |"


def _text(data: dict[str, Any]) -> Iterator[str]:
    if not data["text"]:
        return
    yield from (
        "",
        "## Text",
        "",
        "Each question of banking77 as the comment of a new ticket: which raise a task of that cause, against how people sorted them.",
        "",
        "| intent | precision | goal | recall | goal |",
        "| --- | --: | --: | --: | --: |",
    )
    for intent, row in data["text"].items():
        precision, recall = TEXT[intent]
        yield f"| {intent} | {_least(row['precision'], precision)} | {precision} | {_least(row['recall'], recall)} | {recall} |"


def _number(value: float | None, digits: int = 3) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _least(value: float | None, goal: float | None) -> str:
    return _number(value) + (" **miss**" if goal is not None and (value is None or value < goal) else "")


def _most(value: float | None, goal: float, digits: int = 3) -> str:
    return _number(value, digits) + (" **miss**" if value is not None and value > goal else "")
