"""When a feed has dried up: nothing for much longer than ever happens in its own rhythm, nights, weekends and weekly uploads among it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

RECENT_H = 8 * 7 * 24
"""So far back of its last fact the pauses of a feed count: a season ago it may have been another."""
PAUSES_AT_LEAST = 8
"""So many count, however old: who uploads once a month has no more than two in eight weeks."""
KNOWN_FOR_H = 15 * 24
"""Any 15 days from one fact to another hold two whole weekends. Before that nobody can tell a weekend from an end."""
PAUSES_KNOWN = 3
FACTOR = 2
"""So many times the longest pause: Easter (110 h) stays below two weekends (62 h each), a weekly upload may skip a week."""
SHORTEST_H = 6
"""A feed that never pauses may be redeployed."""


def longest_pause_h(hours: Sequence[int]) -> int | None:
    """The longest usual pause of a feed, of the ascending hours (since 1970) in which anything of it arrived; None while it has no rhythm.

    One pause that was itself more than FACTOR times any other was no rhythm but an outage: it does not make the next one pass. But the rest
    must be a rhythm without it: an upload that takes some hours once a quarter has one long pause, and short ones.
    """
    pauses = _recent_pauses(hours)
    if len(pauses) < PAUSES_KNOWN or hours[-1] - hours[0] < KNOWN_FOR_H:
        return None
    *_, second, first = sorted(pauses)
    outage = first > FACTOR * max(second, SHORTEST_H / FACTOR) and sum(pauses) - first >= KNOWN_FOR_H
    return second if outage else first


def limit_h(pause_h: int) -> int:
    """Hours of silence after which a feed with this longest pause has dried up."""
    return max(SHORTEST_H, FACTOR * pause_h)


def _recent_pauses(hours: Sequence[int]) -> list[int]:
    pauses = [(later - earlier, later) for earlier, later in pairwise(hours)]
    recent = [pause for pause, ended in pauses if ended > hours[-1] - RECENT_H]
    return recent if len(recent) >= PAUSES_AT_LEAST else [pause for pause, _ in pauses[-PAUSES_AT_LEAST:]]
