"""The Kafka cluster that an installation belongs to: its id is kept with the data, and whoever else answers at the address is refused."""

from __future__ import annotations

import json
from pathlib import Path

from makegood.errors import UserError

NOTE = "kafka-cluster.json"


def check(directory: Path, found: str, address: str, remedy: str) -> None:
    """Note the cluster of a new installation, and compare that of a known one. Raises UserError, ending with the remedy, for another."""
    known = _known(directory)
    if known is None:
        accept(directory, found, address)
    elif known != found:
        raise UserError(
            f"the Kafka at {address} is another cluster ({found}) than the one that {directory} belongs to ({known}): what lies there is of "
            f"no use with it. {remedy}"
        )


def accept(directory: Path, found: str, address: str) -> None:
    """From now on the installation belongs to this cluster."""
    scratch = directory / (NOTE + ".new")
    scratch.write_text(json.dumps({"cluster": found, "kafka": address}), encoding="utf-8")
    scratch.replace(directory / NOTE)


def _known(directory: Path) -> str | None:
    """Raises UserError where the note cannot be read: it is not made anew, for then nothing would be compared."""
    path = directory / NOTE
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["cluster"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} cannot be read ({error}): it says which cluster this installation belongs to; delete it to note it anew"
        ) from error
