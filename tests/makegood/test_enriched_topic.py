"""The topic `enriched` as a real worker writes it: in the transactions of everything else, and folded again from the journal."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from makegood.kafka import Connection, read_topic
from tests.faults.harness import PARTITIONS, Workers
from tests.faults.load import Load, pour
from tests.patience import PATIENT_S


async def _poured_and_settled(workers: Workers) -> tuple[Any, list[dict[str, Any]]]:
    await pour(workers.bootstrap, workers.prefix, Load(11, customers=20).records(300), 1000, PARTITIONS)
    verdict = await workers.until_settled(PATIENT_S)
    found = [json.loads(record.value) async for record in read_topic(Connection(workers.bootstrap), workers.prefix + "enriched")]
    return verdict, found


def test_what_a_worker_enriches_is_written_once_and_comes_again_from_the_journal(bootstrap, applied, tmp_path):
    """The checker folds every input again in the order of the journal, and compares all outputs, byte for byte."""
    policy = tmp_path / "policy.toml"
    policy.write_text('version = "enriched"\n[enriched]\nsend = true\n')
    workers = Workers(bootstrap, applied, tmp_path, policy=str(policy))
    try:
        workers.start("one")
        verdict, found = asyncio.run(_poured_and_settled(workers))
    finally:
        workers.end()
    assert verdict.sound, verdict
    assert {one["fact"]["type"] for one in found} >= {"survey.answered", "ticket.opened"}
    assert len({one["id"] for one in found}) == len(found)
