"""What the doctor says: a thing that was looked at, and how it is."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that was looked at: whether it is well, and a sentence."""

    well: bool
    sentence: str
