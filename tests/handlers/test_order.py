"""Within one task notices keep their order, through any outage; and what a later decision made untrue is passed over, and told as that."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from handlers import redelivery
from schemas.decisions import (
    About,
    AlertSnapshot,
    Basis,
    Cause,
    Level,
    NoticeKind,
    Priority,
    Status,
    TaskSnapshot,
    Tier,
)
from schemas.record import Record
from schemas.sentences import call
from tests.handlers.conftest import START, URGENT, a_notice, a_setting, webhook

HOUR = 3600.0
_offsets = itertools.count()


def about(task: str, kind: NoticeKind, version: int, **changes):
    """About the alert `task`, where the kind is one of alerts."""
    given = {"about": task, "about_kind": About.ALERT if kind.name.startswith("ALERT") else About.TASK, "kind": kind, "version": version}
    return a_notice(f"{task}-{version}-{kind.name.lower()}", **given | changes)


def raised(version=1, task="T-1", **changes):
    return about(task, NoticeKind.TASK_RAISED, version, **changes)


def due_soon(version=2, task="T-1", **changes):
    return about(task, NoticeKind.TASK_DUE_SOON, version, **changes)


def overdue(version=3, task="T-1", **changes):
    return about(task, NoticeKind.TASK_OVERDUE, version, **changes)


def closed(version=4, task="T-1", **changes):
    return about(task, NoticeKind.TASK_CLOSED, version, **changes)


def a_task(status: Status, version: int, task: str = "T-1") -> TaskSnapshot:
    return TaskSnapshot(
        id=task, version=version, customer="C00", tier=Tier.A, hic=True, cause=Cause.BAD_SERVICE, status=status, priority=Priority.P1,
        score=90, addends=(), why=URGENT, evidence=(), owner="Carla", opened_at=START, due_at=START, changed_at=START,
        changed_by="ann", moved_at=START, moved_by="ann", basis=Basis(input="commands-0-0", policy="p"),
    )  # fmt: skip


def an_alert(active: bool, version: int) -> AlertSnapshot:
    return AlertSnapshot(
        id="A-1", version=version, customer="C00", tier=Tier.A, hic=True, active=active, level=Level.WARNING, chance=0.5, signals=(),
        raised_at=START, changed_at=START, basis=Basis(input="commerce-0-0", policy="p"),
    )  # fmt: skip


async def stands(driven, *snapshots) -> None:
    """What the topics of tasks and alerts say."""
    topics = {TaskSnapshot: "x.tasks", AlertSnapshot: "x.alerts"}
    at_ms = int(START.timestamp() * 1000)
    await driven.handlers._intake.take(
        [Record(topics[type(one)], 0, next(_offsets), at_ms, b"C00", one.model_dump_json().encode()) for one in snapshots]
    )


def hooks(receiver, *names: str, **changes):
    return a_setting(
        destinations={name: webhook(f"{receiver.url}/{name}") for name in names},
        **{"routes": {"page": [names[0]], "fallback": list(names[1:])}, "first_wait_s": 2, "failure_threshold": 1000} | changes,
    )


def came(receiver, path: str = "hook") -> list[str]:
    return [key for (where, _, _), key in zip(receiver.posts, receiver.keys, strict=True) if where == f"/{path}"]


# -- in order -----------------------------------------------------------------------------------------------------------------------


async def test_after_an_outage_the_newer_waits_for_the_older(driven, receiver, clock):
    receiver.answers = [(503, {}), (200, {})]
    made = await driven(hooks(receiver, "hook", first_wait_s=60))
    await made.take(raised())
    await made.steps("hook")
    clock.wind(1)
    await made.take(closed())
    await made.steps("hook")
    assert came(receiver) == ["T-1-1-task_raised", "T-1-1-task_raised", "T-1-4-task_closed"]


async def test_news_has_the_head_of_its_line_tried_at_once_and_once_only(driven, receiver, clock):
    receiver.answers = [(503, {})]
    made = await driven(hooks(receiver, "hook", first_wait_s=600))
    await made.take(raised())
    assert await made.steps("hook") == 1
    clock.wind(10)
    assert await made.steps("hook") == 0
    await made.take(due_soon())
    assert await made.steps("hook") == 1
    clock.wind(10)
    assert await made.steps("hook") == 0, "the pause after a failure holds for the whole line"


async def test_other_tasks_do_not_wait_behind_one_that_fails(driven, receiver, clock):
    receiver.answers = [(503, {}), (200, {})]
    made = await driven(hooks(receiver, "hook", first_wait_s=60))
    await made.take(raised(task="T-1"), closed(task="T-1"), raised(task="T-2"), closed(task="T-2"))
    await made.steps("hook")
    first = came(receiver)[0][:3]
    other = {"T-1": "T-2", "T-2": "T-1"}[first]
    assert [key[:3] for key in came(receiver)] == [first, other, other]
    clock.wind(61)
    await made.steps("hook")
    assert [key[4] for key in came(receiver) if key.startswith(first)] == ["1", "1", "4"]


async def test_a_page_pulls_what_stands_before_it_in_its_line_past_all_digests(driven, receiver):
    made = await driven(hooks(receiver, "hook"))
    late = START + timedelta(hours=1)
    await made.take(
        raised(task="T-1", priority=Priority.P4),
        raised(task="T-2", priority=Priority.P3, at=late),
        about("T-1", NoticeKind.TASK_WORSENED, 2, priority=Priority.P1),
    )
    await made.steps("hook")
    assert [key[:5] for key in came(receiver)] == ["T-1-1", "T-1-2", "T-2-1"]


@pytest.mark.parametrize("status", [400, 410])
async def test_a_refused_head_lets_the_next_go(driven, receiver, status):
    receiver.answers = [(status, {}), (200, {})]
    made = await driven(hooks(receiver, "hook"))
    await made.take(raised(), closed())
    await made.steps("hook")
    assert made.outcomes("hook") == ["REFUSED", "DELIVERED"]


async def test_a_head_that_is_given_up_lets_the_next_go_and_the_fallback_keeps_the_order(driven, receiver, clock):
    receiver.answers = [(503, {})]
    made = await driven(hooks(receiver, "hook", "other", give_up_after_h=1))
    await made.take(raised())
    clock.wind(600)
    await made.take(closed())
    while clock.at < START.timestamp() + 2 * HOUR:
        await made.steps("hook")
        clock.wind(120)
    assert [record.notice for record in made.published if record.outcome.name == "GIVEN_UP"] == ["T-1-1-task_raised", "T-1-4-task_closed"]
    receiver.answers = [(200, {})]
    await made.steps("other")
    assert came(receiver, "other") == ["T-1-1-task_raised", "T-1-4-task_closed"]


async def test_what_waits_for_a_destination_that_was_removed_keeps_its_order(driven, receiver):
    before = await driven(a_setting(destinations={"old": webhook("http://127.0.0.1:9/")}, routes={"page": ["old"]}))
    await before.take(raised(), due_soon(), closed())
    after = await driven(hooks(receiver, "hook"))
    await after.steps("hook")
    assert came(receiver) == ["T-1-1-task_raised", "T-1-4-task_closed"]
    assert after.outcomes("hook") == ["DELIVERED", "SUPPRESSED", "DELIVERED"]


async def test_an_attempt_that_was_cut_off_holds_its_line_and_no_other(driven, receiver, clock):
    made = await driven(hooks(receiver, "hook"))
    await made.take(raised(), closed())
    assert await made.handlers.ledger.claim("hook", clock(), made.handlers.settings.lease_s) is not None  # the process dies here
    assert await made.steps("hook") == 0
    await made.take(raised(task="T-2"))
    assert await made.steps("hook") == 1
    clock.wind(made.handlers.settings.lease_s + 0.1)
    await made.steps("hook")
    assert came(receiver) == ["T-2-1-task_raised", "T-1-1-task_raised", "T-1-4-task_closed"]


async def test_two_customers_whose_facts_have_one_id_do_not_wait_for_each_other(driven, receiver):
    receiver.answers = [(503, {}), (200, {})]
    made = await driven(hooks(receiver, "hook"))
    await made.take(*(a_notice(f"n-{n}", kind=NoticeKind.PAYMENT_FAILED, about="r-1", customer=f"C{n}") for n in range(2)))
    await made.steps("hook")
    assert sorted(made.outcomes("hook")) == ["DELIVERED", "FAILED"]


# -- what is no longer true -----------------------------------------------------------------------------------------------------------


async def test_nobody_has_acknowledged_it_is_not_sent_for_a_task_that_was_closed_during_the_outage(driven, receiver, clock):
    receiver.answers = [(503, {})]
    made = await driven(hooks(receiver, "hook"))
    for notice in (raised(), due_soon(), overdue(), closed()):
        await made.take(notice)
        await made.steps("hook")
        clock.wind(600)
    receiver.answers, posts = [(200, {})], len(receiver.posts)
    await made.steps("hook")
    assert came(receiver)[posts:] == ["T-1-1-task_raised", "T-1-4-task_closed"]
    passed = [record for record in made.published if record.outcome.name == "SUPPRESSED"]
    assert [record.notice for record in passed] == ["T-1-2-task_due_soon", "T-1-3-task_overdue"]
    says = f"“{call('notice', 'task_due_soon')}” is no longer true: “{call('notice', 'task_closed')}” came after it"
    assert says in passed[0].detail
    assert (passed[0].kind, passed[0].about, passed[0].about_kind) == (NoticeKind.TASK_DUE_SOON, "T-1", About.TASK)


async def test_an_alert_that_ended_says_nothing_of_a_task_with_the_same_id(driven, receiver):
    made = await driven(hooks(receiver, "hook"))
    await made.take(due_soon(task="A-1"))
    await stands(made, an_alert(active=False, version=9))
    await made.steps("hook")
    assert made.outcomes("hook") == ["DELIVERED"]


async def test_the_closing_may_go_elsewhere(driven, receiver):
    made = await driven(hooks(receiver, "hook", "other", routes={"page": ["hook"], "chat": ["other"]}))
    await made.take(due_soon(), closed(route="chat"))
    assert (await made.steps("hook"), await made.steps("other")) == (1, 1)
    assert (made.outcomes("hook"), made.outcomes("other")) == (["SUPPRESSED"], ["DELIVERED"])


ALL = set(Status) - {Status.OPEN, Status.REGRESSED}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize(
    ("notice", "untrue_when"),
    [
        (raised(), set()),
        (about("T-1", NoticeKind.TASK_WORSENED, 2), set()),
        (about("T-1", NoticeKind.TASK_REGRESSED, 2), set()),
        (closed(), set()),
        (due_soon(), ALL),
        (overdue(), ALL - {Status.ACKNOWLEDGED}),
        (about("T-1", NoticeKind.TASK_UNSOLVED, 2), {Status.RESOLVED, Status.VERIFIED, Status.DISMISSED}),
        (about("T-1", NoticeKind.VERIFICATION_DUE, 2), set(Status) - {Status.RESOLVED}),
        (about("T-1", NoticeKind.SNOOZE_ENDED, 2), ALL - {Status.ACKNOWLEDGED, Status.CONTACTED}),
    ],
    ids=lambda value: value.kind.name if hasattr(value, "kind") else "",
)
async def test_what_a_snapshot_makes_untrue(driven, receiver, notice, untrue_when, status):
    made = await driven(hooks(receiver, "hook"))
    await made.take(notice)
    await stands(made, a_task(status, 9))
    await made.steps("hook")
    assert made.outcomes("hook") == ["SUPPRESSED" if status in untrue_when else "DELIVERED"]
    assert all(status in record.detail for record in made.published if record.outcome.name == "SUPPRESSED")


@pytest.mark.parametrize(
    ("first", "then", "passed"),
    [
        (due_soon(2), overdue(3), True),
        (due_soon(2), closed(3), True),
        (overdue(2), closed(3), True),
        (due_soon(2), about("T-1", NoticeKind.TASK_WORSENED, 3), False),
        (raised(1), closed(2), False),
        (closed(2), about("T-1", NoticeKind.TASK_REGRESSED, 3), False),
        (due_soon(2), closed(3, task="T-2"), False),
        (closed(2), due_soon(3), False),
        (about("A-1", NoticeKind.ALERT_RAISED, 1), about("A-1", NoticeKind.ALERT_RESOLVED, 2), False),
        (about("A-1", NoticeKind.ALERT_WORSENED, 1), about("A-1", NoticeKind.ALERT_RESOLVED, 2), True),
        (about("A-1", NoticeKind.ALERT_WORSENED, 1), about("A-1", NoticeKind.ALERT_WORSENED, 2), False),
    ],
    ids=lambda value: value.kind.name if hasattr(value, "kind") else str(value),
)
async def test_what_a_later_notice_makes_untrue(driven, receiver, first, then, passed):
    made = await driven(hooks(receiver, "hook"))
    await made.take(first, then)
    await made.steps("hook")
    assert {r.notice: r.outcome.name for r in made.published}[first.id] == ("SUPPRESSED" if passed else "DELIVERED")
    assert {r.notice: r.outcome.name for r in made.published}[then.id] == "DELIVERED"


async def test_an_alert_that_is_over_makes_its_worsening_untrue(driven, receiver):
    made = await driven(hooks(receiver, "hook"))
    await made.take(about("A-1", NoticeKind.ALERT_WORSENED, 2))
    await stands(made, an_alert(active=True, version=3), an_alert(active=False, version=4))
    await made.steps("hook")
    assert made.outcomes("hook") == ["SUPPRESSED"]


async def test_how_a_task_stood_before_a_notice_says_nothing_of_it(driven, receiver):
    made = await driven(hooks(receiver, "hook"))
    await stands(made, a_task(Status.ACKNOWLEDGED, 2))
    await made.take(due_soon(4))
    await made.steps("hook")
    assert made.outcomes("hook") == ["DELIVERED"]


async def test_snapshots_that_come_late_or_again_change_nothing(driven, receiver, clock):
    receiver.answers = [(503, {}), (200, {})]
    made = await driven(hooks(receiver, "hook"))
    await made.take(due_soon(2))
    await made.steps("hook")
    await stands(made, a_task(Status.OPEN, 4), a_task(Status.ACKNOWLEDGED, 3))
    await stands(made, a_task(Status.ACKNOWLEDGED, 3))
    clock.wind(60)
    await made.steps("hook")
    assert made.outcomes("hook") == ["FAILED", "DELIVERED"], "the acknowledgement was taken back: nobody has acknowledged it"


async def test_a_snapshot_that_cannot_be_read_holds_nothing_up(driven, receiver):
    made = await driven(hooks(receiver, "hook"))
    bad = [Record("x.tasks", 0, n, int(START.timestamp() * 1000), b"C00", value) for n, value in enumerate((b"{", b"{}", None))]
    await made.handlers._intake.take(bad)
    await made.take(due_soon())
    await made.steps("hook")
    assert made.outcomes("hook") == ["DELIVERED"]


async def test_what_was_interrupted_and_is_no_longer_true_is_told_as_both(driven, receiver, clock):
    made = await driven(hooks(receiver, "hook"))
    await made.take(due_soon())
    await made.handlers.ledger.claim("hook", clock(), made.handlers.settings.lease_s)  # the process dies here
    await made.take(closed())
    clock.wind(made.handlers.settings.lease_s + 0.1)
    await made.steps("hook")
    assert made.outcomes("hook") == ["FAILED", "SUPPRESSED", "DELIVERED"]
    assert came(receiver) == ["T-1-4-task_closed"]


async def test_a_person_who_asks_for_one_that_is_untrue_is_told_so_and_it_is_not_sent(driven, receiver, clock):
    made = await driven(hooks(receiver, "hook"))
    await made.take(due_soon(), closed())
    await made.steps("hook")
    revived = await redelivery.redeliver(made.handlers.ledger, made.handlers.settings, due_soon().id, clock())
    assert (revived.again, revived.added, revived.delivered) == ((), (), ())
    assert "no longer true" in revived.untrue
    assert await made.steps("hook") == 0


async def test_a_person_can_ask_for_one_that_is_true_again(driven, receiver, clock):
    made = await driven(hooks(receiver, "hook"))
    await made.take(due_soon(2))
    await stands(made, a_task(Status.ACKNOWLEDGED, 3))
    await made.steps("hook")
    await stands(made, a_task(Status.OPEN, 4))
    revived = await redelivery.redeliver(made.handlers.ledger, made.handlers.settings, due_soon(2).id, clock())
    assert revived == redelivery.Redelivery(("hook",), (), ())
    await made.steps("hook")
    assert made.outcomes("hook") == ["SUPPRESSED", "DELIVERED"]


@pytest.mark.parametrize("notify_from", [None, START + timedelta(days=1)])
async def test_a_route_with_the_name_of_a_destination_can_be_tried_again_too(driven, receiver, clock, notify_from):
    """What led nowhere, and what happened before people are told."""
    before = await driven(a_setting(notify_from=notify_from))
    await before.take(raised(route="hook"))
    after = await driven(hooks(receiver, "hook", routes={"hook": ["hook"]}))
    assert await redelivery.redeliver(after.handlers.ledger, after.handlers.settings, raised().id, clock()) == redelivery.Redelivery(
        ("hook",), (), ()
    )
    await after.steps("hook")
    assert [record.channel for record in after.published if record.outcome.name == "DELIVERED"] == ["webhook"]


async def test_what_happened_before_people_are_told_holds_nothing_up(driven, receiver):
    made = await driven(hooks(receiver, "hook", notify_from=START))
    await made.take(raised(at=START - timedelta(seconds=1)), due_soon(), closed())
    await made.steps("hook")
    assert came(receiver) == ["T-1-4-task_closed"]


async def test_what_waited_in_kafka_is_sent_once_what_came_after_it_is_read(driven, receiver, clock):
    made = await driven(hooks(receiver, "hook"))
    batches = [[due_soon()], [closed()]]

    async def read():
        if not batches:
            raise EOFError
        at_ms = int((START.timestamp() - 60) * 1000)
        found = [Record("notices", 0, next(_offsets), at_ms, b"C00", one.model_dump_json().encode()) for one in batches.pop(0)]
        assert await made.handlers.workers["hook"].step() is False, "sent before the rest was read"
        return found

    async def commit():
        pass

    with pytest.raises(EOFError):
        await made.handlers.take_in(read, commit)
    clock.wind(2.1)
    await made.steps("hook")
    assert came(receiver) == ["T-1-4-task_closed"]
    assert made.outcomes("hook") == ["SUPPRESSED", "DELIVERED"]
