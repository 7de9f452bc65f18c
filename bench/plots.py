"""Plots, as small SVG files: throughput, latency and cost by the number of customers, and the history of all that by commit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.fonttype"] = "none"
mpl.rcParams["svg.hashsalt"] = "makegood"
import matplotlib.pyplot as plt  # noqa: E402

Lines = tuple[tuple[str, str], ...]

PLOTS: dict[str, tuple[str, str, Lines]] = {
    "throughput": ("Throughput of the whole job", "events/s", (("events_per_s", "events/s"),)),
    "latency": ("Latency at 1,000 events/s", "ms", (("p50_ms", "p50"), ("p99_ms", "p99"))),
    "cost": ("Processor time of the whole job", "µs an event", (("cpu_us", "µs an event"),)),
    "memory": ("Memory store", "MB", (("resident_mb", "process after recovery"), ("state_mb", "state alone"))),
}
"""File name -> title, unit, and the columns it shows."""


def draw(results: dict[str, Any], directory: Path) -> None:
    """One file a plot, from the rows of the scale part; nothing where it has not been measured."""
    rows = results["extra"].get("scale")
    if not rows:
        return
    directory.mkdir(parents=True, exist_ok=True)
    for name, (title, unit, lines) in PLOTS.items():
        figure, axes = plt.subplots(figsize=(5.2, 3.2), layout="constrained")
        for column, label in lines:
            axes.plot([row["customers"] for row in rows], [row[column] for row in rows], marker="o", label=label)
        axes.set(xscale="log", xlabel="customers", ylabel=unit, title=title)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        if len(lines) > 1:
            axes.legend()
        figure.savefig(directory / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)


HISTORY: tuple[tuple[str, Lines], ...] = (
    ("times the hand loop", (("engine_times_eos_loop", "engine, exactly-once loop"), ("whole_times_best_loop", "whole job, best loop"))),
    ("ms at 1,000 events/s", (("p50_ms", "p50"), ("p99_ms", "p99"))),
    ("\u00b5s an event, whole job", (("whole_cpu_us", "\u00b5s an event"),)),
    ("s to decide again after kill -9", (("restart_s", "s"),)),
)
"""Unit, and the figures it shows, of each small picture of the history."""


def draw_history(entries: list[dict[str, Any]], directory: Path) -> None:
    """history.svg: one small picture a unit, a point for each recorded commit that has the figure."""
    if not entries:
        return
    directory.mkdir(parents=True, exist_ok=True)
    figure, grid = plt.subplots(2, 2, figsize=(9, 5.6), layout="constrained")
    for axes, (unit, lines) in zip(grid.flat, HISTORY, strict=True):
        for name, label in lines:
            points = [(number, entry["figures"][name]) for number, entry in enumerate(entries) if name in entry["figures"]]
            axes.plot([number for number, _ in points], [value for _, value in points], marker="o", label=label)
        axes.set_xticks(range(len(entries)), [entry["commit"] for entry in entries], rotation=30, fontsize="small")
        axes.set_title(unit, fontsize="medium")
        axes.set_xlim(-0.5, len(entries) - 0.5)
        axes.set_ylim(0, axes.get_ylim()[1] * 1.1)
        axes.grid(alpha=0.3)
        if len(lines) > 1:
            axes.legend(fontsize="small")
    figure.savefig(directory / "history.svg", metadata={"Date": None})
    plt.close(figure)
