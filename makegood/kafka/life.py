"""Starting and ending aiokafka's clients, whatever their broker does meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError

from makegood.kafka.connection import Connection, HangsUp, friendly_errors

END_WITHIN_S = 5.0
"""A client whose broker is away gets so long for what it would still like to say."""
_TRY_MS = 5_000


@asynccontextmanager
async def running(kind: type, connection: Connection, *topics: str, **options: Any) -> AsyncIterator[Any]:
    """A producer or consumer of aiokafka from its start to its end. Raises KafkaUnavailable for what Kafka says meanwhile."""
    with friendly_errors(connection):
        client = kind(*topics, **connection.options(), **options)
        await start(client, connection)
    try:
        with friendly_errors(connection, (KafkaError,)):
            yield client
    finally:
        await end(client)


async def start(client: Any, connection: Connection) -> None:
    """Start a client. One that failed to start still holds tasks and sockets: it is ended, and why it failed is found out and raised."""
    try:
        await client.start()
    except KafkaConnectionError:
        await end(client)
        await _raise_cause(connection)
        raise
    except BaseException:
        await end(client)
        raise


async def _raise_cause(connection: Connection) -> None:
    """The client only logs why an address did not do; so one connection is tried by hand. Raises what stopped it, if it stops again."""
    options = connection.options()
    for address in options.pop("bootstrap_servers"):
        host, _, port = address.rpartition(":")
        try:
            tried = await create_conn(host.strip("[]"), int(port), request_timeout_ms=_TRY_MS, **options)
        except (KafkaConnectionError, ConnectionResetError) as error:
            raise HangsUp from error
        tried.close()


async def end(client: Any) -> None:
    """End a producer, consumer or admin client; never raises, and takes END_WITHIN_S at most.

    The client cancels tasks of its own and waits for them. One that rests between two attempts at a dead broker then raises CancelledError
    at whoever ends the client, and leaves the connections open: so it is ended in a task, and what it left out is done here.
    """
    ending = asyncio.ensure_future(_stop(client))
    try:
        await asyncio.wait({ending}, timeout=END_WITHIN_S)
    finally:
        if not ending.cancel() and not ending.cancelled():
            ending.exception()  # looked at: nobody else will
        sender_task = getattr(getattr(client, "_sender", None), "sender_task", None)
        if sender_task is not None:
            sender_task.cancel()
        await asyncio.wait({asyncio.ensure_future(_connections(client).close())}, timeout=END_WITHIN_S)


async def _stop(client: Any) -> None:
    await (client.stop() if hasattr(client, "stop") else client.close())


def _connections(client: Any) -> Any:
    return client.client if hasattr(client, "client") else client._client  # noqa: SLF001  a producer calls it by another name
