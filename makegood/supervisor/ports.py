"""Ports: the wanted one where it is free, else the next that is."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from makegood.errors import UserError

_FURTHER = 500
_LAST = 65535


def take(wanted: int, taken: set[int], *, host: str = "127.0.0.1", span: int = 1) -> int:
    """The first port from `wanted` on of which this and the next `span - 1` are free; it is noted in `taken`. 0 asks for any.

    Raises UserError where there is none.
    """
    if wanted == 0:
        wanted = _any(host)
    for port in range(wanted, min(wanted + _FURTHER, _LAST - span + 2)):
        needed = range(port, port + span)
        if not taken & set(needed) and _all_free(host, needed):
            taken.update(needed)
            return port
    raise UserError(f"port {wanted} of {host} and those after it are taken or forbidden: choose another in makegood.toml")


def _all_free(host: str, ports: Iterable[int]) -> bool:
    return all(_is_free(host, port) for port in ports)


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a connection that lingers does not count
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _any(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
