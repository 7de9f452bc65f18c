"""The embedded broker: Apache Kafka itself on loopback, one or several, for demo, tests and development."""

from makegood.local.broker.cluster import Cluster
from makegood.local.broker.errors import BrokerError

__all__ = ["BrokerError", "Cluster"]
