"""`makegood demo`: everything of `makegood up`, with a made-up company that lives in it, and a page that shows what would be sent."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from makegood import installation, settings
from makegood.errors import UserError
from makegood.first_account import ADMIN, first_admin
from makegood.installation import LIVING_STAGE, SERVING_STAGE, Plan, command, part
from makegood.simulator.living import POLICY
from makegood.supervisor import Part, ports, probes
from makegood.supervisor.once import run_once
from makegood.up import House

MARK = "this-is-a-demo"
"""A file of this name says that a directory is ours to empty."""
HISTORY_S = 240.0
POURED_AT_MOST = 3


TOML = """# Made by `makegood demo`. The secrets are random, and of use nowhere else.
policy = "{policy}"

[gateway.api_keys.demo]
key = "{key}"

[gateway.sources.zendesk]
secrets = ["{zendesk}"]

[gateway.sources.typeform]
secrets = ["{typeform}"]
settings = {{ trusted_hidden_fields = ["customer_id"] }}

[handlers]
told_from = {began}

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
"""What the parts are told, as a user would write it. What happened before `began` is history: it pages nobody."""


@dataclass(frozen=True)
class Demo:
    """A demo: where it lies, what it would send where, and from which seed its company is made."""

    plan: Plan
    seed: int
    sink_port: int
    smtp_port: int
    key: str
    began: datetime


def prepare(directory: Path, *, keep: bool) -> bool:
    """Empty the directory of an earlier demo, unless it is kept; returns whether it is fresh. Raises UserError where something else lies there."""
    ours = (directory / MARK).exists()
    leftovers = [path.name for path in directory.iterdir() if path.name not in {"up.lock", "running.json"}]
    if leftovers and not ours:
        raise UserError(f"{directory} holds {leftovers[0]}, which no demo made: choose another --dir")
    if keep and leftovers:
        return False
    for path in directory.iterdir():
        if path.name not in {"up.lock", MARK}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (directory / MARK).touch()
    return True


def configure(directory: Path, seed: int) -> Demo:
    """Choose ports, and write makegood.toml with fresh secrets where there is none yet."""
    taken: set[int] = set()
    sink_port, smtp_port = ports.take(8090, taken), ports.take(8025, taken)
    known = _known(directory)
    key = known.get("key") or secrets.token_urlsafe(24)
    signing = known.get("signing") or {name: secrets.token_hex(24) for name in ("zendesk", "typeform")}
    hook = known.get("hook") or "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    began = str(known.get("began") or datetime.now(UTC).isoformat(timespec="seconds"))
    _write_private(directory / "demo.json", json.dumps({"key": key, "signing": signing, "hook": hook, "began": began}))
    told = {"key": key, "hook": hook, "began": began, "policy": POLICY, "sink_port": sink_port, "smtp_port": smtp_port}
    _write_private(directory / "makegood.toml", TOML.format_map(told | dict(signing)))
    os.chdir(directory)  # from here on this makegood.toml is the one that is read, by us and by the parts
    given = settings.load(directory=directory)
    return Demo(
        installation.plan(given, embedded=True, working_directory=directory),
        seed,
        sink_port,
        smtp_port,
        str(key),
        datetime.fromisoformat(began),
    )


def _known(directory: Path) -> dict[str, Any]:
    try:
        found = json.loads((directory / "demo.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


# -- its story ----------------------------------------------------------------------------------------------------------------------


async def story(house: House, demo: Demo, *, history: bool) -> None:
    """Open the board first, pour the history in beside it, set the worker to the wall clock, and let the company live."""
    password = await first_admin(house.plan.settings)
    await house.lay_ground()
    await house.start("console", "worker", more={"MAKEGOOD_CLOCK": "events" if history else "wall"})
    house.say(f"\nThe board is open at {house.plan.board}" + (f"   sign in as {ADMIN} with {password}\n" if password else "\n"))
    house.supervisor.add(_sink(demo))
    await house.start("gateway", "handlers")
    if history:
        house.say("eight weeks of a coffee roastery come in now; watch them arrive")
        await _pour(house, demo)
        house.supervisor.keepers["worker"].change(part(house.plan, "worker"), "has caught up with the past and follows the wall clock now")
        await house.supervisor.until_running("worker")
    house.supervisor.add(_company(demo))
    _frame(house, demo, password)


async def _pour(house: House, demo: Demo) -> None:
    """In a process of its own, so that this one keeps watch. Poured again after a mishap, what was decided has no second effect."""
    environment = installation.environment(house.plan)
    words = command("simulate", "--history", "--seed", str(demo.seed), "--until", f"{demo.began:%Y-%m-%dT%H:%M:%S}")
    pouring = Part("history", words, house.plan.working_directory, environment)
    for _ in range(POURED_AT_MOST):
        status, last = await run_once(pouring, house.plan.directory / "logs", HISTORY_S)
        if status == 0:
            house.say(last)
            return
        house.say(f"the history broke off: {last}")
    house.say("the board goes on with as much of the past as it has")


def _sink(demo: Demo) -> Part:
    words = command("sink", "--port", str(demo.sink_port), "--smtp-port", str(demo.smtp_port))
    probe = probes.over_http("127.0.0.1", demo.sink_port)
    return Part("sink", words, demo.plan.working_directory, installation.environment(demo.plan), probe, SERVING_STAGE)


def _company(demo: Demo) -> Part:
    words = command("simulate", "--seed", str(demo.seed))
    return Part("company", words, demo.plan.working_directory, installation.environment(demo.plan), None, LIVING_STAGE)


def _frame(house: House, demo: Demo, password: str | None) -> None:
    """What a person wants to know now: the places in a frame, and below it, so that they can be copied, two commands to try."""
    from rich.console import Console
    from rich.panel import Panel
    from rich.text import Text

    rows = "\n".join(f"{name:<9}{said}" for name, said in _places(house, demo, password).items())
    title = "Nordlicht, a coffee roastery, lives in Makegood"
    Console().print(Panel(Text(rows), title=title, title_align="left", expand=False))
    for line in _to_try(demo):
        house.say(line)


def _places(house: House, demo: Demo, password: str | None) -> Mapping[str, str]:
    return {
        "board": demo.plan.board,
        "sign in": f"{ADMIN}, password {password} (kept nowhere else)" if password else f"as before ({ADMIN})",
        "sink": f"http://127.0.0.1:{demo.sink_port} shows what is sent to people",
        "gateway": f"{demo.plan.gateway} hears events",
        "API key": demo.key,
        "logs": str(demo.plan.directory / "logs"),
        "break it": f"kill -9 {house.supervisor.pids.get('worker', 'PID')} (the worker), and watch the board",
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
