"""What a run came to, in words and numbers that a manager can read. Made from the inputs and the outputs, never from logs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from schemas.decisions import AlertSnapshot, TaskSnapshot
from schemas.sentences import call, say, say_alert, say_who
from schemas.wording import counted

CLOSED = {"resolved", "verified", "dismissed"}
REMEDY = {
    "not_json": "look at what the sender writes",
    "unknown_type": "upgrade, then `makegood dead-letters replay`",
    "not_valid": "the error names the field",
    "decision_raised": "a bug of ours: please report it",
    "dated_ahead": "look at the sender's clock; the policy says how far ahead it may be: arrival.most_ahead_hours",
    "too_large": "send less at once",
    "unreadable_header": "names of headers are UTF-8; `makegood dead-letters replay` sends the record again without its wrong characters",
    "broken_batch": "it is damaged where it lies, or packed as our client cannot unpack",
}
"""By Fault: what to do about a dead letter."""
NEWER = "a newer version says what this is: upgrade this one"


@dataclass
class Summary:
    """Counts of a run. Feed it every input and every output."""

    facts: Counter[str] = field(default_factory=Counter)
    first_at: float | None = None
    last_at: float | None = None
    tiers: dict[str, str] = field(default_factory=dict)
    hic: set[str] = field(default_factory=set)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    signals: dict[str, set[str]] = field(default_factory=dict)
    verdicts: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)
    waiting: set[str] = field(default_factory=set)
    letters: dict[str, list[str]] = field(default_factory=dict)
    came_in: float | None = None
    """When everything came in (seconds since 1970), where one time holds for all: what is dated further ahead than the policy allows is no fact."""

    def read(self, kind: str, at: float | None) -> None:
        """An input was read."""
        self.facts[kind] += 1
        if at is not None:
            self.first_at = at if self.first_at is None else min(self.first_at, at)
            self.last_at = at if self.last_at is None else max(self.last_at, at)

    def written(self, topic: str, key: bytes, value: bytes | None) -> None:
        """An output was written."""
        if topic == "unresolved":
            (self.waiting.add if value is not None else self.waiting.discard)(key.decode())
        if value is None:
            return
        if topic in {"tasks", "alerts"}:
            snapshot = json.loads(value)
            getattr(self, topic)[snapshot["id"]] = snapshot
            if topic == "alerts":
                self.signals.setdefault(snapshot["id"], set()).update(signal["name"] for signal in snapshot["signals"])
        elif topic == "decisions":
            self._decided(json.loads(value))
        elif topic == "notices":
            self.notices[json.loads(value)["kind"]] += 1
        elif topic == "dead-letters":
            letter = json.loads(value)
            if "fault" in letter:
                self.letters.setdefault(letter["fault"], []).append(f"{letter['id']}: {letter['error'][:120]}")

    def _decided(self, decision: dict[str, Any]) -> None:
        verdict, customer = decision["verdict"], decision["customer"]
        self.verdicts[verdict] += 1
        if verdict == "tier_changed":
            self.tiers[customer] = decision["tier"]
        elif verdict == "hic_changed":
            (self.hic.add if decision["hic"] else self.hic.discard)(customer)

    # -- the report -----------------------------------------------------------------------------------------------------------------

    def rows(self) -> list[tuple[str, str]]:
        """The report, line by line: what, and how it stands."""
        open_tasks = [task for task in self.tasks.values() if task["status"] not in CLOSED]
        active = [alert for alert in self.alerts.values() if alert["active"]]
        value = sum(alert.get("value_at_risk") or 0.0 for alert in active)
        return [
            ("events heard", f"{sum(self.facts.values()):,} ({_counted(self.facts)})"),
            ("from, to", f"{_day(self.first_at)}, {_day(self.last_at)}"),
            *([("came in", _day(self.came_in))] if self.came_in is not None else []),
            ("customers by tier", _counted(Counter(self.tiers.values()), "tier") or "none was placed yet"),
            ("high-impact customers", f"{len(self.hic):,}"),
            (
                "recovery tasks raised",
                f"{len(self.tasks):,} ({_counted(Counter(t['cause'] for t in self.tasks.values()), 'cause') or 'none'})",
            ),
            ("of them still open", f"{len(open_tasks):,} ({_counted(Counter(t['priority'] for t in open_tasks)) or 'none'})"),
            ("went overdue unanswered", f"{self.notices['task_overdue']:,}"),
            ("came back after closing", f"{self.verdicts['task_regressed']:,}"),
            (
                "churn alerts raised",
                f"{len(self.alerts):,} ({_counted(Counter(name for names in self.signals.values() for name in names), 'signal') or 'none'})",
            ),
            (
                "of them active",
                f"{len(active):,} ({_counted(Counter(a['level'] for a in active), 'level') or 'none'}), {value:,.0f} a year at risk",
            ),
            ("events that wait for a customer", f"{len(self.waiting):,}"),
            (
                "re-deliveries and older versions ignored",
                f"{self.verdicts['duplicate_ignored'] + self.verdicts['stale_ignored']:,}",
            ),
            ("dead letters", f"{sum(map(len, self.letters.values())):,}"),
        ]

    def show(self, console: Console) -> None:
        """Print the report, then one task and one alert as examples, then what is to be put right."""
        table = Table(show_header=False, title="What Makegood made of it", title_justify="left")
        for what, how in self.rows():
            table.add_row(what, how)
        console.print(table)
        urgent = min(self.tasks.values(), key=lambda task: (task["status"] in CLOSED, task["priority"], -task["score"]), default=None)
        if urgent is not None:
            task = TaskSnapshot.model_validate(urgent)
            console.print(f"Most urgent task: {task.priority.value}, {_who(task)} {say(task.why)}", highlight=False, markup=False)
        active = [alert for alert in self.alerts.values() if alert["active"]]
        likely = max(active, key=lambda alert: alert.get("value_at_risk") or 0, default=None)
        if likely is not None:
            alert = AlertSnapshot.model_validate(likely)
            level = call("level", alert.level.value)
            console.print(f"Most valuable alert: {level}, {_who(alert)} {say_alert(alert)}", highlight=False, markup=False)
        for fault, examples in self.letters.items():
            console.print(
                f"{counted(len(examples), 'dead letter')}, {call('fault', fault)} ({REMEDY.get(fault, NEWER)}); first: {examples[0]}",
                highlight=False,
                markup=False,
            )


def _who(about: TaskSnapshot | AlertSnapshot) -> str:
    name = about.customer_name or about.customer
    return say_who(name, about.tier.value, about.hic_why if about.hic else None)


def _counted(counts: Counter[str], kind: str | None = None) -> str:
    """Names with their counts, the most frequent first; those of a `kind` of slug by what they are called."""
    return ", ".join(f"{call(kind, name) if kind else name} {count:,}" for name, count in counts.most_common(12))


def _day(at: float | None) -> str:
    return "nothing" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
