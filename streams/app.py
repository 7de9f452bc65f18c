"""The factory of a worker's engine: everything is given, nothing is read from the environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from schemas.policy import Policy
from schemas.topics import INPUTS
from streams.engine.contract import FoldFactory
from streams.engine.faust_app import Engine
from streams.engine.settings import EngineSettings
from streams.partition import Partition

__all__ = ["INPUTS", "build_app", "folds"]


def folds(policy: Policy, partitions: int) -> FoldFactory:
    """Makes the fold of each partition. `policy` counts only where a partition has none of its own yet."""
    return lambda number, read: Partition(number, partitions, policy, read)


def build_app(settings: EngineSettings, policy: Policy, fatal: Callable[[str], NoReturn]) -> Engine:
    """A worker's engine, not started. `fatal` is called with a sentence that says why the process must end, and ends it."""
    return Engine(settings, folds(policy, settings.partitions), fatal)
