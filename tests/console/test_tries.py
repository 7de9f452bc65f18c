"""How tries are counted: a wait ends, and nobody wipes out what was counted."""

from __future__ import annotations

import pytest
from fastapi import Request

from console import door
from console.door import PATIENCE, TooMany, Tries, address_of


def test_a_wait_has_an_end_however_often_somebody_tries_meanwhile():
    now = [0.0]
    tries, keys = Tries(lambda: now[0]), [("pair", "ann", "a"), ("name", "ann"), ("address", "a")]
    for _ in range(PATIENCE["pair"]):
        tries.enter(keys)
    for now[0] in range(1, 300):
        with pytest.raises(TooMany):
            tries.enter(keys)
    now[0] = 301
    tries.enter(keys)


def test_ten_thousand_other_names_do_not_wipe_out_what_was_counted():
    now = [0.0]
    tries = Tries(lambda: now[0])
    for _ in range(PATIENCE["pair"]):
        tries.enter([("pair", "ann", "a"), ("name", "ann"), ("address", "a")])
    for number in range(9_000):  # from many addresses: no more can be checked in five minutes
        tries.enter([("pair", f"n{number}", f"a{number // 40}"), ("name", f"n{number}"), ("address", f"b{number // 40}")])
    with pytest.raises(TooMany):
        tries.enter([("pair", "ann", "a")])
    for number in range(door.MOST_REMEMBERED):
        tries.enter([("name", f"m{number}")])
    assert len(tries._at) <= door.MOST_REMEMBERED


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::9", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a socket", "a socket"),
    ],
)
def test_of_ipv6_the_network_counts_and_a_mapped_address_is_the_one_it_stands_for(host, counted):
    assert address_of(Request({"type": "http", "client": (host, 1), "headers": []})) == counted
