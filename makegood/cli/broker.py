"""`makegood broker`: a real Apache Kafka on this machine, for a demo, tests and development."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from makegood.cli.listing import show
from makegood.cli.options import AsJson
from schemas.wording import counted

if TYPE_CHECKING:
    from makegood.local.broker import Cluster

app = typer.Typer(no_args_is_help=True, help="Run a real Apache Kafka on this machine (loopback only).")

Directory = Annotated[Path, typer.Option("--dir", help="Where the data lies; it survives a restart.")]
DEFAULT = Path(".makegood/kafka")
LOOK_S = 0.5
MOST_MOVES = 3
"""So often another port is tried when somebody took the chosen one while Java started."""
ENDED_BY_SIGTERM = 143


@app.callback()
def needs_the_extra() -> None:
    """Raise UserError where Makegood was installed without what the broker needs."""
    from makegood.local import extra

    extra.require()


@app.command()
def up(
    brokers: Annotated[
        int | None, typer.Option(min=1, max=9, help="How many; 3 replicate everything. [default: 1, or as before in this directory]")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1024, max=65000, help="Port of the first; others follow in steps of ten. [default: 19092 or as before, else the next free]"
        ),
    ] = None,
    directory: Directory = DEFAULT,
    heap: Annotated[int | None, typer.Option(min=128, help="Megabytes of Java heap for each. [default: 512, or as before]")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Leave it running in the background until `makegood broker down`.")] = False,
) -> None:
    """Start it; Ctrl-C ends it. The first start fetches Kafka (45 MB) into your cache."""
    from makegood.local.broker import Cluster

    made = Cluster.made_in(directory) or Cluster(directory)
    cluster = Cluster(directory, brokers or made.brokers, port or made.first_port, heap or made.heap_mb)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts it from a script in the background may have switched it off
    _start(cluster, detach=detach, elsewhere=port is None)
    serves = f"Apache Kafka serves at {cluster.bootstrap} (data in {cluster.directory})"
    if detach:
        typer.echo(f"{serves}\nIt runs in the background; end it with: makegood broker down --dir {directory}")
        return
    # Only what this process has started is ended here: a start that is refused must not end the brokers of another.
    try:
        typer.echo(f"{serves}\nCtrl-C ends it.")
        _stand_by(cluster)
    except KeyboardInterrupt:
        typer.echo("ending")
    finally:
        cluster.stop()


@app.command()
def status(directory: Directory = DEFAULT, as_json: AsJson = False) -> None:
    """Say what runs. The exit status is 0 when all brokers do."""
    from makegood.local.broker import Cluster, layout

    cluster, made = Cluster.made_in(directory), layout.made(directory)
    if cluster is None or made is None:
        typer.echo("[]" if as_json else f"There is no broker in {directory}: makegood broker up starts one.")
        raise typer.Exit(1)
    pids = {node: cluster.pid(node) for node in cluster.ports}
    if as_json:
        rows = [{"broker": node, "kafka": made.kafka, "at": f"127.0.0.1:{cluster.ports[node]}", "pid": pid} for node, pid in pids.items()]
        show(rows, as_json=True)
        raise typer.Exit(0 if all(pids.values()) else 1)
    for node, pid in pids.items():
        says = f"runs, process {pid}" if pid else "does not run"
        typer.echo(f"broker {node} (Apache Kafka {made.kafka}) at 127.0.0.1:{cluster.ports[node]}: {says}")
    typer.echo(f"data in {cluster.directory}")
    if not all(pids.values()):
        raise typer.Exit(1)


@app.command()
def down(directory: Directory = DEFAULT) -> None:
    """End the brokers of a directory. Their data stays."""
    from makegood.local.broker import Cluster

    cluster = Cluster.made_in(directory)
    running = [node for node in cluster.ports if cluster.pid(node)] if cluster is not None else []
    if cluster is None or not running:
        typer.echo(f"No broker runs in {directory}.")
        return
    cluster.stop()
    typer.echo(f"{counted(len(running), 'broker')} ended; the data stays in {cluster.directory}")


def _start(cluster: Cluster, *, detach: bool, elsewhere: bool) -> None:
    """At the wanted port, or where none was asked for and it is taken, at the next free one. Raises BrokerError."""
    from makegood.local.broker import BrokerError
    from makegood.services import ports

    wanted = cluster.first_port
    for last in (False,) * MOST_MOVES + (True,):
        try:
            _start_telling(cluster, detach=detach, elsewhere=elsewhere)
            break
        except BrokerError:
            if last or not elsewhere or all(map(ports.is_free, cluster.ports.values())):  # else somebody took it while Java started
                raise
    if cluster.first_port != wanted:
        typer.echo(f"port {wanted} is taken by another process: the broker takes {cluster.first_port}")


def _start_telling(cluster: Cluster, *, detach: bool, elsewhere: bool) -> None:
    from rich.console import Console

    from makegood.local.broker.progress import stages

    console = Console(stderr=True)
    if not console.is_terminal:
        cluster.start(progress=stages(lambda stage: typer.echo(stage, err=True)), stay=detach, elsewhere=elsewhere)
        return
    with console.status("looking around") as spinner:
        cluster.start(progress=lambda step: spinner.update(str(step)), stay=detach, elsewhere=elsewhere)


def _stand_by(cluster: Cluster) -> None:
    """Wait for the end of all brokers, telling of each that was not asked to end."""
    from makegood.local.broker import BrokerError, crash_reason

    reported: set[int] = set()
    while len(ended := cluster.ended()) < cluster.brokers:
        for node in ended.keys() - reported:
            if ended[node] not in {0, ENDED_BY_SIGTERM}:
                typer.echo(f"broker {node} ended by itself: {crash_reason.why(cluster.log(node))}", err=True)
            reported.add(node)
        time.sleep(LOOK_S)
    if crashed := [node for node, exit_status in ended.items() if exit_status not in {0, ENDED_BY_SIGTERM}]:
        raise BrokerError(f"no broker runs any more; {crashed[-1]} ended by itself: {crash_reason.why(cluster.log(crashed[-1]))}")
    typer.echo("ended from elsewhere")
