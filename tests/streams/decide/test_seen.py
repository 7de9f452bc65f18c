"""What was applied is remembered in bytes as it would be in a dictionary: the highest version of each, the one heard of last at the end."""

from __future__ import annotations

import random
from types import SimpleNamespace

from streams.decide.deduplication import ENTRY, _packed, _place_of, _remember, _version_at
from streams.decide.state import Customer
from tests.streams.decide.test_records import KINDS, knows, of_version, own

KEPT = 16
CONTEXT = SimpleNamespace(policy=SimpleNamespace(identity=SimpleNamespace(remember_objects=KEPT)))


def numbers_in(seen: bytes) -> dict[bytes, int]:
    return {seen[at : at + 6]: _version_at(at, seen) for at in range(0, len(seen), ENTRY)}


def test_it_is_what_a_dictionary_would_hold():
    chance, customer, expected = random.Random(3), Customer("ann"), {}
    keys = [_packed(chance.getrandbits(63)) for _ in range(24)]
    for _ in range(2_000):
        key, version = chance.choice(keys), chance.choice((0, 7, -1, 2**62, chance.getrandbits(61)))
        place = _place_of(key, customer.seen)
        assert (place >= 0) == (key in expected)
        others = customer.seen if place < 0 else customer.seen[:place] + customer.seen[place + ENTRY :]
        _remember(customer, others, key, version, CONTEXT)
        expected.pop(key, None)
        expected[key] = version
        expected = dict(list(expected.items())[-KEPT:])
        assert list(numbers_in(customer.seen).items()) == list(expected.items())


def test_the_bytes_of_a_key_across_two_entries_are_no_key():
    first, second = b"abcdef" + b"12345678", b"ghijkl" + b"12345678"
    assert [_place_of(key, first + second) for key in (b"abcdef", b"ghijkl", b"5678gh", b"cdef12", b"345678")] == [0, ENTRY, -1, -1, -1]
    assert _place_of(b"aaaaaa", b"bbbbbb" + b"baaaaaaa" + b"aaaaaa" + bytes(8)) == ENTRY


def test_what_version_1_held_as_numbers_is_found_again():
    owner = KINDS["customer"].beside[0]
    before = of_version(KINDS["customer"], owner, 1, shape=dict[int, int])
    key, other = 2**62 + 2**40, 5 << 20
    read = knows(own(KINDS["customer"]), before).decode(before.encode(before._kind(id="ann", seen={key: 2**61, other: -9})))
    assert [_version_at(_place_of(_packed(known), read.seen), read.seen) for known in (key, other)] == [2**61, -9]
    assert len(read.seen) == 2 * ENTRY
