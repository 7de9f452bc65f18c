"""The embedded broker: Apache Kafka itself on loopback, one or several, for demo, tests and development."""

from makegood.broker.cluster import Cluster
from makegood.broker.errors import BrokerError

__all__ = ["BrokerError", "Cluster"]
