"""Settings of the engine: the cluster, the topics, the store, and how large and how late a chunk may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


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
    instance: str | None = None
    """A static group member: a restarted worker gets its partitions back at once."""
    chunk_records: int = 4096
    transaction_records: int = 20_000
    """When behind, one transaction carries several chunks, up to about so many records."""
    waiting_chunks: int = 4
    """So many chunks may be decided ahead of the transaction under way."""
    fetch_bytes: int = 1 << 20
    linger_s: float = 0.025
    """Wait after a small fetch, so that transactions do not queue up."""
    session_timeout_s: float = 6.0
    rebalance_timeout_s: float = 10.0
    transaction_timeout_s: float = 30.0
    due_interval_s: float = 0.5
    clock: str = "wall"
    """`wall`: timers follow the clock once a partition has caught up. `events`: they follow event time (history)."""

    def topic(self, name: str) -> str:
        """A topic's full name."""
        return self.prefix + name
