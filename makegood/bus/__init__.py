"""The bus: the only place outside streams/chunks that knows Kafka's client. Everybody reads only what is committed."""

from makegood.bus.clients import Sends, consumer, producer
from makegood.bus.clock import clock_ahead_s
from makegood.bus.connection import LARGEST_RECORD, BusError, Connection, Security
from makegood.bus.group import Member, member
from makegood.bus.reading import Tail, follow, lags, offsets, read_topic, tail, watch
from makegood.bus.topics import TopicSpec, alter_config, brokers, cluster, describe, ensure_topics
from makegood.bus.writing import MaybeWritten, Outgoing, Writer
from schemas.record import Record

__all__ = [
    "LARGEST_RECORD",
    "BusError",
    "Connection",
    "MaybeWritten",
    "Member",
    "Outgoing",
    "Record",
    "Security",
    "Sends",
    "Tail",
    "TopicSpec",
    "Writer",
    "alter_config",
    "brokers",
    "clock_ahead_s",
    "cluster",
    "consumer",
    "describe",
    "ensure_topics",
    "follow",
    "lags",
    "member",
    "offsets",
    "producer",
    "read_topic",
    "tail",
    "watch",
]
