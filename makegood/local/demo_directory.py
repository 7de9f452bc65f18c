"""The directory of a demo: whose it is, what of it may be erased, and what is remembered from one start to the next."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from makegood.errors import UserError

MARK = "this-is-a-demo"
"""A file of this name says that a demo made the directory."""
REMEMBERED = "demo.json"
MADE_BY_US = (
    REMEMBERED,  # first: where it is gone and others are not, erasing was cut off
    "kafka-cluster.json",
    "makegood.toml",
    "kafka",
    "makegood",
    "logs",
    *(f"{service}.db{more}" for service in ("console", "handlers") for more in ("", "-wal", "-shm", "-journal")),
)
"""What is erased for a fresh demo; whatever else lies there is somebody's."""
_NEUTRAL = {"up.lock", "running.json"}


def check(directory: Path, *, fresh: bool) -> bool:
    """Whether a demo lies in a directory; a new one is none yet.

    Raises UserError, before anything is touched, where something else lies there, or a demo that cannot go on and is not to be fresh.
    """
    if (directory / MARK).is_file():
        there = any((directory / name).exists() for name in MADE_BY_US)
        if there and not fresh and not (directory / REMEMBERED).exists():
            raise UserError(f"the demo in {directory} is not whole ({REMEMBERED} is missing): begin anew with `makegood demo --fresh`")
        return there
    if directory.exists() and not directory.is_dir():
        raise UserError(f"{directory} is no folder: choose another --dir")
    others = sorted(path.name for path in directory.iterdir() if path.name not in _NEUTRAL) if directory.exists() else []
    if others:
        raise UserError(f"{directory} holds {others[0]}, which no demo made: choose another --dir")
    return False


def refuse_real_use(directory: Path) -> None:
    """Raises UserError where a demo lies: what is real must not lie where a fresh demo erases."""
    if (directory / MARK).exists():
        raise UserError(f"{directory} is a demo's: go on with it by `makegood demo --dir {directory}`, or choose another --dir")


def prepare(directory: Path, *, fresh: bool) -> list[str]:
    """Make the directory a demo's, empty of an earlier one if it is to be fresh; the names of what is not ours and was left alone."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MARK).touch()
    if not fresh:
        return []
    for path in (directory / name for name in MADE_BY_US):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return sorted(path.name for path in directory.iterdir() if path.name not in {*_NEUTRAL, MARK})


def remembered(directory: Path) -> dict[str, Any]:
    """What an earlier start has noted; empty for a fresh demo. Raises UserError where it cannot be read."""
    path = directory / REMEMBERED
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}): mend it, or begin anew with `makegood demo --fresh`") from error
    return found if isinstance(found, dict) else {}


def remember(directory: Path, **more: object) -> None:
    """Note these things beside what is noted already."""
    scratch = directory / (REMEMBERED + ".new")
    write_private(scratch, json.dumps(remembered(directory) | more))
    scratch.replace(directory / REMEMBERED)


def write_private(path: Path, text: str) -> None:
    """Only its owner may read it."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
