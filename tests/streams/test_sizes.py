"""Nothing that goes out is larger than its topic takes, whatever came in: no record may stop those behind it."""

from __future__ import annotations

import hashlib
import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.policy import Policy
from schemas.topics import BY_NAME, LARGEST_RECORD, topic_of
from schemas.traffic import DeadLetter, Fault
from streams.engine.contract import Decided
from streams.engine.stores import MemoryStore
from streams.partition import Partition

AROUND_A_RECORD = 100
"""Bytes of a batch's header and of a record's lengths, more than they are."""


class Machine:
    """One partition, fed as the engine feeds it."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.partition = Partition(0, 1, Policy(version="test", high_impact={"everyone": True}), self.store.get)
        self.offset = 0

    def feed(self, topic: str, value: bytes | None, key: bytes = b"C1", headers: tuple[tuple[str, bytes], ...] = ()) -> Decided:
        record = SimpleNamespace(offset=self.offset, key=key, value=value, headers=headers, timestamp=1_800_000_000_000)
        self.offset += 1
        decided = self.partition.decide(topic, [record])
        self.store.stage(decided.writes)
        for output in decided.outputs:
            around = sum(len(name.encode()) + len(content) + 10 for name, content in output.headers)
            assert len(output.key) + len(output.value or b"") + around + AROUND_A_RECORD <= LARGEST_RECORD, output.topic
        for name, written in decided.writes.items():
            assert len(name) + len(written or b"") + AROUND_A_RECORD <= LARGEST_RECORD, name
        return decided

    def letter(self, topic: str, value: bytes | None, **more) -> DeadLetter:
        outputs = [o for o in self.feed(topic, value, **more).outputs if o.topic == "dead-letters"]
        assert len(outputs) == 1
        return DeadLetter.model_validate_json(outputs[0].value)


def fact(kind: str, **fields: object) -> bytes:
    known = {"id": "1", "source": "s", "object": "o", "occurred_at": "2026-06-01T08:00:00Z", "customer": {"id": "C1"}}
    return json.dumps({"type": kind, **known, **fields}).encode()


def test_a_record_that_fits_in_a_letter_is_kept_whole():
    value = b"\xff" * 3_000_000
    assert Machine().letter("feedback", value).cut is None


@pytest.mark.parametrize("size", [3_200_000, LARGEST_RECORD, 40_000_000])
def test_a_larger_one_is_cut_with_its_length_and_hash(size):
    value = b"\xfe" * size
    letter = Machine().letter("feedback", value)
    assert letter.cut is not None
    assert (letter.cut.value_bytes, letter.cut.value_sha256) == (size, hashlib.sha256(value).hexdigest())
    assert len(letter.value or "") > 3_000_000


def test_a_key_and_headers_of_megabytes_are_cut_too():
    headers = tuple((f"h\x01{number}", b"x" * 1000) for number in range(3000))
    letter = Machine().letter("feedback", b"no", key=b"k" * 3_900_000, headers=headers)
    assert letter.cut is not None
    assert (letter.cut.key_bytes, letter.cut.headers, letter.cut.value_bytes) == (3_900_000, 3000, 2)
    assert letter.value is not None


def test_a_policy_that_would_not_fit_in_the_state_changes_nothing_and_is_a_dead_letter():
    machine, step = Machine(), '{"cause":"late_delivery","say":"x"}'
    value = f'{{"type":"policy.adopted","policy":{{"version":"large","steps":[{",".join([step] * 110_000)}]}}}}'.encode()
    assert len(value) < LARGEST_RECORD
    assert machine.letter("policies", value).fault is Fault.TOO_LARGE
    assert machine.partition.context.policy.version == "test"


texts = st.sampled_from(["x", "é", "\u0001", "😀", '"', "cancel our contract "])
lengths = st.integers(0, 20_000)
long_text = st.builds(lambda letter, length: (letter * length)[:20_000], texts, lengths)
names = st.builds(lambda letter, length: (letter * length)[:256] or "n", st.sampled_from(["x", "é", "😀"]), st.integers(1, 256))
messages = st.one_of(
    st.builds(lambda c, i, o: fact("ticket.commented", comment=c, id=i, object=o), long_text, names, names),
    st.builds(lambda c, s, i: fact("ticket.opened", comment=c, subject=s, severity="urgent", object=i), long_text, long_text, names),
    st.builds(lambda c, o: fact("survey.answered", comment=c, object=o, score={"metric": "nps", "raw": 0}), long_text, names),
    st.builds(lambda r, a: fact("payment.failed", reason=r, object=a, amount=1), long_text, names),
    st.builds(
        lambda n, labels, aliases: fact(
            "customer.profiled", name=n, labels=labels, customer={"id": "C1", "aliases": [f"x:{a}" for a in aliases]}, hic=True
        ),
        names,
        st.dictionaries(names, names, max_size=32),
        st.lists(names, max_size=16),
    ),
    st.builds(lambda a, c: fact("survey.answered", comment=c, customer={"aliases": [f"x:{a}"]}, object=a), names, long_text),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good message, or one with bytes changed and rubbish in it, up to the largest that its topic takes."""
    raw = bytearray(draw(messages))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(raw)))
        raw[at:at] = draw(st.sampled_from([b"\xff", b'"', b"null", b"[" * 300, b"\x00", b"\\ud83d"])) * draw(st.integers(1, 20))
    raw += draw(st.sampled_from([b"", b" ", b"\xff"])) * draw(st.sampled_from([0, 1, 3_200_000, LARGEST_RECORD]))
    return bytes(raw[: LARGEST_RECORD - AROUND_A_RECORD])


@settings(max_examples=40)
@given(
    st.lists(mutated(), min_size=1, max_size=6), st.binary(max_size=64), st.lists(st.tuples(names, st.binary(max_size=2000)), max_size=20)
)
def test_whatever_comes_no_output_is_larger_than_its_topic_takes(values, key, headers):
    machine = Machine()
    for value in values:
        found = next(
            (kind for kind in ("ticket.opened", "survey.answered", "customer.profiled") if kind.encode() in value), "survey.answered"
        )
        machine.feed(topic_of(found), value, key=key, headers=tuple(headers))


def test_each_topic_leaves_room_for_what_is_around_a_record():
    assert all(topic.most_bytes < int(topic.config["max.message.bytes"]) for topic in BY_NAME.values())
