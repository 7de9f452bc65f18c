"""Resolve the jars of the embedded broker anew and write their coordinates and hashes to makegood/local/broker/jars.lock."""

import tempfile
from pathlib import Path

import pooch

from makegood.local.broker.jars import address, resolve

LOCK = Path(__file__).resolve().parents[1] / "makegood" / "local" / "broker" / "jars.lock"
HEAD = "# The jars of the embedded broker: sha256 and group:artifact:version. Made anew by scripts/lock-jars.py.\n"

with tempfile.TemporaryDirectory() as scratch:
    lines = [f"{pooch.file_hash(pooch.retrieve(address(*jar), None, path=scratch))}  {':'.join(jar)}" for jar in resolve()]
LOCK.write_text(HEAD + "\n".join(lines) + "\n")
