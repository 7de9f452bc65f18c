"""Of the machine itself: Python, Java, disk, the built board, and the ports that the services want."""

from __future__ import annotations

import errno
import shutil
import socket
import sys
from collections.abc import Callable

import httpx

from console.app import UI
from makegood.config.secrets import all_here
from makegood.config.settings import Settings
from makegood.doctor.finding import Finding
from makegood.errors import UserError

LEAST_FREE_GB = 2
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  how a part that listens everywhere is reached


async def python(_: Settings) -> list[Finding]:
    """Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    return [Finding(sys.version_info >= (3, 11), f"Python {version}: 3.11 or newer is needed")]


async def java(settings: Settings, find: Callable[[], object]) -> list[Finding]:
    """Java, as far as the embedded broker is what is used. `find` gives it, or raises UserError."""
    try:
        return [Finding(True, f"Java for the embedded broker: {find()}")]
    except UserError as error:
        if not all_here(settings.kafka):
            return [Finding(True, "no Java is needed here: Kafka runs on another machine")]
        return [Finding(False, f"{error} (only the embedded broker needs it)")]


async def disk(settings: Settings) -> list[Finding]:
    """Room for state, databases and the embedded broker."""
    place = settings.directory if settings.directory.exists() else settings.directory.absolute().parent
    free = shutil.disk_usage(place).free / 1e9
    return [Finding(free >= LEAST_FREE_GB, f"{free:.1f} GB free where {settings.directory} lies: {LEAST_FREE_GB} GB is the least")]


async def board(_: Settings) -> list[Finding]:
    """The page that the console serves."""
    if (UI / "index.html").is_file():
        return [Finding(True, "the board is built")]
    return [Finding(False, "the board is not built, so the console has no page to show: make ui")]


async def ports(settings: Settings) -> list[Finding]:
    """Each port that a service wants is free, or that service has it."""
    return [await _port(*row) for row in _wanted(settings)]


async def ports_of_others(settings: Settings) -> list[Finding]:
    """The same where nothing of ours runs: a Makegood that has such a port is another one."""
    return [await _port(*row, ours=False) for row in _wanted(settings)]


def _wanted(settings: Settings) -> list[tuple[str, str, int, str]]:
    wanted = (
        ("worker", settings.health_host, settings.health_port, "health_port"),
        ("gateway", settings.gateway.host, settings.gateway.port, "port in [gateway]"),
        ("handlers", settings.handlers.health_host, settings.handlers.health_port, "health_port in [handlers]"),
        ("console", settings.console.host, settings.console.port, "port in [console]"),
    )
    return [row for row in wanted if row[2]]


async def _port(service: str, host: str, port: int, setting: str, *, ours: bool = True) -> Finding:
    why = _why_not_free(host, port)
    if why is None:
        return Finding(True, f"{service} does not run here; its port {port} is free")
    if why != errno.EADDRINUSE:
        return Finding(False, f"{service} cannot listen at {host}:{port} ({errno.errorcode.get(why, why)}): change {setting}")
    if await _is_makegood(_ANYWHERE.get(host, host), port):
        if ours:
            return Finding(True, f"{service} runs here, at port {port}")
        return Finding(True, f"port {port}, which {service} wants, has a Makegood of another folder: `makegood up` takes the next free one")
    return Finding(False, f"port {port}, which {service} wants, is taken by another program: stop that, or change {setting}")


def _why_not_free(host: str, port: int) -> int | None:
    """The number of the error that listening would meet."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno or errno.EINVAL
    return None


async def _is_makegood(host: str, port: int) -> bool:
    """Whether who listens answers as our services do."""
    where = f"[{host}]" if ":" in host else host
    try:
        async with httpx.AsyncClient(timeout=3, trust_env=False) as client:
            answer = await client.get(f"http://{where}:{port}/livez")
            return bool(answer.json() == {"live": True})
    except (httpx.HTTPError, ValueError):
        return False
