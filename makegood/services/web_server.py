"""A web server inside a process of ours: it listens where it is told or says why it cannot, and stops when we say so."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import uvicorn

from makegood.errors import UserError
from makegood.services import ports
from makegood.services.http_limits import LimitedHttp


class Server(uvicorn.Server):
    """uvicorn, but signals are ours: it would raise them again at its end, and a clean end would look like a kill."""

    at_end: Callable[[], None] = staticmethod(lambda: None)
    """Called when the server is to end: lets those go who follow a stream."""

    def capture_signals(self) -> Any:
        """None are."""
        return nullcontext()

    def end(self) -> None:
        """Take nothing new, answer what is under way, and stop."""
        self.should_exit = True
        self.at_end()


def server(app: Any, *, grace_s: float, **more: Any) -> Server:
    """A server without a log of its own, with limits for what strangers send; at its end answers under way get `grace_s` seconds."""
    more |= {"http": LimitedHttp, "ws": "none", "timeout_graceful_shutdown": max(1, round(grace_s))}
    return Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", **more))


def listen(what: str, host: str, port: int, *, option: str = "--port") -> socket.socket:
    """A listening socket. Raises UserError, with `what` as its subject, where the address is taken or not ours."""
    try:
        return ports.listen(host, port)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise UserError(f"{what} cannot be served at {host}:{port}: {why}. Choose another with {option}") from error
