"""results.md: tables with ratios, the goals beside what was reached, and how to measure it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Data = dict[str, Any]

ORDER = ("makegood", "makegood-rocksdb", "aiokafka", "aiokafka-eos", "confluent", "quix", "faust")
WHAT = {
    "makegood": "Makegood, memory store, exactly once",
    "makegood-rocksdb": "Makegood, RocksDB store, exactly once",
    "aiokafka": "expert loop on aiokafka, at least once",
    "aiokafka-eos": "the same with a transaction a batch, exactly once",
    "confluent": "loop on confluent-kafka, at least once",
    "quix": "Quix Streams, at least once",
    "faust": "idiomatic Faust, at least once",
}


def page(results: Data) -> str:
    """The whole page."""
    parts = [_head(results), _goals(results), _race(results, "engine", "Engine alone"), _race(results, "whole", "Whole job")]
    parts += [_live(results), _scale(results), _profile()]
    return "\n".join(part for part in parts if part)


def _profile() -> str:
    """Written by hand, beside the page: where the time goes."""
    found = Path(__file__).with_name("profile.md")
    return found.read_text() if found.exists() else ""


def _head(results: Data) -> str:
    parts = results["extra"].get("parts", {})
    quick = sorted(name for name, part in parts.items() if part["quick"])
    warning = f"\n**Parts {', '.join(quick)} were run with `--quick`: small counts, one turn. They show that it runs.**\n" if quick else ""
    lines = [f"| {n} | {p['date']} | {p['took_s']} s | {p['load_before']} |" for n, p in parts.items()]
    return f"""# Measured

{results["machine"]}, {results["date"]}.

