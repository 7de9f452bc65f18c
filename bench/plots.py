"""Plots by the number of customers: throughput, latency, cost. Small SVG files."""

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
