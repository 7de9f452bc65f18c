"""Dead letters: read them, show them, and send them to their topic again, each once."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import TypeAdapter

from makegood import kafka
from makegood.errors import UserError
from makegood.kafka.connection import KafkaSettings
from schemas.traffic import DeadLetter, DeadLetterReplayed, Fault
from schemas.wording import counted

REPLAY_OF = "makegood-replay-of"
"""Header that names the dead letter from which a record was sent again."""
_LINE: TypeAdapter[DeadLetter | DeadLetterReplayed] = TypeAdapter(DeadLetter | DeadLetterReplayed)
_AT_ONCE = 500


async def read(settings: KafkaSettings) -> tuple[dict[str, DeadLetter], set[str]]:
    """Every dead letter by id, in the order of its topic, and the ids of those that were replayed."""
    letters: dict[str, DeadLetter] = {}
    replayed: set[str] = set()
    async for record in kafka.read_topic(settings.connection, settings.prefix + "dead-letters"):
        if record.value is None:
            continue
        line = _LINE.validate_json(record.value)
        if isinstance(line, DeadLetter):
            letters[line.id] = line
        else:
            replayed.add(line.id)
    return letters, replayed


async def one(settings: KafkaSettings, letter_id: str) -> tuple[DeadLetter, bool]:
    """A dead letter, and whether it was replayed. Raises UserError when there is none of this id."""
    letters, replayed = await read(settings)
    if letter_id not in letters:
        raise UserError(f"there is no dead letter {letter_id}: `makegood dead-letters list` shows all")
    return letters[letter_id], letter_id in replayed


class Replayed(NamedTuple):
    """The ids that were sent, those asked for that had been sent before, and the letters that do not hold their record."""

    sent: list[str]
    before: list[str]
    partial: list[DeadLetter]


async def replay(settings: KafkaSettings, wanted: Iterable[str] | None) -> Replayed:
    """Send letters again (None: all that were not yet and that hold their record).

    Each record and the note that it was sent are one transaction, and a second replay at the same time fences the first: a letter
    goes out once. Raises UserError for an id that does not exist, and where one was asked for whose record is not in it.
    """
    async with kafka.producer(settings.connection, transactional_id=f"{settings.group}-dead-letters") as producer:
        letters, replayed = await read(settings)  # after the producer has fenced any other replay
        asked = list(letters) if wanted is None else list(dict.fromkeys(wanted))
        if unknown := [name for name in asked if name not in letters]:
            raise UserError(f"there is no dead letter {', '.join(unknown)}: `makegood dead-letters list` shows all")
        partial = [letters[name] for name in asked if not letters[name].is_whole]
        if partial and wanted is not None:
            raise UserError("; ".join(f"{letter.id} cannot be sent again: {why_not_sent(letter)}" for letter in partial))
        todo = [name for name in asked if name not in replayed and letters[name].is_whole]
        for start in range(0, len(todo), _AT_ONCE):
            async with producer.transaction():
                pending = kafka.PendingSends(producer)
                for name in todo[start : start + _AT_ONCE]:
                    await _send(pending, settings, letters[name])
                await pending.settled()
    return Replayed(todo, [name for name in asked if name in replayed], partial)


def why_not_sent(letter: DeadLetter) -> str | None:
    """Why a letter cannot be sent again, and where the record lies; None where it can."""
    where = f"in the topic {letter.topic}, partition {letter.partition}, at offset {letter.offset}"
    if letter.fault is Fault.BROKEN_BATCH:
        return f"it is no record but a batch that could not be unpacked; it lies {where}"
    if letter.cut is not None:
        size = counted(letter.cut.value_bytes or 0, "byte")
        return f"it was cut to fit in a letter; the whole record, a value of {size}, lies {where}, until it is too old for its topic"
    return None


async def _send(pending: kafka.PendingSends, settings: KafkaSettings, letter: DeadLetter) -> None:
    headers = [(name, base64.b64decode(value)) for name, value in letter.headers if name != REPLAY_OF]
    await pending.send(
        settings.prefix + letter.topic,
        value=None if letter.value is None else base64.b64decode(letter.value),
        key=None if letter.key is None else base64.b64decode(letter.key),
        partition=letter.partition,
        headers=[*headers, (REPLAY_OF, letter.id.encode())],
    )
    note = DeadLetterReplayed(id=letter.id, at=datetime.now(UTC))
    topic, value = settings.prefix + "dead-letters", note.model_dump_json().encode()
    await pending.send(topic, value=value, key=letter.id.encode(), partition=letter.partition)


def body(letter: DeadLetter) -> str:
    """The value as text, as far as it is text."""
    return "" if letter.value is None else base64.b64decode(letter.value).decode("utf-8", "backslashreplace")
