"""A user's own JSON Lines: a fact or a command goes to its topic as it stands, anything else is kept, and nothing upsets a worker."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter

import pytest

from makegood.config import policy_file
from makegood.errors import UserError
from makegood.replay.histories import FORMATS
from makegood.replay.histories.records import Meter, zone
from makegood.replay.runner import offline
from tests.makegood.histories_at_hand import read

FACT = {
    "type": "survey.answered",
    "id": "r1",
    "source": "shop",
    "object": "77",
    "occurred_at": "2026-06-01T10:00:00Z",
    "customer": {"aliases": ["email:Ann@Example.com"]},
    "score": {"metric": "nps", "raw": 2},
    "a_field_of_tomorrow": 1,
}
COMMAND = {
    "type": "task.acknowledge",
    "id": "k1",
    "customer": {"id": "ann"},
    "task": "T-1",
    "actor": "bob",
    "issued_at": FACT["occurred_at"],
}


def written(path, *lines: object):
    raw = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines) + b"\n"
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


@pytest.mark.parametrize("name", ["mine.jsonl", "mine.jsonl.gz"])
def test_a_fact_and_a_command_go_to_their_topics_byte_by_byte(tmp_path, name):
    fact, command = read("jsonl", written(tmp_path / name, FACT, b"", b"   ", COMMAND))
    assert (fact.topic, fact.key, fact.kind) == ("feedback", "email:ann@example.com", "survey.answered")
    assert json.loads(fact.value) == FACT
    assert (command.topic, command.key, command.kind) == ("commands", "ann", "task.acknowledge")
    assert fact.at == command.at == 1780308000.0


@pytest.mark.parametrize(
    "line", [b"{", b"not json", b'{"type":"no.such"}', b'{"type":"survey.answered"}', b"\xff\xfe", b"[1]", b"null", b"[" * 5000]
)
def test_a_line_that_is_no_message_passes_as_it_is(tmp_path, line):
    [found] = read("jsonl", written(tmp_path / "mine.jsonl", line))
    assert (found.value, found.at) == (line, None)


def test_a_time_without_a_zone_is_no_fact(tmp_path):
    [found] = read("jsonl", written(tmp_path / "mine.jsonl", FACT | {"occurred_at": "2026-06-01T10:00:00"}))
    assert found.at is None


@pytest.mark.parametrize(
    "line",
    [
        {"type": "due", "customer": "ann", "at": FACT["occurred_at"]} | {"type": "timer.due"},
        {"type": "thresholds.set", "version": 9, "population": 1, "business_high": 1, "business_middle": 0}
        | {"satisfaction_high": 1, "satisfaction_middle": 0},
        {"type": "policy.adopted", "policy": {"version": "mine"}},
    ],
)
def test_what_only_workers_write_is_left_out_and_told(tmp_path, line):
    meter = Meter()
    assert read("jsonl", written(tmp_path / "mine.jsonl", FACT, line), meter=meter)[1:] == []
    assert meter.skipped == 1
    assert meter.first_skipped == f"mine.jsonl, line 2: {line['type']} is a message between workers, neither a fact nor a command"


def mutated(line: bytes, chance: random.Random) -> bytes:
    """A line with something wrong with it, or not."""
    at = chance.randrange(len(line))
    byte = bytes([chance.choice(b'\x00\x80\xff{}[]",:0az')])
    ways = (line, line[:at], line[at:], line[:at] + byte + line[at + 1 :], line[:at] + byte + line[at:], line + line)
    return chance.choice(ways)


@pytest.mark.parametrize("seed", range(3))
def test_every_line_becomes_a_fact_or_a_dead_letter(tmp_path, seed):
    chance = random.Random(seed)
    whole = [json.dumps(FACT | {"id": f"r{n}", "object": f"o{n}", "customer": {"id": f"c{n}"}}).encode() for n in range(400)]
    lines = [mutated(line, chance).replace(b"\n", b" ") for line in whole]
    kept = [line for line in lines if line.strip()]
    path = written(tmp_path / "mine.jsonl", *lines)
    kinds = Counter("fact" if record.at is not None else "letter" for record in read("jsonl", path))
    summary = offline(iter(read("jsonl", path)), policy_file.load(None), tmp_path / "out", lambda count: None)
    letters = (tmp_path / "out" / "dead-letters.jsonl").read_bytes().splitlines()
    assert kinds["fact"] + len(letters) == len(kept) == sum(summary.facts.values())
    assert min(kinds.values()) > 50
    assert sum(map(len, summary.letters.values())) == len(letters)


@pytest.mark.parametrize("name", ["mine.jsonl", "mine.jsonl.gz"])
def test_a_byte_order_mark_before_the_first_line_loses_no_line(tmp_path, name):
    found = read("jsonl", written(tmp_path / name, b"\xef\xbb\xbf" + json.dumps(FACT).encode(), COMMAND))
    assert [record.kind for record in found] == ["survey.answered", "task.acknowledge"]


def test_a_line_of_any_length_in_a_small_file_is_left_out_and_told_and_the_next_is_read(tmp_path):
    path, meter = written(tmp_path / "bomb.jsonl.gz", FACT, b"x" * 40_000_000, COMMAND), Meter()
    assert path.stat().st_size < 100_000
    found = list(FORMATS["jsonl"].read([path], zone("UTC"), meter))
    assert [record.kind for record in found] == ["survey.answered", "task.acknowledge"]
    assert (meter.skipped, "line 2" in meter.first_skipped) == (1, True)


def test_a_file_in_utf_16_is_one_sentence_that_says_so(tmp_path):
    path = tmp_path / "excel.jsonl"
    path.write_bytes(json.dumps(FACT).encode("utf-16"))
    with pytest.raises(UserError, match="UTF-16"):
        read("jsonl", path)


def test_fields_that_no_message_has_are_counted_with_the_name_that_was_meant(tmp_path):
    meter = Meter()
    list(FORMATS["jsonl"].read([written(tmp_path / "mine.jsonl", *[FACT | {"coment": "x"}] * 3)], zone("UTC"), meter))
    assert {(one.where, one.nearest): times for one, times in meter.not_understood.items()} == {
        ("$.coment", "comment"): 3,
        ("$.a_field_of_tomorrow", None): 3,
    }
