"""Health of several workers as that of one: ready when all are, their partitions side by side, one exposition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from makegood.services.worker_link import Answer

OF_A_PROCESS = ("process_", "python_")
"""Families that each process has of itself: they are told apart by a label, the others by their partitions."""
SILENT: dict[str, Any] = {"ready": False, "reason": "it does not answer", "partitions": {}}


def readiness(answers: Mapping[int, Answer | None]) -> tuple[bool, dict[str, Any]]:
    """Whether all are ready, and a report as that of one worker, with one of each process (by its number) below it."""
    reports: dict[int, dict[str, Any]] = {number: SILENT if answer is None else answer.report for number, answer in answers.items()}
    missing = [f"process {number}: {report['reason']}" for number, report in reports.items() if not report["ready"]]
    partitions = {name: row for report in reports.values() for name, row in report["partitions"].items()}
    return not missing, {
        "ready": not missing,
        "reason": "; ".join(missing) or "every process is ready: every assigned partition is recovered and read",
        "partitions": {name: partitions[name] for name in sorted(partitions, key=int)},
        "processes": {str(number): report | {"partitions": list(report["partitions"])} for number, report in reports.items()},
    }


def exposition(texts: Mapping[str, str]) -> bytes:
    """One exposition of several, by the name of their process. Of a partition that has just changed hands the last word counts."""
    collected = CollectorRegistry()
    collected.register(_Families(texts))
    return generate_latest(collected)


class _Families(Collector):
    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def collect(self) -> Iterable[Metric]:
        """Each family once, with the samples of all."""
        families: dict[str, Metric] = {}
        samples: dict[str, dict[tuple[str, ...], Sample]] = {}
        for process, text in self._texts.items():
            for family in text_string_to_metric_families(text):
                families.setdefault(family.name, family)
                for sample in family.samples:
                    labels = dict(sample.labels) | ({"process": process} if family.name.startswith(OF_A_PROCESS) else {})
                    place = (sample.name, *(part for pair in sorted(labels.items()) for part in pair))
                    samples.setdefault(family.name, {})[place] = sample._replace(labels=labels)
        for name, family in families.items():
            family.samples = list(samples.get(name, {}).values())
            yield family
