"""The bus: the only place outside streams/chunks that knows Kafka's client. Everybody reads only what is committed."""

from makegood.bus.clients import consumer, producer
from makegood.bus.connection import LARGEST_RECORD, BusError, Connection, Security
from makegood.bus.group import Member, member
from makegood.bus.reading import Record, follow, offsets, read_topic, watch
from makegood.bus.topics import TopicSpec, alter_config, brokers, describe, ensure_topics

__all__ = [
    "LARGEST_RECORD",
    "BusError",
    "Connection",
    "Member",
    "Record",
    "Security",
    "TopicSpec",
    "alter_config",
    "brokers",
    "consumer",
    "describe",
    "ensure_topics",
    "follow",
    "member",
    "offsets",
    "producer",
    "read_topic",
    "watch",
]
