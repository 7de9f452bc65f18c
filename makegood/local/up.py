"""`makegood up`: broker, topics, worker, gateway, handlers and console on one machine, each a process that is mended when it breaks."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from makegood import kafka as bus
from makegood.errors import UserError
from makegood.kafka import own_cluster, topics
from makegood.kafka.service_events import ServiceEvents
from makegood.local import installation
from makegood.local.installation import Plan, part
from makegood.local.supervisor import Claim, Part, Supervisor
from makegood.services.first_account import ADMIN, first_admin
from makegood.services.until_signal import on_signal
from schemas.operations import ServiceState

Say = Callable[[str], None]
Story = Callable[["House"], Awaitable[None]]
"""What is done once the house stands: wait, or for the demo, let a company live in it."""

TOLD_WITHIN_S = 2.0
ACCEPT = "Start it with the cluster that it had, or, if this one is meant, once with `makegood up --accept-cluster`"


# -- the house ----------------------------------------------------------------------------------------------------------------------


class House:
    """A running installation. Where another cluster answers than its own, it starts only with `accept`; else `remedy` is told."""

    def __init__(self, chosen: Plan, claim: Claim, say: Say, *, remedy: str = ACCEPT, accept: bool = False) -> None:
        self.plan, self.say = chosen, say
        self.service_events = ServiceEvents(chosen.settings)
        self.supervisor = Supervisor(chosen.directory / "logs", self._told, self._note)
        self._claim, self._remedy, self._accept, self._sure = claim, remedy, accept, False

    def _note(self, pids: Mapping[str, int]) -> None:
        told = installation.environment(self.plan) if self._sure else {}
        self._claim.note(dict(pids), self.plan.board, told, str(self.plan.working_directory))

    def _told(self, name: str, state: ServiceState, sentence: str) -> None:
        """People hear what went wrong and what is well again; of a first start, only that it is done."""
        self.service_events.tell(name, state, sentence)
        if state is not ServiceState.STARTING or "not ready" in sentence:
            self.say(sentence)
        if name == "broker" and state is ServiceState.RUNNING:
            self._follow()

    async def lay_ground(self) -> None:
        """The broker, and the topics on it. Raises UserError where these do not fit, or where a cluster of others does not answer."""
        if self.plan.embedded:
            self.supervisor.add(self._broker())
            await self.supervisor.until_running("broker")
        self.belong_to(await bus.cluster(self.plan.settings.connection))  # before anything is written to it
        self._sure = True
        self._note(self.supervisor.pids)
        self.service_events.open()
        lines = await topics.apply(self.plan.settings.connection, prefix=self.plan.settings.prefix)
        made = sum(line.outcome is topics.Outcome.MADE for line in lines)
        self.say(f"topics: {made} made" if made else f"topics: all {len(lines)} are there")
        for line in (line for line in lines if line.detail):
            self.say(f"topic {line.topic}: {line.outcome} ({line.detail})")

    def belong_to(self, cluster: str) -> None:
        """Raises UserError where this installation belongs to another cluster, and this one was not accepted."""
        directory, kafka = self.plan.directory, self.plan.settings.kafka
        if self._accept:
            own_cluster.accept(directory, cluster, kafka)
        else:
            own_cluster.check(directory, cluster, kafka, self._remedy)

    def _broker(self) -> Part:
        """The broker at its ports; where somebody took one while it was down, at others, and that is said."""
        moved = installation.moved_broker(self.plan)
        if moved is not self.plan:
            self.plan = moved
            self.service_events.follow(moved.settings)
            for sentence in moved.moved:
                self.say(sentence)
        return replace(installation.broker(self.plan), again=self._broker)

    def _follow(self) -> None:
        """Start those parts again that were told of a broker that is no longer there."""
        kafka = self.plan.settings.kafka
        for keeper in self.supervisor.keepers.values():
            if keeper.part.environment.get("MAKEGOOD_KAFKA", kafka) != kafka:
                told = {**keeper.part.environment, "MAKEGOOD_KAFKA": kafka}
                keeper.change(replace(keeper.part, environment=told), f"follows the broker to {kafka}")

    async def start(self, *names: str, more: Mapping[str, str] | None = None) -> None:
        """Start these parts, as far as they are planned, and return when they serve. `more` is told to each of them."""
        planned = [name for name in names if name in self.plan.parts]
        for name in planned:
            self.supervisor.add(part(self.plan, name, more))
        await self.supervisor.until_running(*planned)


async def standing(house: House) -> None:
    """The story of `makegood up`: raise it, and say where everything is."""
    password = await first_admin(house.plan.settings) if "console" in house.plan.parts else None
    if password:  # at once: whoever ends this before it stands must not have missed it
        house.say(f"{ADMIN} signs in at the board with the password {password}")
    await house.lay_ground()
    await house.start(*house.plan.parts)
    for line in addresses(house.plan, password):
        house.say(line)


def addresses(chosen: Plan, password: str | None) -> list[str]:
    """Where everything is, a line each."""
    lines = [f"\nMakegood runs. Ctrl-C ends it; its data and logs are in {chosen.directory}", f"  Kafka    {chosen.settings.kafka}"]
    if "gateway" in chosen.parts:
        lines.append(f"  gateway  {chosen.gateway}   systems write here: `makegood gateway --help`")
    if "console" in chosen.parts:
        lines.append(f"  board    {chosen.board}")
    if password:
        lines.append(f"  sign in  {ADMIN} with the password {password}   (kept nowhere else)")
    return lines


def run(house: House, story: Story) -> None:
    """Run until Ctrl-C or SIGTERM, then end everything in order. Raises UserError when it cannot start."""
    try:
        for sentence in house.plan.moved:
            house.say(sentence)
        if house.plan.embedded:
            if known := house.plan.cluster.id:
                house.belong_to(known)  # data of another cluster are refused before anything starts
            fetch(house.say)
        asyncio.run(_run(house, story))
    finally:
        house.plan.let_go()


def fetch(say: Say) -> None:
    """See that Java and Kafka are there: the first time 45 MB are fetched. Raises BrokerError."""
    from rich.console import Console

    from makegood.local.broker import jars, java

    java.find()
    console = Console(stderr=True)
    if not console.is_terminal:
        jars.classpath(_stages(say))
        return
    with console.status("looking for Apache Kafka") as spinner:
        jars.classpath(spinner.update)


def _stages(say: Say) -> Say:
    """For a log: a line for each stage, not for each step of it."""
    seen: set[str] = set()

    def hear(step: str) -> None:
        stage = step.partition(":")[0]
        if stage not in seen:
            seen.add(stage)
            say(stage)

    return hear


async def _run(house: House, story: Story) -> None:
    with _signals() as (ending, hurry):
        living, asked = asyncio.create_task(_live(house, story)), asyncio.create_task(ending.wait())
        await asyncio.wait({living, asked}, return_when=asyncio.FIRST_COMPLETED)
        living.cancel()
        asked.cancel()
        house.say("ending" if ending.is_set() else "ending, because that went wrong")
        await _end(house, hurry)
    with contextlib.suppress(asyncio.CancelledError):
        await living  # what went wrong is told


async def _live(house: House, story: Story) -> None:
    await story(house)
    await asyncio.Event().wait()


async def _end(house: House, hurry: asyncio.Event) -> None:
    """In order; a second Ctrl-C ends all at once."""
    orderly, hurried = asyncio.create_task(_end_in_order(house)), asyncio.create_task(hurry.wait())
    await asyncio.wait({orderly, hurried}, return_when=asyncio.FIRST_COMPLETED)
    if not orderly.done():
        await house.supervisor.end(at_once=True)
    hurried.cancel()
    await orderly


async def _end_in_order(house: House) -> None:
    """The broker last, so that its topics can say that all the others have ended."""
    keepers = house.supervisor.keepers
    if others := [name for name in keepers if name != "broker"]:
        await house.supervisor.end(*others)
    if "broker" not in keepers or keepers["broker"].running.is_set():
        await house.service_events.settled(TOLD_WITHIN_S)
    await house.service_events.close()
    if "broker" in keepers:
        await house.supervisor.end("broker")


@contextmanager
def _signals() -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Events that the first, and the second, Ctrl-C or SIGTERM sets."""
    ending, hurry = asyncio.Event(), asyncio.Event()

    def heard() -> None:
        (hurry if ending.is_set() else ending).set()

    with on_signal(heard, signal.SIGHUP):
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
