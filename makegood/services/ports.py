"""Ports of this machine: held by a socket from the moment of their choice, so that nobody takes one between choice and use."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress

from makegood.errors import UserError

LOOPBACK = "127.0.0.1"
LAST = 65535
BACKLOG = 1024
FURTHER = 500
"""So many ports after the wanted one are tried."""
SOCKETS = "MAKEGOOD_SOCKETS"
"""Environment variable: the numbers of the sockets that whoever started this process holds for it."""


class PortTaken(UserError):
    """Another process has the port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken by another process")
        self.port = port


# -- for ourselves: a port that listens --------------------------------------------------------------------------------------------------


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: the one that is held for us, else a new one. Raises OSError where the address is taken or not ours."""
    return _held_for_us(port, socket.SOCK_STREAM) or _new(host, port)


def _new(host: str, port: int) -> socket.socket:
    made = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG)
    return socket.socket(fileno=made.detach())  # this one knows that it speaks TCP, so its connections get TCP_NODELAY


def take(wanted: int, host: str = LOOPBACK) -> socket.socket:
    """A listening socket at the first free port from `wanted` on; 0 asks for any. Raises UserError where there is none."""
    for port in [0] if wanted == 0 else range(wanted, min(wanted + FURTHER, LAST + 1)):
        with suppress(OSError):
            return _new(host, port)
    raise UserError(f"port {wanted} of {host} and those after it are taken or forbidden: choose another in makegood.toml")


def number(held: socket.socket) -> int:
    """The port of a socket."""
    return int(held.getsockname()[1])


# -- for a broker, which has to bind its port itself -------------------------------------------------------------------------------------
# The UDP port of the same number, which Kafka does not use, is the sign among ours that a port is taken: it holds while the broker is
# being started, or is down for a moment, for every user, and ends with its holder.


def is_free(port: int) -> bool:
    """Whether nobody listens at a port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a connection that lingers does not count
        try:
            probe.bind((LOOPBACK, port))
        except (OSError, OverflowError):
            return False
    return True


def reserve(ports: Iterable[int]) -> list[socket.socket]:
    """Reserve ports of loopback that a process of ours is about to bind, until the sockets are closed. Raises PortTaken."""
    with ExitStack() as stack:
        held = [stack.enter_context(_reserved(port)) for port in ports]
        stack.pop_all()
    return held


def _reserved(port: int) -> socket.socket:
    if not is_free(port):
        raise PortTaken(port)
    if ours := _held_for_us(port, socket.SOCK_DGRAM):
        return ours
    sign = socket.socket(type=socket.SOCK_DGRAM)
    try:
        sign.bind((LOOPBACK, port))
    except (OSError, OverflowError):
        sign.close()
        raise PortTaken(port) from None
    return sign


def take_reserved(wanted: Sequence[int]) -> list[socket.socket]:
    """Reserve these ports, or all of them shifted to where they are free. Raises UserError where that is nowhere."""
    for shift in range(min(FURTHER, LAST - max(wanted) + 1)):
        with suppress(PortTaken):
            return reserve(port + shift for port in wanted)
    raise UserError(f"port {wanted[0]} of {LOOPBACK} and those after it are taken: end what listens there")


# -- handed on by whoever started us -----------------------------------------------------------------------------------------------------


def _held_for_us(port: int, kind: int) -> socket.socket | None:
    """A socket of ours at this port that our starter holds. It stays open there when we end."""
    for given in _given():
        with suppress(OSError):
            held = socket.socket(fileno=os.dup(given))
            if port and held.type == kind and held.family in {socket.AF_INET, socket.AF_INET6} and number(held) == port:
                return held
            held.close()
    return None


def _given() -> Iterator[int]:
    for word in os.environ.get(SOCKETS, "").split():
        with suppress(ValueError):
            yield int(word)
