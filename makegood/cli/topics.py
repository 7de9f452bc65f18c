"""`makegood topics`: make the topics of the topic table, and show them."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from makegood.cli.listing import show
from makegood.cli.options import AsJson, Kafka, Prefix
from schemas.topics import Topic
from schemas.wording import counted

app = typer.Typer(no_args_is_help=True, help="Make and show the Kafka topics.")


@app.command("apply")
def apply_topics(
    kafka: Kafka = None,
    prefix: Prefix = None,
    partitions: Annotated[int | None, typer.Option(min=1, max=1000, help="The count of all topics; 4 where there are none yet.")] = None,
    replication: Annotated[int | None, typer.Option(min=1, max=15, help="Copies of each record; 3 where there are brokers enough.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many workers you expect, to warn of too many partitions each.")] = 1,
) -> None:
    """Make what is missing, set settings right, and say what was done."""
    from makegood.cli import current_installation
    from makegood.kafka import topics

    given = current_installation.for_asking(kafka=kafka, prefix=prefix)
    lines = asyncio.run(topics.apply(given.connection, prefix=given.prefix, partitions=partitions, replication=replication))
    for line in lines:
        typer.echo(f"{line.topic}: {topics.DONE[line.outcome]}{f' ({line.detail})' if line.detail else ''}")
    if warning := topics.too_many_for(asyncio.run(topics.partition_count(given.connection, prefix=given.prefix)), workers):
        typer.secho(f"warning: {warning}", fg="yellow", err=True)


@app.command("describe")
def describe_topics(kafka: Kafka = None, prefix: Prefix = None, as_json: AsJson = False) -> None:
    """Show each topic: role, what it carries, key, partitions, retention, records."""
    from makegood.cli import current_installation
    from makegood.kafka import topics

    given = current_installation.for_asking(kafka=kafka, prefix=prefix)
    found = asyncio.run(topics.states(given.connection, prefix=given.prefix))
    rows = [
        {
            "topic": row.name,
            "role": row.topic.role.value,
            "carries": ", ".join(row.topic.carries),
            "key": row.topic.key,
            "partitions": "missing" if row.partitions is None and not as_json else row.partitions,
            "kept": kept(row.topic),
            "records": row.records,
        }
        for row in found
    ]
    caption = "records: at most so many, transaction markers included"
    show(rows, as_json=as_json, ids=("topic",), title=f"Topics at {given.kafka}", caption=caption)
    if any(row.partitions is None for row in found):
        typer.secho("some topics are missing: make them with `makegood topics apply`", fg="yellow", err=True)


def kept(topic: Topic) -> str:
    """How long a topic keeps its records, in words."""
    if topic.compacted:
        return "last of each key"
    return "for ever" if topic.keep_days is None else counted(topic.keep_days, "day")
