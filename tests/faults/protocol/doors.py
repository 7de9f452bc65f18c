"""A cluster behind doors: clients reach each broker through a proxy that knows the requests of a transaction and lets some come late."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from makegood.local.broker import Cluster
from tests.conftest import free_port
from tests.faults.protocol.plan import Hold, Kind, Plan

HOST = "127.0.0.1"
_ERROR_OF_END, _NONE = slice(12, 14), bytes(2)
"""Where the answer to EndTxn, as old as aiokafka speaks it, says whether it went well: behind length, number and throttle time."""
_ACTED_ON_S = 1.0
"""Nothing tells when a broker has acted on a request whose answer has nobody to go to."""


class ClusterBehindDoors(Cluster):
    """Has a second listener, which tells its clients that each broker is to be found at its door."""

    def __init__(self, directory: Path, brokers: int, **more: str) -> None:
        super().__init__(directory, brokers=brokers, first_port=free_port(10 * brokers), heap_mb=384, more=more)
        self.inner = {node: free_port() for node in self.ports}
        self.doors = {node: free_port() for node in self.ports}

    def _launch(self, node: int) -> None:
        port = self.ports[node]
        listeners = f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{port + 1},DOOR://{HOST}:{self.inner[node]}"
        lines = [
            f"listeners={listeners}",
            f"advertised.listeners=PLAINTEXT://{HOST}:{port},DOOR://{HOST}:{self.doors[node]}",
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,DOOR:PLAINTEXT",
            "inter.broker.listener.name=PLAINTEXT",
        ]
        with (self.home(node) / "server.properties").open("a") as properties:  # what stands last counts
            properties.write("\n".join(lines) + "\n")
        super()._launch(node)

    @property
    def outside(self) -> str:
        """What clients are given that shall go through the doors."""
        return ",".join(f"{HOST}:{port}" for port in self.doors.values())


class Doors:
    """The proxies of all brokers. `plans`: what is done to the clients of a group, whose producers are called GROUP-PARTITION."""

    def __init__(self) -> None:
        self.plans: dict[str, Plan] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self, cluster: ClusterBehindDoors):
        servers = [await asyncio.start_server(self._server(cluster.inner[node]), HOST, door) for node, door in cluster.doors.items()]
        try:
            yield self
        finally:
            for server in servers:
                server.close()
            for task in self._tasks:
                task.cancel()

    def _server(self, port: int):
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            back, upstream = await asyncio.open_connection(HOST, port)
            await _Wire(self, reader, writer, back, upstream).run()

        return serve

    def plan_of(self, client: str) -> Plan | None:
        return self.plans.get(client.rpartition("-")[0])

    def later(self, coroutine) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Wire:
    """One connection. Requests wait for one another, and answers, as they do in TCP."""

    def __init__(self, doors: Doors, reader, writer, back, upstream) -> None:
        self._doors, self._reader, self._writer, self._back, self._upstream = doors, reader, writer, back, upstream
        self._asked: dict[bytes, tuple[Plan, Kind]] = {}
        self._client = ""
        self._cut = False

    async def run(self) -> None:
        self._doors.later(self._answers())
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while not self._cut:
                await self._request(await _frame(self._reader))
        if not self._cut:
            self._upstream.close()

    async def _request(self, frame: bytes) -> None:
        if (known := self._known(frame)) is not None:
            plan, kind = self._asked[frame[8:12]] = known
            if (hold := plan.take(kind, answer=False, now=_now())) is not None:
                await self._hold_request(plan, hold, frame)
                return
            await asyncio.sleep(plan.slow_s(kind))
        self._upstream.write(frame)
        await self._upstream.drain()
        if known is not None and kind is Kind.PRODUCE:
            plan.produced(self._client)

    def _known(self, frame: bytes) -> tuple[Plan, Kind] | None:
        number, length = int.from_bytes(frame[4:6]), int.from_bytes(frame[12:14], signed=True)
        if number not in list(Kind) or length <= 0:
            return None
        self._client = frame[14 : 14 + length].decode()
        plan = self._doors.plan_of(self._client)
        return None if plan is None else (plan, Kind(number))

    async def _hold_request(self, plan: Plan, hold: Hold, frame: bytes) -> None:
        if hold.cut:
            self._cut = True
            self._writer.close()
            self._doors.later(self._arrives_late(plan, hold, frame))
        else:
            await self._arrives_late(plan, hold, frame)

    async def _arrives_late(self, plan: Plan, hold: Hold, frame: bytes) -> None:
        await asyncio.sleep(hold.seconds)
        if hold.cut:
            await plan.half_done(self._client)
        with suppress(ConnectionError):
            self._upstream.write(frame)
            await self._upstream.drain()
        if hold.cut:
            await asyncio.sleep(_ACTED_ON_S)
            self._upstream.close()
        plan.let_go(hold)

    async def _answers(self) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await self._answer(await _frame(self._back))
        if not self._cut:
            self._writer.close()

    async def _answer(self, frame: bytes) -> None:
        if (known := self._asked.pop(frame[4:8], None)) is not None:
            plan, kind = known
            plan.ended += kind is Kind.END_TXN and frame[_ERROR_OF_END] == _NONE
            if (hold := plan.take(kind, answer=True, now=_now())) is not None:
                await self._hold_answer(plan, hold)
            else:
                await asyncio.sleep(plan.slow_s(kind))
        if not self._writer.is_closing():
            self._writer.write(frame)

    async def _hold_answer(self, plan: Plan, hold: Hold) -> None:
        if hold.cut:
            self._writer.close()
        else:
            await asyncio.sleep(hold.seconds)
        plan.let_go(hold)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    return head + await reader.readexactly(int.from_bytes(head))
