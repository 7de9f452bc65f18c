"""`makegood demo`: everything of `makegood up`, with a made-up company that lives in it, and a page that shows what would be sent."""

from __future__ import annotations

import base64
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from makegood.config import settings
from makegood.errors import UserError
from makegood.local import demo_directory
from makegood.local import installation as planned
from makegood.local.installation import CLIENT_STAGE, SERVING_STAGE, Plan, command, service
from makegood.local.simulator import SEED
from makegood.local.simulator.runner import POLICY
from makegood.local.supervisor import Service, probes
from makegood.local.supervisor.once import run_once
from makegood.local.up import Installation
from makegood.services import ports
from makegood.services.first_account import ADMIN, first_admin

HISTORY_S = 240.0
POURED_AT_MOST = 3
REMEDY = "Begin anew with `makegood demo --fresh`"


TOML = """# Made by `makegood demo`. The secrets are random, and of use nowhere else.
policy = "{policy}"
processes = 1  # of the worker: one is enough for a roastery, and each takes memory

[gateway.api_keys.demo]
key = "{key}"

[gateway.sources.zendesk]
secrets = ["{zendesk}"]

[gateway.sources.typeform]
secrets = ["{typeform}"]
settings = {{ trusted_hidden_fields = ["customer_id"] }}

[handlers]
notify_from = {began}

[handlers.destinations.pager]
channel = "webhook"
url = "http://127.0.0.1:{sink_port}/webhook"
secret = "{hook}"

[handlers.destinations.chat]
channel = "slack"
url = "http://127.0.0.1:{sink_port}/slack"

[handlers.destinations.mail]
channel = "email"
to = ["recovery@nordlicht.example"]
sender = "makegood@nordlicht.example"
host = "127.0.0.1"
port = {smtp_port}
security = "none"

[handlers.routes]
page = ["pager", "chat"]
chat = ["chat"]
digest = ["mail"]
billing = ["mail"]
fallback = ["chat"]
"""
"""What the services are given, as a user would write it. What happened before `began` is history: it pages nobody."""


class Past(StrEnum):
    """How much of the eight weeks before the first start is decided."""

    TO_COME = "to_come"
    COMING = "coming"
    WHOLE = "whole"
    PART = "part"


@dataclass(frozen=True)
class Demo:
    """A demo: where it lies, what it would send where, from which seed its company is made, and how much of its past is there."""

    plan: Plan
    seed: int
    sink_port: int
    smtp_port: int
    key: str
    began: datetime
    past: Past = Past.TO_COME
    password: str | None = None
    """Of its first user, as an earlier start made it: a demo is of no use to whoever missed it."""


def configure(directory: Path, seed: int | None = None) -> Demo:
    """Take ports, and write makegood.toml with fresh secrets where there is none yet. Raises UserError for a seed of another company."""
    known = demo_directory.remembered(directory)
    if seed is not None and known.get("seed", seed) != seed:
        raise UserError(f"the company in {directory} was made from seed {known['seed']}: another one begins with `makegood demo --fresh`")
    sinks = ports.take(known.get("sink_port") or 8090), ports.take(known.get("smtp_port") or 8025)
    values = _values(known, *map(ports.number, sinks))
    _write_settings(directory, known, values)
    made_from = int(known.get("seed", SEED if seed is None else seed))
    demo_directory.remember(directory, **values, seed=made_from)
    os.chdir(directory)  # from here on this makegood.toml is the one that is read, by us and by the services
    chosen = planned.plan(settings.load(directory=directory), embedded=True, working_directory=directory)
    held = {**chosen.held, "sink": sinks}
    began = datetime.fromisoformat(str(values["began"]))
    past = Past(known.get("past", Past.TO_COME))
    return Demo(
        replace(chosen, held=held), made_from, values["sink_port"], values["smtp_port"], values["key"], began, past, known.get("password")
    )


def _values(known: dict[str, Any], sink_port: int, smtp_port: int) -> dict[str, Any]:
    """What stands in makegood.toml: secrets as before, and where the sink is now."""
    signing = known.get("signing") or {name: secrets.token_hex(24) for name in ("zendesk", "typeform")}
    return {
        "key": known.get("key") or secrets.token_urlsafe(24),
        "signing": signing,
        "hook": known.get("hook") or "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "began": str(known.get("began") or datetime.now(UTC).isoformat(timespec="seconds")),
        "policy": str(POLICY),
        "sink_port": sink_port,
        "smtp_port": smtp_port,
    }


def _write_settings(directory: Path, known: dict[str, Any], values: dict[str, Any]) -> None:
    """Write makegood.toml once; later only addresses that changed are put right, for somebody may have written into it."""
    path = directory / settings.FILE
    if not known or not path.exists():
        demo_directory.write_private(path, TOML.format_map(values | values["signing"]))
        return
    before = after = path.read_text(encoding="utf-8")
    for line in ('policy = "{policy}"\n', "127.0.0.1:{sink_port}/", "\nport = {smtp_port}\n"):
        if all(name in known for name in ("policy", "sink_port", "smtp_port")):
            after = after.replace(line.format_map(known), line.format_map(values))
    if after != before:
        demo_directory.write_private(path, after)


