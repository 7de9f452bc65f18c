"""results.md: tables with ratios, the goals beside what was reached, and how to measure it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.history import HAND_LOOPS, ratio

Data = dict[str, Any]

EARLIER = "550a05a"
"""The commit before the engine was made fast: what was to be gained is counted from it."""
_HISTORY = "## History\n\nA point for each recorded commit (`history.jsonl`).\n\n![history](plots/history.svg)\n"

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


def page(results: Data, *, whole: bool = True, history: bool = False) -> str:
    """The whole page, with the picture of the history where there is one; else only the tables that have figures, for a short run."""
    tables = [
        _race(results, "engine", "Engine alone"),
        _race(results, "whole", "Whole job"),
        _live(results),
        _against(results),
        _scale(results),
    ]
    parts = [_head(results), _goals(results), *tables, _HISTORY if history else "", _profile()] if whole else tables
    return "\n".join(part for part in parts if part)


def _profile() -> str:
    """Written by hand, beside the page: where the time goes."""
    found = Path(__file__).with_name("profile.md")
    return found.read_text() if found.exists() else ""


def _head(results: Data) -> str:
    parts = results["extra"].get("parts", {})
    quick = sorted(name for name, part in parts.items() if part["quick"])
    warning = f"\n**Parts {', '.join(quick)} were short runs: small counts. They show that it runs.**\n" if quick else ""
    lines = [f"| {n} | {p['date']} | {p['took_s']} s | {p['load_before']} |" for n, p in parts.items()]
    return f"""# Measured

{results["machine"]}, {results["date"]}.

`make bench` measures all of it anew, `make bench AGAINST=COMMIT` ratios to an earlier commit, too. `ARGS="--only engine"` measures one
part, `ARGS="--only engine --events 20000"` shortly: it prints, and writes nothing. Contenders take turns on one broker, over the same
events, each in a process of its own; the median of three turns counts. Events a second are from the first event to the last that is
durable; processor time is user and system of the contender's process. Every contender's state and outputs are read back and compared with
a plain fold of the same events: a contender that is wrong has failed. All run on the interpreter named above, with the same collector
settings, thread switch interval and, where it applies, uvloop. Load is that of the machine before the part.
{warning}
| part | when | took | load before |
|---|---|---:|---:|
{chr(10).join(lines)}
"""


# -- goals --------------------------------------------------------------------------------------------------------------------------


def _at(results: Data, *path: str) -> float | None:
    found: Any = results
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _million_mb(results: Data) -> float | None:
    rows = results["extra"].get("scale") or [{}]
    last = rows[-1]
    return last["resident_mb"] if last.get("customers", 0) >= 1_000_000 else None


def _times(part: str, figure: str) -> Callable[[Data], float | None]:
    """Ours to EARLIER."""
    return lambda r: _at(r, "against", EARLIER, part, figure, "times")


GOALS: tuple[tuple[str, Callable[[Data], float | None], str, float, str], ...] = (
    ("engine, times idiomatic Faust", lambda r: ratio(r, "engine", "faust"), ">=", 25, "{:.1f}"),
    ("engine, times Quix Streams", lambda r: ratio(r, "engine", "quix"), ">=", 2.5, "{:.2f}"),
    ("engine, times the expert loop exactly once", lambda r: ratio(r, "engine", "aiokafka-eos"), ">=", 0.95, "{:.2f}"),
    ("whole job, times the best hand loop", lambda r: ratio(r, "whole", *HAND_LOOPS), ">=", 1, "{:.2f}"),
    ("whole job, times Quix Streams", lambda r: ratio(r, "whole", "quix"), ">=", 1, "{:.2f}"),
    ("whole job, times idiomatic Faust", lambda r: ratio(r, "whole", "faust"), ">=", 1, "{:.2f}"),
    ("whole job, µs of processor an event", lambda r: _at(r, "whole", "makegood", "cpu_us"), "<=", 30, "{:.1f}"),
    ("two processes, times one, by processor time", lambda r: _at(r, "two_processes_times_one", "by_processor_time"), ">=", 1.8, "{:.2f}"),
    ("p99 at 1,000 events/s, ms", lambda r: _at(r, "latency_at_1000_per_s", "p99_ms"), "<=", 50, "{:.0f}"),
    (f"p99 at 1,000 events/s, times {EARLIER}", _times("latency", "p99_ms"), "<=", 0.35, "{:.2f}"),
    ("share of a core at 1,000 events/s", lambda r: _at(r, "latency_at_1000_per_s", "cpu_share"), "<=", 0.2, "{:.2f}"),
    ("recovery, records/s", lambda r: _at(r, "recovery_records_per_s"), ">=", 250_000, "{:,.0f}"),
    (f"recovery, times {EARLIER}", _times("recovery", "records_per_s"), ">=", 1.4, "{:.2f}"),
    ("deciding again after kill -9, s", lambda r: _at(r, "restart_to_first_decision_s"), "<=", 4, "{:.2f}"),
    (f"deciding again after kill -9, times {EARLIER}", _times("restart", "median_s"), "<=", 0.8, "{:.2f}"),
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
    if processes := extra.get("processes"):
        lines.append(
            f"| two processes, times one, whole job | {processes['by_processor_time']:.2f} by processor time, {processes['by_the_clock']:.2f} by "
            f"the clock, on a machine that broker and bench share ({processes['one']['events_per_s']:,.0f} and "
            f"{processes['two']['events_per_s']:,.0f} events/s, {processes['one']['cpu_us']:.1f} and {processes['two']['cpu_us']:.1f} µs an event, "
            f"{processes['one']['memory_mb']:,.0f} and {processes['two']['memory_mb']:,.0f} MB) |"
        )
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


def _against(results: Data) -> str:
    lines = []
    for commit, parts in results["against"].items():
        lines += [
            f"## Against {commit}",
            "",
            "Turns alternate, each tree with its own bench and its own packages, on one broker and one interpreter. The ratio is the median of "
            "the turns' ratios. The trees' whole jobs are not quite the same: facts and decisions have changed between them.",
            "",
            "| part | figure | ours | theirs | ours is times | turns |",
            "|---|---|---:|---:|---:|---|",
        ]
        for part, figures in parts.items():
            for name, found in figures.items():
                turns = ", ".join(f"{one:.2f}" for one in found["turns"])
                lines.append(f"| {part} | {name} | {found['ours']:,.2f} | {found['theirs']:,.2f} | {found['times']:.2f} | {turns} |")
        lines.append("")
    return "\n".join(lines)


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