`make bench` measures all of it anew; `python -m bench.run --part engine` one part, `--only makegood` one contender, `--quick` a small
version of it. Contenders take turns on one broker, over the same events, each in a process of its own; the median of three turns counts.
Events a second are from the first event to the last that is durable; processor time is user and system of the contender's process.
Every contender's state and outputs are read back and compared with a plain fold of the same events: a contender that is wrong has failed.
All have the same collector settings, thread switch interval and, where it applies, uvloop. Load is that of the machine before the part.
{warning}
| part | when | took | load before |
|---|---|---:|---:|
{chr(10).join(lines)}
"""


# -- goals --------------------------------------------------------------------------------------------------------------------------


def _ratio(results: Data, job: str, other: str) -> float | None:
    figures = results["extra"].get(job, {})
    ours, theirs = figures.get("makegood", {}).get("events_per_s"), figures.get(other, {}).get("events_per_s")
    return ours / theirs if ours and theirs else None


def _at(results: Data, *path: str) -> float | None:
    found: Any = results
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _million_mb(results: Data) -> float | None:
    rows = results["extra"].get("scale") or [{}]
    last = rows[-1]
    return last["resident_mb"] if last.get("customers", 0) >= 1_000_000 else None


GOALS: tuple[tuple[str, Callable[[Data], float | None], str, float, str], ...] = (
    ("engine, times idiomatic Faust", lambda r: _ratio(r, "engine", "faust"), ">=", 25, "{:.1f}"),
    ("engine, times Quix Streams", lambda r: _ratio(r, "engine", "quix"), ">=", 2.5, "{:.2f}"),
    ("engine, times the expert loop", lambda r: _ratio(r, "engine", "aiokafka"), ">=", 0.9, "{:.2f}"),
    ("engine, times the expert loop exactly once", lambda r: _ratio(r, "engine", "aiokafka-eos"), ">=", 1, "{:.2f}"),
    ("whole job, times confluent-kafka", lambda r: _ratio(r, "whole", "confluent"), ">=", 1, "{:.2f}"),
    ("whole job, times Quix Streams", lambda r: _ratio(r, "whole", "quix"), ">=", 1, "{:.2f}"),
    ("whole job, times idiomatic Faust", lambda r: _ratio(r, "whole", "faust"), ">=", 1, "{:.2f}"),
    ("whole job, µs of processor an event", lambda r: _at(r, "whole", "makegood", "cpu_us"), "<=", 30, "{:.1f}"),
    ("p99 at 1,000 events/s, ms", lambda r: _at(r, "latency_at_1000_per_s", "p99_ms"), "<=", 100, "{:.0f}"),
    ("share of a core at 1,000 events/s", lambda r: _at(r, "latency_at_1000_per_s", "cpu_share"), "<=", 0.3, "{:.2f}"),
    ("recovery, records/s", lambda r: _at(r, "recovery_records_per_s"), ">=", 250_000, "{:,.0f}"),
    ("deciding again after kill -9, s", lambda r: _at(r, "restart_to_first_decision_s"), "<=", 4, "{:.2f}"),
    ("share of a core when idle", lambda r: _at(r, "idle_cpu_share"), "<=", 0.03, "{:.3f}"),
    ("1,000,000 customers in the memory store, MB", _million_mb, "<=", 1024, "{:,.0f}"),
)


def _goals(results: Data) -> str:
    lines = ["## Goals", "", "| what | goal | reached | |", "|---|---:|---:|---|"]
    for what, measure, sign, goal, form in GOALS:
        value = measure(results)
        shown = "not measured" if value is None else form.format(value)
        met = value is not None and (value >= goal if sign == ">=" else value <= goal)
        lines.append(f"| {what} | {sign} {goal:,g} | {shown} | {'met' if met else '' if value is None else '**missed**'} |")
    return "\n".join(lines) + "\n"


# -- tables -------------------------------------------------------------------------------------------------------------------------


def _race(results: Data, job: str, title: str) -> str:
    figures = results["extra"].get(job, {})
    if not figures:
        return ""
    ours = figures.get("makegood", {}).get("events_per_s")
    lines = [f"## {title}", "", _EXPLAINED[job], ""]
    lines += [
        "| contender | events/s | turns | Makegood is times | µs CPU an event | peak MB | equal to the fold |",
        "|---|---:|---|---:|---:|---:|---|",
    ]
    for name in ORDER:
        if name in figures:
            lines.append(_line(name, figures[name], ours))
    return "\n".join(lines) + "\n"


def _line(name: str, figures: Data, ours: float | None) -> str:
    if "failed" in figures:
        return f"| {WHAT[name]} | **failed** | | | | | {figures['failed'].splitlines()[-1][:120]} |"
    times = f"{ours / figures['events_per_s']:.2f}" if ours else ""
    turns = ", ".join(f"{run / 1000:.1f} k" for run in figures["runs"])
    equal = (
        f"{figures['verified']['states_equal']:,} states, {figures['verified']['outputs_equal']:,} outputs" if figures["verified"] else ""
    )
    return (
        f"| {WHAT[name]} | {figures['events_per_s']:,.0f} | {turns} | {times} | {figures['cpu_us']:.1f} "
        f"| {figures['peak_mb']:,.0f} | {equal} |"
    )


_EXPLAINED = {
    "engine": "Three kinds of events of about 260 bytes, validated with pydantic; count, moving average and last time per customer; an "
    "output for some; 20,000 customers, 4 partitions. Faust takes a shorter run of the same events.",
    "whole": "The real decisions (`streams.partition`) on surveys, tickets, purchases, deliveries, usage, profiles, aliases and commands "
    "of 20,000 customers, of whom one in fifteen matters; all nine input topics, forwarded facts and deadlines come back in. Topics are "
    "read side by side, so each contender meets the facts in an order of its own, and a few more or fewer of them lead to a task; each "
    "is compared with the fold in its own order. Faust takes a shorter run.",
}


def _live(results: Data) -> str:
    extra, lines = results["extra"], ["## The worker, seen from outside", "", "| what | measured |", "|---|---|"]
    if latency := extra.get("latency"):
        lines.append(
            f"| event to durable output at 1,000 events/s | p50 {latency['p50_ms']:.0f} ms, p99 {latency['p99_ms']:.0f} ms "
            f"({latency['outputs']:,} outputs); every input, by the journal: p50 {latency['all_inputs_p50_ms']:.0f} ms, "
            f"p99 {latency['all_inputs_p99_ms']:.0f} ms ({latency['inputs']:,}) on {latency['cpu_share'] * 100:.0f} % of a core |"
        )
    if restart := extra.get("restart"):
        times = ", ".join(f"{s:.2f}" for s in restart["times_s"])
        lines.append(f"| kill -9, start, first transaction | {restart['median_s']:.2f} s (each: {times}) |")
    if idle := extra.get("idle"):
        lines.append(
            f"| idle, {idle['input_topics']} input topics, {idle['partitions']} partitions | {idle['cpu_share'] * 100:.1f} % of a core |"
        )
    if state := extra.get("engine_state"):
        lines.append(
            f"| {state['customers']:,} small states (engine job) | recovered at {state['recovery_records_per_s']:,.0f} records/s, "
            f"{state['state_mb']:,.0f} MB of state, {state['resident_mb']:,.0f} MB in all |"
        )
    return "\n".join(lines) + "\n" if len(lines) > 4 else ""


def _scale(results: Data) -> str:
    rows = results["extra"].get("scale")
    if not rows:
        return ""
    lines = [
        "## By number of customers",
        "",
        "Whole job, memory store. State records are those of a run with ten facts a customer, copied to more customers; recovery is from the "
        "assignment of the partitions to the first decision, and includes the comparison of journal, state and offsets.",
        "",
        "| customers | recovery, records/s | state MB | process MB | events/s | µs CPU an event | p50 ms | p99 ms | share of a core at 1,000/s |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for r in rows:
        lines.append(
            f"| {r['customers']:,} | {r['recovery_records_per_s']:,.0f} | {r['state_mb']:,.0f} | {r['resident_mb']:,.0f} "
            f"| {r['events_per_s']:,.0f} | {r['cpu_us']:.1f} | {r['p50_ms']:.0f} | {r['p99_ms']:.0f} | {r['cpu_share_at_1000_per_s']:.2f} |"
        )
    plots = "\n".join(f"![{name}](plots/{name}.svg)" for name in ("throughput", "latency", "cost", "memory"))
    return "\n".join(lines) + "\n\n" + plots + "\n"
