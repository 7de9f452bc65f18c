"""The only place outside streams/engine that knows Kafka's client. Everybody reads only what is committed."""

from makegood.kafka.clients import PendingSends, consumer, producer
from makegood.kafka.clock import clock_ahead_s
from makegood.kafka.connection import Connection, KafkaUnavailable, Security
from makegood.kafka.group import Member, member
from makegood.kafka.reading import Tail, follow, lags, offsets, read_topic, tail, watch
from makegood.kafka.topic_admin import TopicSpec, alter_config, brokers, cluster, describe, ensure_topics, topic_names
from makegood.kafka.writing import MaybeWritten, Outgoing, Writer
from schemas.record import Record
from schemas.topics import LARGEST_RECORD

__all__ = [
    "LARGEST_RECORD",
    "Connection",
    "KafkaUnavailable",
    "MaybeWritten",
    "Member",
    "Outgoing",
    "PendingSends",
    "Record",
    "Security",
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
    "topic_names",
    "watch",
]
