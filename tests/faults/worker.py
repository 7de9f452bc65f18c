"""A worker that can be sabotaged: held between its decision and its send, or run without transactions, or with a broken decision.

usage: python -m tests.faults.worker '{"settings of makegood.config.settings": ...}'   Sabotage comes in environment variables:
HOLD (a file: while it exists, the next transaction with inputs stops the process before it sends), HALF (the same, once it has sent and before
it ends the transaction), UNTRANSACTED=1, BREAK=<message type>, CRASH=thread or task,
LATE_ENDS=1 (the end of a transaction is sent again, as aiokafka does it), TRANSACTION_TIMEOUT_S.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.producer import sender

from makegood.config import settings
from makegood.services import worker
from streams import app as streams_app
from streams import decode
from streams.engine import transactions, transport
from streams.engine.faust_app import Engine
from streams.engine.position import KEY as POSITION
from streams.partition import Partition


class Held(transactions.TransactionalProducer):
    """Stops the whole process (SIGSTOP) between decision and send, or in the middle of a transaction, once, when the file is there."""

    async def commit(self, outputs, state, offsets):
        state = dict(state)
        if POSITION in state:
            _hold("HOLD", self._partition)
        return await super().commit(outputs, state.items(), offsets)

    async def send(self, outputs, state):
        state = dict(state)
        sends = await super().send(outputs, state.items())
        if POSITION in state:
            await transactions._settled(sends)
            _hold("HALF", self._partition)
        return sends


def _hold(where: str, partition: int) -> None:
    hold = Path(os.environ.get(where, os.devnull))
    if hold.is_file():
        hold.unlink()
        hold.with_suffix(".held").write_text(str(partition))
        os.kill(os.getpid(), signal.SIGSTOP)


class Untransacted(transactions.TransactionalProducer):
    """Outputs, then state, each on its own: what Makegood must not do. It proves that the checker would notice."""

    async def start(self):
        await super().start()
        self._plain = AIOKafkaProducer(**self._settings.connection, enable_idempotence=True, max_batch_size=transactions.BATCH_BYTES)
        await self._plain.start()

    async def commit(self, outputs, state, offsets):
        transactional, self._producer = self._producer, self._plain
        await transactions._settled(await self.send(outputs, ()))
        await asyncio.sleep(0.05)
        last = await transactions._settled(await self.send((), state))
        self._producer = transactional
        return last


def _broken(kind: str) -> None:
    """Let the decision of one type raise, as a bad deploy would."""
    apply = Partition._apply

    def broken(self, message):
        if getattr(message, "type", "") == kind:
            raise RuntimeError(f"a bug in the decision of {kind}")
        return apply(self, message)

    Partition._apply = broken


def _deaf(kind: str) -> None:
    """Let the decoder not know one type, as an older release would."""
    real = decode._validate_json

    def deaf(value):
        return real(value.replace(f'"{kind}"'.encode(), b'"not.yet.known"'))

    decode._validate_json = deaf
    decode.fact_reader.read = lambda _: None
    decode.tolerant_reader.mended = lambda _, raw: deaf(raw)


def _crashing(where: str) -> None:
    """Let a service of Faust raise once something was fetched: in the consumer's thread, or in the task that drains it."""

    def raising(*_, **__):
        raise OSError("no more file handles")

    async def raising_later(*_, **__):
        raising()

    if where == "thread":
        transport.ConsumerThread._fetch_records = raising_later
    else:
        transport.Consumer._pace = raising


def main(wanted: dict[str, object]) -> None:
    given = settings.load(**wanted)
    if os.environ.get("BREAK"):
        _broken(os.environ["BREAK"])
    if os.environ.get("DEAF"):
        _deaf(os.environ["DEAF"])
    if os.environ.get("CRASH"):
        _crashing(os.environ["CRASH"])
    if os.environ.get("LATE_ENDS"):
        sender.EndTxnHandler = transactions.EndedOnce.__base__
    producer = (
        Untransacted
        if os.environ.get("UNTRANSACTED")
        else Held
        if os.environ.keys() & {"HOLD", "HALF"}
        else transactions.TransactionalProducer
    )

    def build_app(engine_settings, policy, fatal):
        times = {
            name: float(os.environ.get(name.upper(), getattr(engine_settings, name))) for name in ("look_again_s", "transaction_timeout_s")
        }
        engine_settings = replace(engine_settings, **times)
        return Engine(engine_settings, streams_app.folds(policy, engine_settings.partitions), fatal, producer)

    worker.build_app = build_app
    worker.run(given)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
