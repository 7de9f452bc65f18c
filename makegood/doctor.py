"""`makegood doctor`: looks at the whole set-up and says, in sentences, what is wrong with it and what to do."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from rich.console import Console

from makegood import bus, policy_file, topics
from makegood.errors import UserError
from makegood.settings import Settings


class Finding(NamedTuple):
    """One thing that was looked at: whether it is well, and a sentence."""

    well: bool
    sentence: str


LEAST_FREE_GB = 2


async def _python(_: Settings) -> list[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    return [Finding(sys.version_info >= (3, 11), f"Python {version}: 3.11 or newer is needed")]


async def _java(_: Settings) -> list[Finding]:
    from makegood.broker import java

    try:
        return [Finding(True, f"Java for the embedded broker: {java.find()}")]
    except UserError as error:
        return [Finding(False, f"{error} (only the embedded broker needs it)")]


async def _disk(settings: Settings) -> list[Finding]:
    place = settings.directory if settings.directory.exists() else settings.directory.absolute().parent
    free = shutil.disk_usage(place).free / 1e9
    return [Finding(free >= LEAST_FREE_GB, f"{free:.1f} GB free where {settings.directory} lies: {LEAST_FREE_GB} GB is the least")]


async def _policy(settings: Settings) -> list[Finding]:
    policy = policy_file.load(settings.policy)
    return [Finding(True, f"the policy file {settings.policy or '(built in)'} is valid: version {policy.version}")]


async def _kafka(settings: Settings) -> list[Finding]:
    count = await bus.brokers(settings.connection)
    findings = [Finding(True, f"Kafka answers at {settings.kafka}: {count} broker{'s' if count != 1 else ''}")]
    partitions = await topics.partition_count(settings.connection, prefix=settings.prefix)
    findings.append(Finding(True, f"the topics {settings.prefix}* are there, {partitions} partitions each"))
    if settings.kafka_security == "PLAINTEXT" and not _on_this_machine(settings.kafka):
        findings.append(
            Finding(False, f"{settings.kafka} is another machine and the connection is not encrypted: set MAKEGOOD_KAFKA_SECURITY=SASL_SSL")
        )
    return findings


def _on_this_machine(addresses: str) -> bool:
    return all(address.rpartition(":")[0] in {"127.0.0.1", "localhost", "[::1]"} for address in addresses.split(","))


CHECKS: tuple[Callable[[Settings], Awaitable[list[Finding]]], ...] = (_python, _java, _disk, _policy, _kafka)


async def examine(settings: Settings) -> list[Finding]:
    """Every finding, in order; a check that cannot be made is a finding too."""
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings += await check(settings)
        except UserError as error:
            findings.append(Finding(False, str(error)))
    return findings


def report(settings: Settings) -> bool:
    """Print the findings; True when all is well."""
    findings = asyncio.run(examine(settings))
    console = Console()
    for well, sentence in findings:
        console.print("[green]well [/green]" if well else "[red]wrong[/red]", sentence, highlight=False, soft_wrap=True)
    wrong = sum(not finding.well for finding in findings)
    console.print("Everything is well." if not wrong else f"{wrong} thing{'s' if wrong > 1 else ''} to put right.")
    return not wrong
