"""A board without Kafka: a made-up company decided by the real fold, and shown by the real console. For tests, and to work on the page.

    .venv/bin/python -m tests.console.board --port 8123 [--tasks 5000] [--live 5]

Users: viewer, agent, lead and admin, each with the password NAME-password-1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from console import migrate
from console.accounts import Accounts
from console.app import build_app
from console.fold import READ
from console.pipeline_health import PipelineHealth
from console.projection import Projection
from console.settings import ROLES, ConsoleSettings
from console.unsent_commands import Unsent
from makegood.config import logs, policy_file
from makegood.config.database import open_engine
from makegood.kafka import Record
from schemas.commands import AcknowledgeTask, AnyCommand, ContactTask, DismissTask, ResolveTask, SnoozeTask
from schemas.decisions import Notice, Tier
from schemas.deliveries import Channel, NoticeAttempted, Outcome
from schemas.message import instant
from schemas.operations import ServiceChanged, ServiceState
from schemas.topics import BY_NAME, Role, topic_of
from streams.engine.contract import Output
from streams.engine.partitioner import partition_of
from streams.offline import Offline
from tests.console.company import HOUR, Company

PARTITIONS = 4


def generous() -> Any:
    """The built-in policy, but customers of every tier get tasks: so there are tasks of every priority."""
    built_in = policy_file.load(None)
    triggers = built_in.triggers.model_copy(update={"tiers": tuple(Tier)})
    return built_in.model_copy(update={"triggers": triggers, "version": "board-1"})


class Streams(Offline):
    """The fold, and every record that Kafka would hold of it: `records` in the order in which they were written."""

    def __init__(self) -> None:
        super().__init__(generous(), PARTITIONS, self._told)
        self.records: list[Record] = []
        self.notices: list[Notice] = []
        self.at = 0.0
        self._ends: Counter[tuple[str, int]] = Counter()

    def put(self, topic: str, key: str, value: bytes | None) -> None:
        """Write a record; what streams read is decided at once."""
        partition = partition_of(key, PARTITIONS)
        if BY_NAME[topic].role in {Role.INPUT, Role.LOOP}:
            self.feed(topic, partition, key.encode(), value)
        else:
            self._keep(topic, partition, key.encode(), value)

    def _apply(self, record: Output) -> None:
        self._keep(record.topic, record.partition, record.key, record.value)
        super()._apply(record)

    def _told(self, output: Output) -> None:
        self._keep(output.topic, output.partition, output.key, output.value)
        if output.topic == "notices" and output.value:
            self.notices.append(Notice.model_validate_json(output.value))

    def _keep(self, topic: str, partition: int, key: bytes | None, value: bytes | None) -> None:
        offset = self._ends[topic, partition]
        self._ends[topic, partition] += 1
        if topic in READ:
            self.records.append(Record(topic, partition, offset, int(self.at * 1000), key, value))

    def taken(self) -> list[Record]:
        """What was written since the last call."""
        fresh, self.records = self.records, []
        return fresh


def history(now: float, tasks: int) -> Streams:
    """A company up to `now`, with what people did about it, how they were told, and what happened to the services."""
    streams, company = Streams(), Company(now, tasks)
    streams.at = now - 46 * 24 * HOUR
    for fact in company.facts:
        tell(streams, fact)
    streams.advance(now)
    streams.at = now
    _people_act(streams, now)
    _handlers_tell(streams, now)
    _things_break(streams, now)
    return streams


def tell(streams: Streams, fact: dict[str, Any]) -> None:
    """One fact, at its own time; what fell due before is decided first."""
    at = _seconds(fact["occurred_at"])
    while streams.at + HOUR < at:
        streams.at += HOUR
        streams.advance(streams.at)
    streams.at = at
    reference = fact["customer"]
    key = reference.get("id") or reference["aliases"][0]
    streams.put(topic_of(fact["type"]), key, json.dumps(fact, ensure_ascii=False).encode())


def _seconds(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


def open_tasks(streams: Streams) -> list[dict[str, Any]]:
    """The newest snapshot of each task that was written since the records were last taken."""
    newest = {}
    for record in streams.records:
        if record.topic == "tasks" and record.value:
            snapshot = json.loads(record.value)
            newest[snapshot["id"]] = snapshot
    return list(newest.values())


def _people_act(streams: Streams, now: float) -> None:
    """Some tasks are taken up, some answered, some closed, some rest; and one is acknowledged twice, which is refused."""
    for number, task in enumerate(open_tasks(streams)):
        actor, at = ("agent", "lead")[number % 2], now - HOUR / 2 + number % 60
        known = {
            "customer": {"id": task["customer"]},
            "task": task["id"],
            "actor": actor,
            "issued_at": instant(at),
            "id": f"K-seed-{number}",
        }
        ended = {"cause": "carrier lost the parcel", "action": "a new one went by express", "outcome": "arrived, and thanked us"}
        asked: list[AnyCommand] = {
            2: [AcknowledgeTask(**known)],
            3: [AcknowledgeTask(**known), AcknowledgeTask(**{**known, "id": f"K-seed-{number}b", "actor": "admin"})],
            5: [ContactTask(**known, note="spoke to the manager, will call again on Friday at 10:00")],
            7: [ResolveTask(**known, **ended)],
            9: [SnoozeTask(**known, until=instant(now + (number % 40 + 1) * HOUR))],
            11: [DismissTask(**known, reason="a test order of ours")],
        }.get(number % 14, [])
        for command in asked:
            streams.put("commands", task["customer"], command.model_dump_json().encode())


def _handlers_tell(streams: Streams, now: float) -> None:
    for number, notice in enumerate(streams.notices):
        for attempt in attempts(notice, number):
            streams.put("deliveries", notice.customer, attempt.model_dump_json().encode())


PATHS: dict[int, tuple[tuple[Outcome, str], ...]] = {
    0: ((Outcome.DELIVERED, "200 OK after 84 ms"),),
    1: ((Outcome.DELIVERED, "200 OK after 120 ms"),),
    2: ((Outcome.FAILED, "503: try again later"), (Outcome.DELIVERED, "200 OK after 61 ms")),
    3: ((Outcome.FAILED, "no answer within 10 s"), (Outcome.HELD, "5 failures in a row: held back for 30 s")),
    4: ((Outcome.REFUSED, "404: channel_not_found"),),
    5: ((Outcome.FAILED, "500"), (Outcome.FAILED, "500"), (Outcome.GIVEN_UP, "after 3 attempts in 24 h")),
    6: ((Outcome.UNROUTED, "route team-inbox names no destination"),),
}


def attempts(notice: Notice, number: int) -> Iterable[NoticeAttempted]:
    """What became of a notice: each outcome occurs."""
    destination, channel = (("cx-slack", Channel.SLACK), ("pager", Channel.WEBHOOK), ("cx-inbox", Channel.EMAIL))[number % 3]
    path = PATHS[number % len(PATHS)]
    for attempt, (outcome, detail) in enumerate(path, 1):
        again = outcome in {Outcome.FAILED, Outcome.HELD}
        at = notice.at.timestamp() + attempt * 4
        yield NoticeAttempted(
            id=f"{notice.id}:{destination}:{attempt}",
            notice=notice.id,
            kind=notice.kind,
            about=notice.about,
            about_kind=notice.about_kind,
            customer=notice.customer,
            destination=destination,
            channel=None if outcome is Outcome.UNROUTED else channel,
            attempt=0 if outcome is Outcome.UNROUTED else attempt,
            outcome=outcome,
            detail=detail,
            at=instant(at),
            next_at=instant(at + 30) if again else None,
        )


def _things_break(streams: Streams, now: float) -> None:
    """Dead letters, and a worker that was killed."""
    for number, bad in enumerate(
        (
            b'{"type": "survey.answered", "score": 11',
            b'{"type": "weather.changed"}',
            '{"type":"ticket.opened","id":"x","straße":1}'.encode(),
        )
    ):
        streams.put("feedback", f"C-{number:05d}", bad)
    told = (
        ("broker", ServiceState.RUNNING, -50, "broker: running"),
        ("gateway", ServiceState.RUNNING, -49, "gateway: running"),
        ("handlers", ServiceState.RUNNING, -49, "handlers: running"),
        ("worker", ServiceState.RUNNING, -48, "worker: running"),
        ("worker", ServiceState.DOWN, -3, "worker was killed (signal 9); it is started again"),
        ("worker", ServiceState.RUNNING, -2.9, "worker: running again after 4 s"),
    )
    for number, (service, state, hours, sentence) in enumerate(told):
        changed = ServiceChanged(id=f"event-{number}", service=service, state=state, at=instant(now + hours * HOUR), sentence=sentence)
        streams.put("operations", service, changed.model_dump_json().encode())


class Board:
    """A console on a database, fed by the fold in this process."""

    def __init__(self, url: str, clock: Callable[[], float] | None = None, settings: ConsoleSettings | None = None) -> None:
        self.engine, self.now = open_engine(url), time.time()
        self.clock = clock or (lambda: self.now)
        self.projection = Projection(self.engine)
        self.health = PipelineHealth(lags=dict.fromkeys(range(PARTITIONS), 0), behind=0, caught_up=True)
        self._made: Callable[[], Streams] = Streams
        self._streams: Streams | None = None
        self.deciding_s = 0.0
        self.history: list[Record] = []
        self.sent = 0
        self.unsent: Callable[[AnyCommand], Unsent | None] = lambda _: None
        self._written = asyncio.Event()
        self._deciding: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self.app, self.live = build_app(settings or ConsoleSettings(), self.engine, self.send, self.health, self.clock)

    async def open(self, streams: Streams | None = None, users: Iterable[str] = ROLES) -> None:
        """Make the tables and users, and show what streams wrote."""
        await migrate.upgrade(self.engine)
        await self.projection.open()
        accounts = Accounts(self.engine, 3600, self.clock)
        for name in users:
            await accounts.add(name, name, f"{name}-password-1")  # type: ignore[arg-type]
        self._streams = streams
        await self.show()

    async def take_up(self, made: Callable[[], Streams]) -> None:
        """Go on with a database that shows what these streams wrote; they are made when something is to be decided."""
        await self.projection.open()
        self._made = made

    @property
    def streams(self) -> Streams:
        if self._streams is None:
            self._streams = self._made()
            self._streams.at = max(self._streams.at, self.now)
            self.history = self._streams.taken()
        return self._streams

    async def show(self, at_once: int = 2000) -> None:
        """Let the read model catch up."""
        fresh = self.streams.taken()
        self.history += fresh
        for start in range(0, len(fresh), at_once):
            if await self.projection.apply(fresh[start : start + at_once]):
                self.live.wake()

    async def send(self, commands: Sequence[AnyCommand]) -> list[Unsent | None]:
        """Commands are durable at once, but for those that are `unsent`."""
        fates = [self.unsent(command) for command in commands]
        self.arrive([command for command, fate in zip(commands, fates, strict=True) if fate is None])
        return fates

    def arrive(self, commands: Sequence[AnyCommand]) -> None:
        """The read model shows commands, and `deciding_s` later what was decided."""
        now, self.sent = self.clock(), self.sent + len(commands)
        self._written.clear()
        task = asyncio.get_running_loop().create_task(self._decide(list(commands), now))
        self._deciding.add(task)
        task.add_done_callback(self._deciding.discard)

    async def _decide(self, commands: Sequence[AnyCommand], now: float) -> None:
        self.streams.at = now
        for command in commands:
            self.streams.put("commands", command.customer.key, command.model_dump_json().encode())
        fresh = self.streams.taken()
        self.history += fresh
        if await self.projection.apply([record for record in fresh if record.topic == "commands"]):
            self.live.wake()
        self._written.set()
        async with self._turn:  # in the order of the topics: the read model passes over what lies before what it has
            await self.hesitate()
            if await self.projection.apply([record for record in fresh if record.topic != "commands"]):
                self.live.wake()

    async def hesitate(self) -> None:
        """Between a command and its decision."""
        await asyncio.sleep(self.deciding_s)

    async def say(self, fact: dict[str, Any]) -> None:
        """A fact arrives, is decided and shown."""
        tell(self.streams, fact)
        await self.show()

    async def until_written(self) -> None:
        """Wait until the commands are shown as sent."""
        await self._written.wait()

    async def decided(self) -> None:
        """Wait until every command sent so far is decided and shown."""
        while self._deciding:
            await asyncio.gather(*self._deciding)

    async def close(self) -> None:
        await self.decided()
        await self.engine.dispose()


async def _go_on(board: Board, every_s: float) -> None:
    """Something new goes wrong every so many seconds."""
    company = Company(board.clock(), 600, seed=99)
    troubles = [fact for fact in company.facts if _seconds(fact["occurred_at"]) > company.now - 24 * HOUR and "id" in fact["customer"]]
    for number, fact in enumerate(troubles):
        await asyncio.sleep(every_s)
        customer = {"id": f"C-{number * 7 % 80:05d}"}
        await board.say(
            {
                **fact,
                "id": f"live-{number}",
                "object": f"live-{number}",
                "customer": customer,
                "occurred_at": instant(board.clock()).isoformat(),
            }
        )


async def serve(port: int, tasks: int, every_s: float) -> None:
    import uvicorn

    logs.configure("info")
    with tempfile.TemporaryDirectory() as directory:
        board = Board(f"sqlite+aiosqlite:///{Path(directory) / 'board.db'}", time.time)
        board.deciding_s = 0.3
        began = time.monotonic()
        await board.open(history(time.time(), tasks))
        print(
            f"board at http://127.0.0.1:{port}, seeded in {time.monotonic() - began:.1f} s; sign in as admin with admin-password-1",
            flush=True,
        )
        going = asyncio.create_task(_go_on(board, every_s)) if every_s else None
        server = uvicorn.Server(uvicorn.Config(board.app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1))
        await server.serve()
        if going:
            going.cancel()
        await board.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--tasks", type=int, default=120, help="so many things go wrong")
    parser.add_argument("--live", type=float, default=0, metavar="SECONDS", help="and another one every so many seconds; 0: nothing new")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.tasks, given.live))
