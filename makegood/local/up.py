"""`makegood up`: broker, topics, worker, gateway, handlers and console on one machine, each a process that is mended when it breaks."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from makegood import kafka
from makegood.errors import UserError
from makegood.kafka import own_cluster, topics
from makegood.kafka.service_events import ServiceEvents
from makegood.local import installation as planned
from makegood.local.installation import Plan, service
from makegood.local.supervisor import Claim, Service, Supervisor
from makegood.services.first_account import ADMIN, first_admin
from makegood.services.until_signal import on_signal
from schemas.operations import ServiceState

Say = Callable[[str], None]
Story = Callable[["Installation"], Awaitable[None]]
"""What is done with an installation: start it, or for the demo, let a company live in it, too."""

PUBLISHED_WITHIN_S = 2.0
ACCEPT = "Start it with the cluster that it had, or, if this one is meant, once with `makegood up --accept-cluster`"


# -- the installation ----------------------------------------------------------------------------------------------------------------------


class Installation:
    """A running installation. Where another cluster answers than its own, it starts only with `accept`; else the error ends with `remedy`."""

    def __init__(self, chosen: Plan, claim: Claim, say: Say, *, remedy: str = ACCEPT, accept: bool = False) -> None:
        self.plan, self.say = chosen, say
        self.service_events = ServiceEvents(chosen.settings)
        self.supervisor = Supervisor(chosen.directory / "logs", self._on_change, self._note)
        self._claim, self._remedy, self._accept, self._sure = claim, remedy, accept, False
        self._states: dict[str, ServiceState] = {}

    def _note(self, pids: Mapping[str, int]) -> None:
        given = planned.environment(self.plan) if self._sure else {}
        self._claim.note(dict(pids), self.plan.board, given, str(self.plan.working_directory))

    def _on_change(self, name: str, state: ServiceState, sentence: str) -> None:
        """People hear what went wrong and what is well again; of a first start, only that it is done."""
        self.service_events.record(name, state, sentence)
        late = state is ServiceState.STARTING and self._states.get(name) is ServiceState.STARTING  # said again: it is not ready in time
        self._states[name] = state
        if state is not ServiceState.STARTING or late:
            self.say(sentence)
        if name == "broker" and state is ServiceState.RUNNING:
            self._follow()

    async def prepare(self) -> None:
        """The broker, and the topics on it. Raises UserError where these do not fit, or where a cluster of others does not answer."""
        if self.plan.embedded:
            self.supervisor.add(self._broker())
            await self.supervisor.until_running("broker")
        self.belong_to(await kafka.cluster(self.plan.settings.connection))  # before anything is written to it
        self._sure = True
        self._note(self.supervisor.pids)
        self.service_events.open()
        lines = await topics.apply(self.plan.settings.connection, prefix=self.plan.settings.prefix)
        made = sum(line.outcome is topics.Outcome.MADE for line in lines)
        self.say(f"topics: {made} made" if made else f"topics: all {len(lines)} are there")
        for line in (line for line in lines if line.detail):
            self.say(f"topic {line.topic}: {topics.DONE[line.outcome]} ({line.detail})")

    def belong_to(self, cluster: str) -> None:
        """Raises UserError where this installation belongs to another cluster, and this one was not accepted."""
        directory, address = self.plan.directory, self.plan.settings.kafka
        if self._accept:
            own_cluster.accept(directory, cluster, address)
        else:
            own_cluster.check(directory, cluster, address, self._remedy)

    def _broker(self) -> Service:
        """The broker at its ports; where somebody took one while it was down, at others, and that is said."""
        relocated = planned.relocated_broker(self.plan)
        if relocated is not self.plan:
            self.plan = relocated
            self.service_events.follow(relocated.settings)
            for sentence in relocated.relocated:
                self.say(sentence)
        return replace(planned.broker(self.plan), again=self._broker)

    def _follow(self) -> None:
        """Start those services again that look for the broker where it is no longer."""
        address = self.plan.settings.kafka
        for supervised in self.supervisor.services.values():
            if supervised.service.environment.get("MAKEGOOD_KAFKA", address) != address:
                given = {**supervised.service.environment, "MAKEGOOD_KAFKA": address}
                supervised.change(replace(supervised.service, environment=given), f"follows the broker to {address}")

    async def start(self, *names: str, more: Mapping[str, str] | None = None) -> None:
        """Start these services, as far as they are planned, and return when they serve. `more` is added to the environment of each."""
        planned = [name for name in names if name in self.plan.services]
        for name in planned:
            self.supervisor.add(service(self.plan, name, more))
        await self.supervisor.until_running(*planned)


async def start_all(installation: Installation) -> None:
    """The story of `makegood up`: start every service, and say where everything is."""
    password = await first_admin(installation.plan.settings) if "console" in installation.plan.services else None
    if password:  # at once: whoever ends this before all runs must not have missed it
        installation.say(f"{ADMIN} signs in at the board with the password {password}")
    await installation.prepare()
    await installation.start(*installation.plan.services)
    for line in addresses(installation.plan, password):
        installation.say(line)


def addresses(chosen: Plan, password: str | None) -> list[str]:
    """Where everything is, a line each."""
    lines = [f"\nMakegood runs. Ctrl-C ends it; its data and logs are in {chosen.directory}", f"  Kafka    {chosen.settings.kafka}"]
    if "gateway" in chosen.services:
        lines.append(f"  gateway  {chosen.gateway}   systems write here: `makegood gateway --help`")
    if "console" in chosen.services:
        lines.append(f"  board    {chosen.board}")
    if password:
        lines.append(f"  sign in  {ADMIN} with the password {password}   (kept nowhere else)")
    return lines


def run(installation: Installation, story: Story) -> None:
    """Run until Ctrl-C or SIGTERM, then end everything in order. Raises UserError when it cannot start."""
    try:
        for sentence in installation.plan.relocated:
            installation.say(sentence)
        if installation.plan.embedded:
            if known := installation.plan.cluster.id:
                installation.belong_to(known)  # data of another cluster are refused before anything starts
            fetch(installation.say)
        asyncio.run(_run(installation, story))
    finally:
        installation.plan.let_go()


def fetch(say: Say) -> None:
    """See that Java and Kafka are there: the first time 45 MB are fetched. Raises BrokerError."""
    from rich.console import Console

    from makegood.local.broker import jars, java
    from makegood.local.broker.progress import stages

    java.find()
    console = Console(stderr=True)
    if not console.is_terminal:
        jars.classpath(stages(say))
        return
    with console.status("looking for Apache Kafka") as spinner:
        jars.classpath(lambda step: spinner.update(str(step)))


async def _run(installation: Installation, story: Story) -> None:
    with _signals() as (ending, hurry):
        telling, asked = asyncio.create_task(_play(installation, story)), asyncio.create_task(ending.wait())
        await asyncio.wait({telling, asked}, return_when=asyncio.FIRST_COMPLETED)
        telling.cancel()
        asked.cancel()
        installation.say("ending" if ending.is_set() else "ending, because that went wrong")
        await _end(installation, hurry)
    with contextlib.suppress(asyncio.CancelledError):
        await telling  # raises what went wrong


async def _play(installation: Installation, story: Story) -> None:
    await story(installation)
    await asyncio.Event().wait()


async def _end(installation: Installation, hurry: asyncio.Event) -> None:
    """In order; a second Ctrl-C ends all at once."""
    orderly, hurried = asyncio.create_task(_end_in_order(installation)), asyncio.create_task(hurry.wait())
    await asyncio.wait({orderly, hurried}, return_when=asyncio.FIRST_COMPLETED)
    if not orderly.done():
        await installation.supervisor.end(at_once=True)
    hurried.cancel()
    await orderly


async def _end_in_order(installation: Installation) -> None:
    """The broker last, so that its topics can say that all the others have ended."""
    services = installation.supervisor.services
    if others := [name for name in services if name != "broker"]:
        await installation.supervisor.end(*others)
    if "broker" not in services or services["broker"].running.is_set():
        await installation.service_events.settled(PUBLISHED_WITHIN_S)
    await installation.service_events.close()
    if "broker" in services:
        await installation.supervisor.end("broker")


@contextmanager
def _signals() -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Events that the first, and the second, Ctrl-C or SIGTERM sets."""
    ending, hurry = asyncio.Event(), asyncio.Event()

    def received() -> None:
        (hurry if ending.is_set() else ending).set()

    with on_signal(received, signal.SIGHUP):
        yield ending, hurry