# -- its story ----------------------------------------------------------------------------------------------------------------------


async def story(installation: Installation, demo: Demo) -> None:
    """Open the board first, pour the history in beside it, set the worker to the wall clock, and let the company live."""
    history = demo.past in {Past.TO_COME, Past.COMING}
    password = demo.password
    if made := await first_admin(installation.plan.settings):
        password = made
        demo_directory.remember(installation.plan.directory, password=made)
    await installation.prepare()
    await installation.start("console", "worker", more={"MAKEGOOD_CLOCK": "events" if history else "wall"})
    installation.say(
        f"\nThe board is open at {installation.plan.board}" + (f"   sign in as {ADMIN} with {password}\n" if password else "\n")
    )
    installation.supervisor.add(_sink(installation, demo))
    await installation.start("gateway", "handlers")
    if history:
        installation.say("eight weeks of a coffee roastery come in now; watch them arrive")
        demo_directory.remember(installation.plan.directory, past=Past.COMING)
        whole = await _pour(installation, demo)
        demo_directory.remember(installation.plan.directory, past=Past.WHOLE if whole else Past.PART)
        why = "has caught up with the past and follows the wall clock now"
        installation.supervisor.services["worker"].change(service(installation.plan, "worker"), why)
        await installation.supervisor.until_running("worker")
    installation.supervisor.add(_company(installation, demo))
    _frame(installation, demo, password)


async def _pour(installation: Installation, demo: Demo) -> bool:
    """In a process of its own, so that this one keeps watch. Poured again after a mishap, what was decided has no second effect.

    Returns whether all of it is there.
    """
    words = command("simulate", "--history", "--seed", str(demo.seed), "--until", f"{demo.began:%Y-%m-%dT%H:%M:%S}")
    for _ in range(POURED_AT_MOST):
        pouring = Service("history", words, installation.plan.working_directory, planned.environment(installation.plan))
        status, last = await run_once(pouring, installation.plan.directory / "logs", HISTORY_S)
        if status == 0:
            installation.say(last)
            return True
        installation.say(f"the history broke off: {last}")
    installation.say("the board goes on with as much of the past as it has; `makegood demo --fresh` begins anew")
    return False


def _sink(installation: Installation, demo: Demo) -> Service:
    words = command("sink", "--port", str(demo.sink_port), "--smtp-port", str(demo.smtp_port))
    probe = probes.over_http("127.0.0.1", demo.sink_port)
    given, held = planned.environment(installation.plan), demo.plan.held["sink"]
    return Service("sink", words, installation.plan.working_directory, given, probe, SERVING_STAGE, sockets=held)


def _company(installation: Installation, demo: Demo) -> Service:
    words = command("simulate", "--seed", str(demo.seed))
    return Service("company", words, installation.plan.working_directory, planned.environment(installation.plan), None, CLIENT_STAGE)


def _frame(installation: Installation, demo: Demo, password: str | None) -> None:
    """What a person wants to know now: the places in a frame, and below it, so that they can be copied, two commands to try."""
    from rich.console import Console
    from rich.panel import Panel
    from rich.text import Text

    rows = "\n".join(f"{name:<9}{said}" for name, said in _places(installation, demo, password).items())
    title = "Nordlicht, a coffee roastery, lives in Makegood"
    Console().print(Panel(Text(rows), title=title, title_align="left", expand=False))
    for line in _to_try(demo):
        installation.say(line)


def _places(installation: Installation, demo: Demo, password: str | None) -> Mapping[str, str]:
    first = f"{ADMIN}, password {password}" if password else f"{ADMIN}, as before"
    return {
        "board": demo.plan.board,
        "sign in": f"{first} (a new one: `makegood console users password {ADMIN}`)",
        "sink": f"http://127.0.0.1:{demo.sink_port} shows what is sent to people",
        "gateway": f"{demo.plan.gateway} takes events",
        "API key": demo.key,
        "logs": str(demo.plan.directory / "logs"),
        "break it": f"kill -9 {installation.supervisor.pids.get('worker', 'PID')} (the worker), and watch the board",
        "end it": "Ctrl-C",
    }


def _to_try(demo: Demo) -> list[str]:
    said = '"customer":{"id":"NL-1000"},"score":{"metric":"nps","raw":1},"comment":"nobody calls back"'
    named = '"type":"survey.answered","id":"mine-1","source":"curl","object":"mine-1"'
    return [
        "An unhappy answer of a key account, by the JSON API:",
        f"  curl -sS {demo.plan.gateway}/v1/facts -H 'Authorization: Bearer {demo.key}' -H 'Content-Type: application/json' \\",
        f"    -d '{{{named},\"occurred_at\":\"'$(date -u +%FT%TZ)'\",{said}}}'",
        "An urgent ticket, as Zendesk sends and signs it:",
        f"  (cd {demo.plan.working_directory} && {_program()} simulate --one-zendesk)",
    ]


def _program() -> str:
    beside = Path(sys.executable).with_name("makegood")
    return str(beside) if beside.exists() else f"{sys.executable} -m makegood.cli"
