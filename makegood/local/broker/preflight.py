"""Preflight: what is checked and prepared before brokers start, so that what cannot work is said in words instead of by a crash."""

from __future__ import annotations

import base64
import secrets
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from socket import socket

from makegood.local.broker import crash_reason, layout
from makegood.local.broker.errors import BrokerError
from makegood.local.broker.progress import Progress, Step
from makegood.services import ports as ports_

LEAST_FREE_MB = 500
FORMAT_S = 120


def check(directory: Path, ports: dict[int, int], running: Sequence[int]) -> None:
    """Refuse what cannot work: brokers that run already, a directory made for others, data of others, a full disk. Raises BrokerError."""
    if running:
        raise BrokerError(f"broker {running[0]} of {directory} runs already: stop it with `makegood broker down`, or choose another --dir")
    made = layout.made(directory)
    if made and made.brokers != len(ports):
        raise BrokerError(f"{directory} was made for {made.brokers} broker(s): use --brokers {made.brokers}, or another --dir")
    if "," in str(directory) or any(ord(letter) < ord(" ") for letter in str(directory)):
        raise BrokerError(f"Kafka cannot keep data below a path with a comma or control character ({directory}): choose another --dir")
    layout.own_cluster(directory, made, [directory / str(node) for node in ports])
    _check_disk(directory, LEAST_FREE_MB * len(ports))


def _check_disk(directory: Path, needed_mb: int) -> None:
    free_mb = shutil.disk_usage(directory).free >> 20
    if free_mb < needed_mb:
        raise BrokerError(f"only {free_mb} MB are free below {directory}: {needed_mb} MB are needed, free some or choose another --dir")


def reserved(ports: dict[int, int]) -> list[socket]:
    """Reserve the ports until the sockets are closed. Raises BrokerError for one that is taken, or does not exist."""
    wanted = layout.with_controllers(ports)
    if max(wanted) > ports_.LAST:
        raise BrokerError(f"port {max(wanted)} does not exist: choose a lower first one with --port")
    try:
        return ports_.reserve(wanted)
    except ports_.PortTaken as error:
        raise BrokerError(f"{error}: choose another with --port{_example(ports)}") from None


def _example(ports: dict[int, int]) -> str:
    for shift in range(1000, 20_000, 1000):
        moved = {node: port + shift for node, port in ports.items()}
        if all(ports_.is_free(port) for port in layout.with_controllers(moved)):
            return f", for example --port {moved[1]}"
    return ""


def format_all(java: list[str], ports: dict[int, int], homes: dict[int, Path], more: Mapping[str, str], say: Progress) -> str:
    """Write the properties of each broker, and format the folders that are new; the id of their cluster. Raises BrokerError, OSError."""
    for node, home in homes.items():
        home.mkdir(exist_ok=True)
        (home / "server.properties").write_text(layout.properties(node, ports, home, more), encoding="ascii")
    new = {node: home for node, home in homes.items() if not layout.is_formatted(home)}
    cluster = next(iter(layout.cluster_ids(homes.values()).values()), None) or _fresh_cluster_id()
    if new:
        say(Step(f"formatting {'a directory' if len(new) == 1 else f'{len(new)} directories'} for its data"))
        tools = {home: _format(java, home, cluster) for home in new.values()}
        for home, tool in tools.items():
            _see_formatted(home, tool)
    return cluster


def _fresh_cluster_id() -> str:
    """Unlike that of every other cluster, so that nobody goes on reading at the offsets of one that is gone. It begins with no dash."""
    return base64.urlsafe_b64encode(b"M" + secrets.token_bytes(15)).decode().rstrip("=")


def _format(java: list[str], home: Path, cluster: str) -> subprocess.Popen[str]:
    words = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *java[1:], "kafka.tools.StorageTool", "format", "--ignore-formatted"]
    command = [java[0], *words, "-t", cluster, "-c", str(home / "server.properties")]
    return subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=layout.java_environment()
    )


def _see_formatted(home: Path, tool: subprocess.Popen[str]) -> None:
    try:
        said, _ = tool.communicate(timeout=FORMAT_S)
    except subprocess.TimeoutExpired:
        tool.kill()
        said = f"it took longer than {FORMAT_S} s"
    if tool.returncode:
        raise BrokerError(f"{home} could not be formatted: {crash_reason.sentence(said)}")
