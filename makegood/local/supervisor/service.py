"""A service: how it is started, how it is asked whether it works, and how long it may take to end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from socket import socket


class Health(StrEnum):
    """What a service answers."""

    READY = "ready"
    NOT_READY = "not_ready"
    SILENT = "silent"


@dataclass(frozen=True)
class Service:
    """`environment` is added to ours. Services of a lower `stage` are ended later: those of a higher one lean on them.

    A service without a `probe` counts as ready once it has run for a second. `sockets` are held by us and handed on to it: a port that is
    not let go while the service is down is nobody else's. `again` is asked before each start for the service as it is to run now.
    """

    name: str
    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    probe: Callable[[], Awaitable[Health]] | None = None
    stage: int = 1
    sockets: tuple[socket, ...] = ()
    again: Callable[[], Service] | None = None
    grace_s: float = 10
    """After so many seconds of being asked to end it is killed."""
