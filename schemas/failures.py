"""What an operator reads of an error, whichever library raised it: one sentence, with the address that was tried; no code, and no statement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from schemas.wording import plain

MOST = 300
_OURS = frozenset({"schemas", "gateway", "streams", "handlers", "console", "makegood"})

_BY_NAME: Mapping[str, str] = {
    # Kafka's client
    "ProducerFenced": "another worker has taken the partition over",
    "InvalidProducerEpoch": "another worker has taken the partition over",
    "UnknownProducerId": "Kafka has forgotten this producer",
    "InvalidProducerIdMapping": "Kafka has forgotten this producer",
    "InvalidTxnState": "Kafka has ended the transaction already",
    "UnknownTopicOrPartitionError": "Kafka does not know the topic, or not this partition of it",
    "NotLeaderForPartitionError": "another broker leads the partition now",
    "LeaderNotAvailableError": "no broker leads the partition",
    "NodeNotReadyError": "Kafka does not answer",
    "KafkaTimeoutError": "Kafka did not answer in time",
    "RequestTimedOutError": "Kafka did not answer in time",
    "MessageSizeTooLargeError": "a record is larger than its topic takes",
    "NotEnoughReplicasError": "too few brokers hold a copy of the partition",
    "NotEnoughReplicasAfterAppendError": "too few brokers hold a copy of the partition",
    "TopicAuthorizationFailedError": "Kafka does not let us use the topic",
    "GroupAuthorizationFailedError": "Kafka does not let us use the consumer group",
    "TransactionalIdAuthorizationFailed": "Kafka does not let us use the transactional id",
    "SaslAuthenticationFailed": "Kafka refuses the user name or password",
    # the web
    "ConnectTimeout": "no answer in time",
    "ReadTimeout": "no answer in time",
    "RemoteProtocolError": "the connection was broken off",
    "ReadError": "the connection was broken off",
    "WriteError": "the connection was broken off",
    # the system
    "CancelledError": "it was called off",
    "MemoryError": "there is not enough memory",
}
_ADDRESS = re.compile(r"\('([^']+)', (\d+)[^)]*\)")
"""How asyncio shows an address."""
_PLACE = re.compile(r"\bat ([\w.\-\[\]:]+:\d+)")
"""How Kafka's client does."""


def said(error: BaseException, most: int = MOST) -> str:
    """The error as a sentence without an end, at most `most` characters on one line. Never empty, never raises."""
    try:
        return plain(_said(error), most) or _named(error)
    except Exception:  # noqa: BLE001  an error that cannot even say what it is must not hide where it happened
        return _named(error)


def _said(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return _said(error.exceptions[0])
    for how in (_of_ours, _of_a_database, _not_valid, _in_the_table, _of_kafka, _of_the_system, _of_a_library):
        if sentence := how(error):
            return sentence
    return f"an error of ours ({_named(error)}: {_first_line(error)})" if _first_line(error) else f"an error of ours ({_named(error)})"


def _of_ours(error: BaseException) -> str | None:
    """Our own errors are sentences already."""
    if type(error).__module__.partition(".")[0] not in _OURS:
        return None
    return error.args[0] if error.args and isinstance(error.args[0], str) else str(error)


def _of_a_database(error: BaseException) -> str | None:
    """What the driver says, without the statement and without the row that PostgreSQL shows below."""
    if (driver := getattr(error, "orig", None)) is not None:
        return _in_the_table(driver) or _of_the_system(driver) or _first_line(driver)
    return f"the database cannot be used: {_first_line(error)}" if type(error).__module__.startswith("sqlalchemy") else None


def _not_valid(error: BaseException) -> str | None:
    """Of pydantic's report the first fault: where, and what is wrong. Never what was given."""
    faults: Any = getattr(error, "errors", None)
    if not callable(faults) or not (found := faults()):
        return None
    where = ".".join(str(part) for part in found[0].get("loc", ()))
    return f"{where}: {found[0]['msg']}" if where else str(found[0]["msg"])


def _in_the_table(error: BaseException) -> str | None:
    return next((_BY_NAME[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _BY_NAME), None)


def _of_kafka(error: BaseException) -> str | None:
    if not type(error).__module__.startswith("aiokafka"):
        return None
    given = " ".join(str(one) for one in error.args) or str(getattr(error, "description", ""))
    if type(error).__name__ == "KafkaConnectionError":
        place = _PLACE.search(given)
        return f"the connection to Kafka at {place[1]} was lost" if place else "Kafka does not answer"
    return given or f"Kafka says: {_in_words(error)}"


def _of_the_system(error: BaseException) -> str | None:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if not isinstance(error, OSError):
        return None
    if places := sorted({f"{host}:{port}" for host, port in _ADDRESS.findall(str(error))}):
        return f"nobody answers at {' or '.join(places)}"
    what = error.strerror or _first_line(error) or _in_words(error)
    return f"{what}: {error.filename}" if error.filename else what


def _of_a_library(error: BaseException) -> str | None:
    """Also a ValueError: what refuses a value says why."""
    if type(error).__module__ == "builtins" and not isinstance(error, ValueError):
        return None
    return _first_line(error) or _in_words(error)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), "")


def _in_words(error: BaseException) -> str:
    """`ConnectionResetError` -> `connection reset`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _named(error)).lower().removesuffix(" error")


def _named(error: BaseException) -> str:
    return type(error).__name__
