"""`makegood doctor`: looks at the whole set-up and says, in sentences, what is wrong with it and what to do."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

from rich.console import Console

from makegood.config import policy_file
from makegood.config.settings import Settings
from makegood.doctor import cluster, machine, safety, storage
from makegood.doctor.finding import Finding
from makegood.errors import UserError
from schemas.wording import counted

__all__ = ["CHECKS", "Finding", "examine", "report"]


async def _policy(settings: Settings) -> list[Finding]:
    policy = policy_file.load(settings.policy)
    return [Finding(True, f"the policy file {settings.policy or '(built in)'} is valid: version {policy.version}")]


Check = Callable[[Settings], Awaitable[list[Finding]]]

CHECKS: tuple[Check, ...] = (
    machine.python,
    machine.disk,
    machine.board,
    machine.ports,
    _policy,
    safety.kept_secret,
    safety.sources,
    safety.keys,
    safety.notifies_somebody,
    safety.in_the_clear,
    storage.databases,
    cluster.cluster,
)


_WHERE_NOTHING_RUNS: dict[Check, Check] = {machine.ports: machine.ports_of_others}


async def examine(settings: Settings, nothing: UserError | None = None, java: Callable[[], object] | None = None) -> list[Finding]:
    """Every finding, in order; a check that cannot be made is a finding too. `nothing` says why there is no Kafka to ask, `java` finds Java."""
    findings: list[Finding] = [] if java is None else await machine.java(settings, java)
    for check in CHECKS:
        try:
            if check is cluster.cluster and nothing is not None:
                raise nothing
            findings += await (check if nothing is None else _WHERE_NOTHING_RUNS.get(check, check))(settings)
        except UserError as error:
            findings.append(Finding(False, str(error)))
    return findings


def report(
    settings: Settings, nothing: UserError | None = None, java: Callable[[], object] | None = None, *, as_json: bool = False
) -> bool:
    """Print the findings; True when all is well."""
    findings = asyncio.run(examine(settings, nothing, java))
    if as_json:
        sys.stdout.write(
            json.dumps([{"well": well, "finding": sentence} for well, sentence in findings], ensure_ascii=False, indent=2) + "\n"
        )
        return all(finding.well for finding in findings)
    console = Console()
    for well, sentence in findings:
        console.print("[green]well [/green]" if well else "[red]wrong[/red]", end=" ")
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    wrong = sum(not finding.well for finding in findings)
    console.print("Everything is well." if not wrong else f"{counted(wrong, 'thing')} to put right.")
    return not wrong
