"""A history of one customer through the real fold, told in few words: what happened at what hour, then what was decided."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from schemas.policy import Policy
from schemas.topics import topic_of
from streams.decide.record import timer_in
from streams.decide.table import ASPECTS, CUSTOMERS
from streams.engine.partitioner import partition_of
from streams.offline import Offline

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
PARTITIONS = 4


class History:
    """C1 is high-impact. Hours count from START; time passes, and timers fall due, before what happens then."""

    def __init__(self, policy: Policy | None = None, **profile: Any) -> None:
        self.outputs: list[Any] = []
        self.machine = Offline(policy or Policy(version="test"), PARTITIONS, self.outputs.append)
        self.number = 0
        self.step_s = 600.0
        self.clock = START.timestamp()
        self.fact("customer.profiled", 0, object="C1", **{"name": "Nordlicht", "hic": True, **profile})

    def fact(self, kind: str, hours: float, customer: str | dict[str, Any] = "C1", **fields: Any) -> None:
        """A fact of `hours` after START. What is given replaces what is usual: `id`, `source`, `object`, `customer` ..."""
        self.number += 1
        known = {
            "id": f"f{self.number}",
            "source": "test",
            "object": f"o{self.number}",
            "occurred_at": at(hours),
            "customer": {"id": customer} if isinstance(customer, str) else customer,
        }
        self.feed({"type": kind, **known, **fields})

    def command(self, kind: str, hours: float, **fields: Any) -> None:
        """A command of Carla about the task that was raised last."""
        self.number += 1
        known = {
            "id": f"k{self.number}",
            "issued_at": at(hours),
            "actor": "carla",
            "customer": {"id": "C1"},
            "task": self.tasks()[-1]["id"],
        }
        self.feed({"type": f"task.{kind}", **known, **fields})

    def resolve(self, hours: float) -> None:
        """Resolve that task."""
        self.command("resolve", hours, cause="router", action="replaced", outcome="works")

    def feed(self, message: dict[str, Any]) -> None:
        """Let time pass up to the message, and apply it."""
        happened = datetime.fromisoformat(message.get("occurred_at") or message["issued_at"]).timestamp()
        self.pass_time((happened - START.timestamp()) / 3600)
        who = message["customer"]
        partition = partition_of(who.get("id") or who["aliases"][0], PARTITIONS)
        self.machine.feed(topic_of(message["type"]), partition, b"", json.dumps(message).encode())

    def pass_time(self, hours: float) -> None:
        """Let timers fall due, in steps short enough that each does nearly when it is set."""
        until = START.timestamp() + hours * 3600
        if self.clock >= until:
            return
        while self.clock < until:
            self.clock = min(until, self.clock + self.step_s)
            self.machine.advance(self.clock)
        self._refuse_still_due()

    def _refuse_still_due(self) -> None:
        """A timer that stays as it is when it has fallen due hides all later ones of its customer: the heap asks only for the earliest."""
        records = (raw for store in self.machine.stores for key, raw in store.items() if key.startswith(b"c:"))
        for customer in (CUSTOMERS.decode(raw) for raw in records if timer_in(raw) <= self.clock):
            stuck = [f"{type(timer).__name__} {timer.about}".strip() for timer in ASPECTS.pending(customer) if timer.at <= self.clock]
            raise AssertionError(
                f"still due after it fell due: {', '.join(stuck)}. Whoever hears a timer changes the slice that it is derived from, so that it is"
                " set no more, or for later; where nobody hears it, whoever hears `timer.due` does. Else no later timer of the customer fires"
            )

    # -- what came of it ------------------------------------------------------------------------------------------------------------

    def on(self, topic: str) -> list[dict[str, Any]]:
        """The messages of an output topic."""
        return [json.loads(o.value) for o in self.outputs if o.topic == topic and o.value]

    def tasks(self) -> list[dict[str, Any]]:
        """Each task as it stands, in the order in which they were raised."""
        return list({task["id"]: task for task in self.on("tasks")}.values())

    @property
    def task(self) -> dict[str, Any]:
        """The only task."""
        (task,) = self.tasks()
        return task

    def alerts(self) -> list[dict[str, Any]]:
        """Each alert as it stands, in the order in which they were raised."""
        return list({alert["id"]: alert for alert in self.on("alerts")}.values())

    @property
    def alert(self) -> dict[str, Any]:
        """The only alert."""
        (alert,) = self.alerts()
        return alert

    def signals(self) -> dict[str, dict[str, Any]]:
        """Signals of the active alert by name, as last published; none where no alert is active."""
        last = self.on("alerts")[-1:]
        return {signal["name"]: signal for alert in last if alert["active"] for signal in alert["signals"]}

    def verdicts(self) -> list[str]:
        """What was decided, of tasks and alerts, in order."""
        return [d["verdict"] for d in self.on("decisions") if d["about_kind"] in {"task", "alert"}]

    def paged(self, since: float = 0) -> list[str]:
        """Kinds of the notices from so many hours on."""
        return [n["kind"] for n in self.on("notices") if datetime.fromisoformat(n["at"]) >= START + timedelta(hours=since)]


def at(hours: float) -> str:
    """An instant, as messages say it."""
    return (START + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def replayed(path: Path, policy: Policy) -> History:
    """A file of facts and commands, a line each, in the order of the file. A command is about the task that was raised last: the ids of
    tasks are ours, and a file may be older than how they are made.
    """
    history = History(policy)
    history.outputs.clear()
    for line in path.read_text("utf-8").splitlines():
        message = json.loads(line)
        history.feed({**message, "task": history.tasks()[-1]["id"]} if "task" in message else message)
    return history
