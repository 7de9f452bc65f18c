"""What an installation keeps is read by nobody else on the machine: files 0600, folders 0700, from now on and of before."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path

NAME = ".makegood"
"""A folder of this name, and what is in it, is ours. Of a folder of another name only these are:"""
OURS = ("*.db", "*.db-*", "logs", "kafka", "demo", "demo.json", "running.*", "up.lock")
_OTHERS = 0o077
_users: list[int] = []


def from_now_on() -> None:
    """What this process and its children make is for its own user alone."""
    _users.append(os.umask(_OTHERS))


@contextmanager
def as_the_user_makes_files() -> Iterator[None]:
    """For what the user asked to have written elsewhere: it gets the modes that the user's files get."""
    before = os.umask(_users[-1]) if _users else None
    try:
        yield
    finally:
        if before is not None:
            os.umask(before)


def folder(directory: Path) -> None:
    """Make it where it is not there yet, and take from others what an earlier version let them read. Raises OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.resolve()
    if NAME in found.parts:
        close([found])
        return
    within = list(found.iterdir())
    ours = [path for path in within if any(fnmatchcase(path.name, pattern) for pattern in OURS)]
    close(ours)
    if len(ours) == len(within):
        _close(found)


def close(paths: Iterable[Path]) -> None:
    """Take everything from others, of folders with all that is in them. Links are not followed."""
    for path in paths:
        _close(path)
        if path.is_dir() and not path.is_symlink():
            for where, folders, files in os.walk(path):
                for name in (*folders, *files):
                    _close(Path(where, name))


def _close(path: Path) -> None:
    with suppress(FileNotFoundError, PermissionError):  # gone meanwhile; or of another user, who decides
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & _OTHERS:
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
