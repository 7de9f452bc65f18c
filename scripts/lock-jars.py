"""Resolve the jars of the embedded broker anew and write their hashes to makegood/broker/jars.lock."""

import hashlib
import tempfile
from pathlib import Path

from makegood.broker.jars import resolve

LOCK = Path(__file__).resolve().parents[1] / "makegood" / "broker" / "jars.lock"

with tempfile.TemporaryDirectory() as scratch:
    lines = [
        f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}" for jar in sorted(resolve(Path(scratch)), key=lambda jar: jar.name)
    ]
LOCK.write_text("# The jars of the embedded broker: sha256 and file name. Made anew by scripts/lock-jars.py.\n" + "\n".join(lines) + "\n")
