"""`makegood simulate`: lets a made-up company live in a running installation."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from makegood.cli.options import Kafka
from makegood.errors import UserError
from makegood.local.simulator import SEED

if TYPE_CHECKING:
    from makegood.config.settings import Settings


def simulate(
    history: Annotated[bool, typer.Option("--history", help="Pour eight weeks of the past into Kafka, wait, and end.")] = False,
    until: Annotated[datetime | None, typer.Option(help="With --history: where the past ends, in UTC. [default: now]")] = None,
    one_zendesk: Annotated[bool, typer.Option("--one-zendesk", help="Send one signed Zendesk webhook, show the answer, and end.")] = False,
    seed: Annotated[int, typer.Option(help="Another number, another company.")] = SEED,
    kafka: Kafka = None,
) -> None:
    """Let a made-up roastery live in a running Makegood: customers write through the gateway, colleagues answer the lesser tasks.

    It needs an API key in clear (gateway.api_keys.NAME.key) and the sources zendesk and typeform in makegood.toml, as the demo has
    them. With --history, workers should run with --clock events: the past then decides what was due when.
    """
    from makegood.cli import current_installation

    try:
        given = current_installation.for_asking(kafka=kafka)
    except current_installation.NothingRuns as error:
        if not history:
            _front_door(error.given)  # what makegood.toml lacks is said first
        raise
    if history:
        _pour(given, seed, time.time() if until is None else until.replace(tzinfo=UTC).timestamp())
        return
    gateway, key, secrets = _front_door(given)
    from makegood.local.simulator import runner

    if one_zendesk:
        typer.echo(runner.one_zendesk(gateway, secrets["zendesk"], seed, time.time()))
    else:
        runner.go_on(given, gateway, key, secrets, seed)


def _pour(given: Settings, seed: int, end: float) -> None:
    from makegood.local.simulator import runner

    said_at = began = time.monotonic()

    def on_progress(done: int, of: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at > 2:  # noqa: PLR2004  seconds
            said_at = time.monotonic()
            typer.echo(f"{done:,} of {of:,}")

    count = runner.pour_history(given, seed, end, on_progress)
    typer.echo(f"{count:,} events of eight weeks are decided, in {time.monotonic() - began:.0f} s")


def _front_door(given: Settings) -> tuple[str, str, dict[str, str]]:
    """Address, key and secrets of the gateway. Raises UserError where makegood.toml lacks them."""
    from makegood.local.installation import reachable

    key = next((found.key.get_secret_value() for found in given.gateway.api_keys.values() if found.key is not None), None)
    secrets = {name: source.secrets[0].get_secret_value() for name, source in given.gateway.sources.items() if source.secrets}
    if key is None or not {"zendesk", "typeform"} <= set(secrets):
        raise UserError(
            "the simulator sends as others do: makegood.toml needs a gateway.api_keys.NAME with key, and sources zendesk and typeform"
        )
    return f"http://{reachable(given.gateway.host)}:{given.gateway.port}", key, secrets
