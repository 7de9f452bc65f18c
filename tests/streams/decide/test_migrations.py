"""What older versions of this tree wrote of a slice is read as what it meant."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from streams.decide.aspect import NEVER
from streams.decide.contact_state import Answers, Lasting, Older, Ticket, Tickets
from streams.decide.signal_state import Days, Usage, Wait
from streams.decide.state import (
    NUMBER,
    Closed,
    Early,
    Evidence,
    Life,
    Recovery,
    Segment,
    Spend,
    Task,
    Why,
)
from streams.decide.tier import DAY
from tests.streams.decide.recovering import Story, amended, answered, told
from tests.streams.decide.test_records import KINDS, knows, of_version, own

LONG = ["long_wait", {"ticket": "7", "waiting_hours": 9.0}, "I wait"]
SHORT = Why(NUMBER["long_wait"], ["7", 9.0], "I wait")


def task_of(because: Any) -> list[Any]:
    life = ["open", "makegood", 1.0, None, None, NEVER, None, False, False]
    return ["T-1", "bad_service", life, 1.0, 0.5, because, [["f-1", 1.0, because, 7, 0.5, 9, [3]]], 0, None, None]


TASK = Task("T-1", "bad_service", Life("open", "makegood", 1.0), 1.0, 0.5, SHORT, [Evidence("f-1", 1.0, SHORT, 7, 0.5, 9, [3])])
CLOSED = [task_of(LONG), 5.0, "bob", "late parcel", None, None, None, None]
EARLY = ["bad_service", "shop", ["f-2", 2.0, LONG, 8, 0.5, 0, []], 4.0]
RECOVERY = Recovery(
    [TASK], [Closed(TASK, 5.0, "bob", "late parcel")], [Early("bad_service", "shop", Evidence("f-2", 2.0, SHORT, 8, 0.5), 4.0)]
)
ONE = [[1.0, 80.0, 3]]
ORDER = (1, 99.2 * DAY, 50.0)
WRITTEN: list[tuple[str, int, Any, Any]] = [
    ("spend", 1, [7, 10.5 * DAY, 99.2 * DAY, 41.0, 300.0, 6, 55.5, 99.2 * DAY, [ORDER]], Spend(7, 10, 99, 1, 55.5, 99.2 * DAY, [ORDER])),
    ("spend", 1, [0, 0.0, 0.0, 0.0, 0.0, 0, -5.0, 9.0, [[1, 9.0, -5.0]]], Spend(decayed=-5.0, decayed_at=9.0, recent=[(1, 9.0, -5.0)])),
    ("spend", 2, [7, 10, 99, 5, 55.5, 99.2 * DAY, [ORDER]], Spend(7, 10, 99, 5, 55.5, 99.2 * DAY, [ORDER])),
    ("silence_at", 1, NEVER, None),
    ("silence_at", 1, 9.0, 9.0),
    ("renewal_at", 1, NEVER, None),
    ("renewal_at", 1, 9.0, 9.0),
    ("failed_at", 1, 0.0, None),
    ("failed_at", 1, 9.0, 9.0),
    ("usage", 1, [[2, 5, 7, 5], NEVER], Usage(Days(2, 5, 7, 5))),
    ("usage", 1, [[2, 5, 7, 5], 9.0], Usage(Days(2, 5, 7, 5), 9.0)),
    ("waits", 1, {7: ["t-1", 1.0, 2.0, True]}, {7: Wait("t-1", 1.0, 2.0, signalled=True)}),
    ("waits", 2, {7: ["t-1", 1.0, 2.0, False, 0.0]}, {7: Wait("t-1", 1.0, 2.0)}),
    ("waits", 2, {7: ["t-1", NEVER, NEVER, False, 9.0]}, {7: Wait("t-1", NEVER, NEVER, answered_at=9.0)}),
    ("answers", 1, [0, 0.0, 0.0, ONE, 60.0, 80.0, 80.0], Answers(None, [(1.0, 80.0, 3)], 60.0, 80.0, 80.0)),
    ("answers", 1, [9, 50.0, 55.0, [], 60.0, 70.0, 65.0], Answers(Older(9, 50.0, 55.0, None), [], 60.0, 70.0, 65.0)),
    ("answers", 2, [0, 0.0, 0.0, ONE, 60.0, 80.0, 80.0, None], Answers(None, [(1.0, 80.0, 3)], 60.0, 80.0, 80.0)),
    ("answers", 2, [9, 50.0, 55.0, ONE, 60.0, 70.0, 65.0, 52.0], Answers(Older(9, 50.0, 55.0, 52.0), [(1.0, 80.0, 3)], 60.0, 70.0, 65.0)),
    ("segment", 2, ["A", 1.0, [], NEVER, False, None, 5.0, 60.0, NEVER, False], Segment("A", 1.0, business=5.0, satisfaction=60.0)),
    ("segment", 3, ["A", 1.0, [], NEVER, False, None, None, None, NEVER, True, NEVER, 0.0, {}], Segment("A", 1.0, top=True)),
    (
        "segment",
        3,
        ["B", 1.0, [[0.5, "A"]], 2.0, False, None, None, None, 3.0, True, 4.0, 5.0, {}],
        Segment("B", 1.0, [(0.5, "A")], 2.0, review_at=3.0, top=True, top_falls_at=4.0, protected_until=5.0),
    ),
    ("recovery", 2, [[task_of(LONG)], []], Recovery([TASK])),
    ("recovery", 3, [[task_of(LONG)], [CLOSED], [EARLY]], RECOVERY),
    ("recovery", 4, [[task_of(LONG)], [CLOSED], [EARLY]], RECOVERY),
    ("recovery", 4, [[task_of([NUMBER["long_wait"], ["7", 9.0], "I wait"])], [], []], Recovery([TASK])),
    (
        "tickets",
        2,
        [1, 1.0, {7: [1.0, True, 0.0, 2, 1, [NEVER, 4.0], None, [5.0, 6.0], "8", 9]}, [1.0], {3: 2}],
        Tickets(1, 1.0, {7: Ticket(1.0, True, None, 2, 1, Lasting(None, 4.0), None, Lasting(5.0, 6.0), "8", 9)}, [1.0], {3: 2}),
    ),
    (
        "tickets",
        2,
        [1, 1.0, {7: [1.0, False, 4.0, 0, 0, None, None, None, None, 0]}, [], {}],
        Tickets(1, 1.0, {7: Ticket(1.0, False, 4.0)}),
    ),
]


RECOVERY_ASPECT = next(aspect for aspect in KINDS["customer"].aspects if aspect.state == "recovery")


@pytest.mark.parametrize(("name", "version", "written", "meant"), WRITTEN)
def test_what_an_older_version_wrote_is_read_as_what_it_meant(name, version, written, meant):
    kind = KINDS["customer"]
    owner = next(aspect for aspect in kind.aspects if aspect.state == name)
    assert version < owner.version
    before = of_version(kind, owner, version, shape=Any)
    read = knows(own(kind), before).decode(before.encode(before._kind(id="ann", **{name: written})))
    assert getattr(read, name) == meant


def test_every_slice_that_has_a_step_is_tried():
    """Reasons and what was applied are tried where they are tested: test_short_reasons.py, test_seen.py."""
    with_steps = {aspect.state for aspect in KINDS["customer"].aspects if aspect.migrate}
    assert with_steps - {"signals", "seen"} <= {name for name, *_ in WRITTEN}


def with_long_reasons(evidence: Evidence) -> Evidence:
    return replace(evidence, why=Why(evidence.why.code, evidence.why.values, evidence.why.said))


@pytest.mark.parametrize("version", [3, 4])
def test_what_is_said_again_after_an_upgrade_is_no_news(version):
    """The reason that was held with code and names was another one than the same by number: a snapshot went out that changed nothing."""
    story, fresh = Story(), Story()
    answer, again = answered(2), amended(2)
    for one in (story, fresh):
        one.step(answer)
    kind = KINDS["customer"]
    before = of_version(kind, RECOVERY_ASPECT, version)
    story.task.evidence = [with_long_reasons(evidence) for evidence in story.task.evidence]
    written = before.encode(before._kind(**{name: getattr(story.customer, name) for name in before._kind.__struct_fields__}))
    story.customer = knows(own(kind), before).decode(written)
    assert told(story.step(again)) == told(fresh.step(again))