# -- before it starts ---------------------------------------------------------------------------------------------------------------


def claimed(directory: Path, say: Say, use: str = "") -> Claim:
    """Claim the directory, and end what an earlier run that was cut off has left. Raises UserError where something else runs there.

    `use` is what can be done with a broker that runs there already, with its address left out.
    """
    claim = Claim(directory).take()
    cut_off, left = claim.was_cut_off, claim.clear()
    if (address := _left_broker(directory / "kafka", end_it=cut_off)) is None:
        ended = left
    elif cut_off:
        ended = sorted({*left, "broker"})
    else:
        claim.release()
        raise UserError(
            f"a broker that somebody else started runs in {directory / 'kafka'}: {use.format(address)}"
            f"end it with `makegood broker down --dir {directory / 'kafka'}`"
        )
    if cut_off:
        still = f" Still running, and ended now: {', '.join(ended)}." if ended else ""
        say(f"Makegood was cut off here the last time.{still} Nothing is lost: it goes on where it was")
    return claim


def _left_broker(directory: Path, *, end_it: bool) -> str | None:
    """The address of a broker that runs in the directory."""
    from makegood.local.broker import Cluster

    cluster = Cluster.made_in(directory)
    if cluster is None or not any(cluster.pid(node) for node in cluster.ports):
        return None
    if end_it:
        cluster.stop()
    return cluster.bootstrap
