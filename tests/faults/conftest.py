"""Three real brokers for the fault suites, and workers that are ended whatever happens."""

from __future__ import annotations

import asyncio
import os
import random

import pytest

from makegood.kafka import Connection, topics
from tests.conftest import free_port
from tests.faults.harness import PARTITIONS, Workers


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    from makegood.local.broker import Cluster

    with Cluster(tmp_path_factory.mktemp("cluster"), brokers=3, first_port=free_port(30), heap_mb=384) as cluster:
        yield cluster


@pytest.fixture
def seed(request) -> int:
    """Printed, so that a failure can be run again: FAULT_SEED=<seed>."""
    number = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10**6))
    print(f"\nFAULT_SEED={number} ({request.node.name})", flush=True)
    return number


@pytest.fixture
def make_workers(cluster, prefix, tmp_path):
    """Workers over fresh topics on three brokers."""
    made: list[Workers] = []

    def make(**settings: object) -> Workers:
        asyncio.run(topics.apply(Connection(cluster.bootstrap), prefix=prefix, partitions=PARTITIONS))
        made.append(Workers(cluster.bootstrap, prefix, tmp_path, **settings))
        return made[-1]

    yield make
    for workers in made:
        workers.end()
