"""Settings of the engine: the cluster, the topics, the store, and how large and how late a chunk may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Settings of one worker. Sizes in records or bytes, times in seconds, as their names say."""

    app_id: str
    connection: Mapping[str, object]
    """Keyword arguments of every aiokafka client: bootstrap_servers, security_protocol, ssl_context, sasl_..."""
    inputs: tuple[str, ...]
    """Names of the input topics, without the prefix."""
    partitions: int
    prefix: str = ""
    store: str = "memory"
    """`memory` or `rocksdb`."""
    directory: Path = field(default_factory=lambda: Path(".makegood"))
    cluster: str = ""
    """The id of the Kafka cluster."""
    instance: str | None = None
    """A static group member: a restarted worker gets its partitions back at once."""
    chunk_records: int = 4096
    """What one fetch brought for a partition is decided in one piece, up to so many records."""
    transaction_records: int = 20_000
    """When behind, one transaction carries several chunks, up to about so many records."""
    waiting_chunks: int = 4
    """So many chunks may be decided ahead of the transaction under way."""
    fetch_bytes: int = 1 << 20
    fetch_min_bytes: int = 1 << 16
    fetch_max_wait_ms: int = 20
    """While records come, the broker answers a fetch when it has so many bytes, or after so long: so that a transaction carries several."""
    session_timeout_s: float = 6.0
    rebalance_timeout_s: float = 10.0
    transaction_timeout_s: float = 30.0
    accepted_gaps: frozenset[str] = frozenset()
    """Holes in the input that a person accepted, as `feedback-3`: the partition goes on behind them, and the journal says so."""
    look_again_s: float = 30.0
    """So often the inputs are looked at for holes while the worker runs."""
    offsets_interval_s: float = 5.0
    """So often the group's offsets follow while records come; when none do, at once. Lag is told by them, and `makegood replay` waits for them."""
    due_interval_s: float = 0.5
    clock: str = "wall"
    """`wall`: timers follow the clock once a partition has caught up. `events`: they follow event time (history)."""

    @property
    def owner(self) -> str:
        """Whose a store on disk is: state of other topics, another cluster or another number of partitions is of no use."""
        return f"{self.cluster} {self.topic('state')} {self.app_id} {self.partitions}"

    @property
    def member(self) -> str | None:
        """The static group member: the instance, and what it reads. Restarted with other topics (another prefix, a release with one input more)
        it is another member: within the session's time Kafka would give the old one its old topics back, without asking what it reads now.
        """
        read = crc32("\n".join(map(self.topic, (*self.inputs, "state"))).encode())
        return None if self.instance is None else f"{self.instance}-{read:08x}"

    @property
    def brokers(self) -> tuple[str, ...]:
        """The addresses under which Kafka is looked for."""
        given = self.connection.get("bootstrap_servers", ())
        return (given,) if isinstance(given, str) else tuple(map(str, given)) if isinstance(given, Iterable) else ()

    def topic(self, name: str) -> str:
        """A topic's full name."""
        return self.prefix + name
