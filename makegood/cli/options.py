"""Options that several commands have, declared once."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Kafka = Annotated[str | None, typer.Option("--kafka", metavar="HOST:PORT", help="Where the brokers are. [default: those of this folder]")]
Prefix = Annotated[str | None, typer.Option("--prefix", help="What the name of each topic starts with. [default: makegood.]")]
Group = Annotated[str | None, typer.Option("--group", help="The workers' consumer group: one per installation. [default: makegood]")]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"] | None, typer.Option("--log-level", help="[default: info]")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs: an array of objects.")]
UseCluster = Annotated[
    str | None, typer.Option("--kafka", metavar="HOST:PORT", help="Use this cluster (SASL and TLS by the settings), start no broker.")
]
