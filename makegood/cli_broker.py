"""`makegood broker`: a real Apache Kafka on this machine, for a demo, tests and development."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Run a real Apache Kafka on this machine (loopback only).")

Directory = Annotated[Path, typer.Option("--dir", help="Where the data lies; it survives a restart.")]
DEFAULT = Path(".makegood/kafka")


@app.command()
def up(
    brokers: Annotated[int, typer.Option(min=1, max=9, help="How many; 3 replicate everything.")] = 1,
    port: Annotated[int, typer.Option(min=1024, max=65000, help="Port of the first; the others follow in steps of ten.")] = 19092,
    directory: Directory = DEFAULT,
    heap: Annotated[int, typer.Option(min=128, help="Megabytes of Java heap for each.")] = 512,
    detach: Annotated[bool, typer.Option("--detach", help="Leave it running in the background until `makegood broker down`.")] = False,
) -> None:
    """Start it; Ctrl-C ends it. The first start fetches Kafka (44 MB) into your cache."""
    from rich.console import Console

    from makegood.broker import Cluster

    cluster, console = Cluster(directory, brokers, port, heap), Console(stderr=True)
    with console.status("looking around") as spinner:
        cluster.start(progress=spinner.update, stay=detach)
    typer.echo(f"Apache Kafka serves at {cluster.bootstrap} (data in {cluster.directory})")
    if detach:
        typer.echo(f"It runs in the background; end it with: makegood broker down --dir {directory}")
        return
    typer.echo("Ctrl-C ends it.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        signal.pause()
    except KeyboardInterrupt:
        typer.echo("ending")
    finally:
        cluster.stop()


@app.command()
def status(directory: Directory = DEFAULT) -> None:
    """Say what runs. The exit status is 0 when all brokers do."""
    from makegood.broker import jars

    cluster = _known(directory)
    if cluster is None:
        typer.echo(f"There is no broker in {directory}: makegood broker up starts one.")
        raise typer.Exit(1)
    pids = {node: cluster.pid(node) for node in cluster.ports}
    for node, pid in pids.items():
        says = f"runs, process {pid}" if pid else "does not run"
        typer.echo(f"broker {node} (Apache Kafka {jars.VERSION}) at 127.0.0.1:{cluster.ports[node]}: {says}")
    typer.echo(f"data in {cluster.directory}")
    if not all(pids.values()):
        raise typer.Exit(1)


@app.command()
def down(directory: Directory = DEFAULT) -> None:
    """End the brokers of a directory. Their data stays."""
    cluster = _known(directory)
    running = [node for node in cluster.ports if cluster.pid(node)] if cluster is not None else []
    if cluster is None or not running:
        typer.echo(f"No broker runs in {directory}.")
        return
    cluster.stop()
    typer.echo(f"{len(running)} broker{'s' if len(running) > 1 else ''} ended; the data stays in {cluster.directory}")


def _known(directory: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202  the class is imported only when needed
    from makegood.broker import Cluster

    made = Cluster(directory).made_with()
    return Cluster(directory, made["brokers"], made["first_port"]) if made else None
