"""JSON Lines: any user's facts and commands, one a line. A line that is none passes through, and becomes a dead letter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from makegood.kafka.input_records import InputRecord
from makegood.replay.histories.records import Meter, lines
from schemas import tolerant_reader
from schemas.commands import Command
from schemas.facts import Fact
from schemas.inputs import INPUT
from schemas.message import seconds
from schemas.topics import topic_of

_ELSEWHERE = "feedback"
"""Where a line that is no message goes: some topic must take it, so that it is kept and shown."""


def read(paths: Sequence[Path], where: ZoneInfo, meter: Meter) -> Iterator[InputRecord]:
    """The lines in their order. Blank ones are left out."""
    del where  # instants in facts carry their zone
    for path in paths:
        for number, line in enumerate(lines(path, meter), 1):
            if not line.strip():
                continue
            found = record(line, meter)
            if isinstance(found, str):
                meter.skip(path, number, f"{found} is a message between workers, neither a fact nor a command")
            else:
                yield found


def record(line: bytes, meter: Meter | None = None) -> InputRecord | str:
    """A line as a record: with topic and key of its fact or command, or as it is. The meter is told of fields that no such message has.

    What only workers (or `makegood policy apply`) may write would upset a partition: of that only the type comes back.
    """
    try:
        message = tolerant_reader.read(INPUT, line)
    except ValueError:
        return InputRecord(_ELSEWHERE, "", line, "(not a message)", None)
    if meter is not None:
        meter.strange(tolerant_reader.not_understood(message, tolerant_reader.parse(line)))
    if isinstance(message, Fact):
        return InputRecord(topic_of(message.type), message.customer.key, line, message.type, message.at, message.id, message.source)
    if isinstance(message, Command):
        return InputRecord("commands", message.customer.key, line, message.type, seconds(message.issued_at), message.id, message.actor)
    return message.type
