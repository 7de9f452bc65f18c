"""Promises of delivery to one destination: each notice once, retries by time-table, restraint with what fails, loud ends."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from handlers import ledger_queries, redelivery
from handlers.settings import HandlerSettings
from handlers.tables import State
from schemas.decisions import Priority
from schemas.deliveries import Outcome
from schemas.reasons import Why
from tests.handlers.conftest import SECRET, START, a_notice, a_record, a_setting, webhook


def one_hook(url: str, **changes) -> HandlerSettings:
    return a_setting(destinations={"hook": webhook(url)}, routes={"page": ["hook"]}, **changes)


async def test_a_notice_is_delivered_once_and_told(driven, receiver):
    made = await driven(one_hook(receiver.url))
    await made.take(a_notice())
    assert await made.steps("hook") == 1
    assert receiver.keys == ["T-1-1-task-raised"]
    assert made.outcomes("hook") == ["DELIVERED"]


async def test_a_redelivery_from_kafka_has_no_second_effect(driven, receiver):
    made = await driven(one_hook(receiver.url))
    for _ in range(3):
        await made.take(a_notice(), a_notice())
        await made.steps("hook")
    assert len(receiver.posts) == 1


async def test_retries_follow_the_time_table_and_carry_the_same_key(driven, receiver, clock):
    receiver.answers = [(503, {}), (500, {}), (200, {})]
    made = await driven(one_hook(receiver.url, first_wait_s=2))
    await made.take(a_notice())
    await made.steps("hook")
    for wait in (2, 4):
        clock.wind(wait - 0.01)
        assert await made.steps("hook") == 0
        clock.wind(0.02)
        assert await made.steps("hook") == 1
    assert receiver.keys == ["T-1-1-task-raised"] * 3
    assert made.outcomes("hook") == ["FAILED", "FAILED", "DELIVERED"]
    assert [record.attempt for record in made.published] == [1, 2, 3]
    assert made.published[0].next_at == START + timedelta(seconds=2)


async def test_every_attempt_is_signed_with_its_own_time(driven, receiver, clock):
    receiver.answers = [(503, {}), (200, {})]
    made = await driven(one_hook(receiver.url))
    await made.take(a_notice())
    await made.steps("hook")
    clock.wind(3)
    await made.steps("hook")
    times = [int(headers["webhook-timestamp"]) for _, headers, _ in receiver.posts]
    assert times == [START.timestamp(), START.timestamp() + 3]
    for _, headers, body in receiver.posts:
        at = START + timedelta(seconds=int(headers["webhook-timestamp"]) - START.timestamp())
        assert headers["webhook-signature"] == Webhook(SECRET).sign("T-1-1-task-raised", at, body.decode())


async def test_a_final_refusal_is_not_tried_again_and_goes_to_the_fallback(driven, receiver, clock):
    receiver.answers = [(410, {}), (200, {})]
    destinations = {"hook": webhook(receiver.url + "/a"), "other": webhook(receiver.url + "/b")}
    made = await driven(a_setting(destinations=destinations, routes={"page": ["hook"], "fallback": ["other"]}))
    await made.take(a_notice())
    await made.steps("hook")
    clock.wind(3600)
    assert await made.steps("hook") == 0
    assert await made.steps("other") == 1
    assert [path for path, _, _ in receiver.posts] == ["/a", "/b"]
    assert (made.outcomes("hook"), made.outcomes("other")) == (["REFUSED"], ["DELIVERED"])


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(driven, receiver, status):
    receiver.answers = [(status, {"location": receiver.url + "/inside"})]
    made = await driven(one_hook(receiver.url + "/outside"))
    await made.take(a_notice())
    await made.steps("hook")
    assert [path for path, _, _ in receiver.posts] == ["/outside"]
    assert made.outcomes("hook") == ["REFUSED"]
    assert "redirects are not followed" in made.published[0].detail


async def test_a_pause_that_is_asked_for_is_granted_to_every_notice_of_that_destination(driven, receiver, clock):
    receiver.answers = [(429, {"retry-after": "60"}), (200, {})]
    made = await driven(one_hook(receiver.url))
    await made.take(a_notice("n-1"), a_notice("n-2"))
    await made.steps("hook")
    clock.wind(59)
    assert await made.steps("hook") == 0
    clock.wind(2)
    assert await made.steps("hook") == 2
    assert len(receiver.posts) == 3


async def test_an_unreasonable_pause_is_cut(driven, receiver, clock):
    receiver.answers = [(503, {"retry-after": "999999"}), (200, {})]
    made = await driven(one_hook(receiver.url, longest_retry_after_s=100))
    await made.take(a_notice())
    await made.steps("hook")
    clock.wind(101)
    assert await made.steps("hook") == 1


async def test_a_sick_destination_is_left_in_peace_and_each_notice_is_told_as_held_once(driven, receiver, clock):
    receiver.answers = [(500, {})]
    made = await driven(one_hook(receiver.url, failure_threshold=3, cooldown_s=30, first_wait_s=1))
    await made.take(*[a_notice(f"n-{n}", about=f"T-{n}") for n in range(10)])
    await made.steps("hook")
    assert len(receiver.posts) == 3
    for _ in range(20):
        await made.steps("hook")
        clock.wind(1)
    assert len(receiver.posts) == 3
    assert made.outcomes("hook").count("HELD") == 9, "the third failure was told with the end of the rest already"
    clock.wind(31)
    await made.steps("hook")
    assert len(receiver.posts) == 4, "half open: one notice tries"
    held = [record.id for record in made.published if record.outcome.name == "HELD"]
    assert len(held) == len(set(held)) == 10, "only the one whose own pause is over by now is held anew"


async def test_a_destination_that_is_well_again_gets_everything(driven, receiver, clock):
    receiver.answers = [(500, {})] * 3 + [(200, {})]
    made = await driven(one_hook(receiver.url, failure_threshold=3, cooldown_s=30, first_wait_s=1))
    await made.take(*[a_notice(f"n-{n}", about=f"T-{n}") for n in range(10)])
    await made.steps("hook")
    clock.wind(31)
    await made.steps("hook")
    assert made.outcomes("hook").count("DELIVERED") == 10


async def test_a_sick_destination_holds_back_no_other(driven, receiver):
    destinations = {"dead": webhook("http://127.0.0.1:9/"), "hook": webhook(receiver.url)}
    made = await driven(a_setting(destinations=destinations, routes={"page": ["dead", "hook"]}, failure_threshold=1))
    await made.take(*[a_notice(f"n-{n}") for n in range(5)])
    delivering = asyncio.create_task(made.handlers.deliver())
    await receiver.until(5)
    await made.handlers.stop()
    await delivering
    await made.publish()
    assert len(receiver.posts) == 5
    assert set(made.outcomes("dead")) == {"FAILED", "HELD"}


async def test_a_page_does_not_wait_behind_a_digest_and_the_newest_of_equals_goes_first(driven, receiver):
    made = await driven(one_hook(receiver.url))
    later = START + timedelta(minutes=5)
    await made.take(
        a_notice("digest", priority=Priority.P4, at=later, about="T-1"),
        a_notice("old page", about="T-2"),
        a_notice("new page", at=later, about="T-3"),
        a_notice("chat", priority=Priority.P2, about="T-4"),
    )
    await made.steps("hook")
    assert [json.loads(body)["data"]["id"] for _, _, body in receiver.posts] == ["new page", "old page", "chat", "digest"]


async def test_after_its_time_a_notice_is_given_up_and_goes_to_the_fallback(driven, receiver, clock):
    receiver.answers = [(500, {})]
    destinations = {"hook": webhook(receiver.url), "other": webhook(receiver.url)}
    routes = {"page": ["hook"], "fallback": ["other"]}
    made = await driven(a_setting(destinations=destinations, routes=routes, give_up_after_h=1, longest_wait_s=600))
    await made.take(a_notice())
    for _ in range(40):
        await made.steps("hook")
        clock.wind(300)
    assert made.outcomes("hook")[-1] == "GIVEN_UP"
    assert made.outcomes("hook").count("GIVEN_UP") == 1
    receiver.answers = [(200, {})]
    await made.steps("other")
    assert made.outcomes("other") == ["DELIVERED"]


async def test_what_was_held_all_its_time_is_given_up_too(driven, receiver, clock):
    receiver.answers = [(500, {})]
    made = await driven(one_hook(receiver.url, failure_threshold=1, cooldown_s=86_000, give_up_after_h=1))
    await made.take(a_notice("n-1"), a_notice("n-2"))
    await made.steps("hook")
    clock.wind(3700)
    await made.steps("hook")
    assert made.outcomes("hook").count("GIVEN_UP") == 2


async def test_a_destination_that_does_not_answer_is_a_failure_within_the_time_out(driven, receiver):
    receiver.delay_s = 5
    made = await driven(one_hook(receiver.url, timeout_s=0.2, lease_margin_s=0.5))
    await made.take(a_notice())
    await made.steps("hook")
    assert made.outcomes("hook") == ["FAILED"]
    assert "in time" in made.published[0].detail or "within 0.2 s" in made.published[0].detail


async def test_an_attempt_that_was_cut_off_is_made_again_after_its_lease_and_both_are_told(driven, receiver, clock):
    made = await driven(one_hook(receiver.url, timeout_s=1, lease_margin_s=5))
    await made.take(a_notice())
    cut = await made.handlers.ledger.claim("hook", clock(), made.handlers.settings.lease_s)  # the process dies here
    assert cut is not None
    assert await made.steps("hook") == 0
    clock.wind(6.1)
    assert await made.steps("hook") == 1
    assert made.outcomes("hook") == ["FAILED", "DELIVERED"]
    assert "interrupted" in made.published[0].detail
    assert [record.attempt for record in made.published] == [1, 2]


async def test_stopping_in_the_middle_of_an_attempt_lets_it_come_to_its_end(driven, receiver):
    receiver.delay_s = 0.3
    made = await driven(one_hook(receiver.url))
    await made.take(a_notice("n-1"), a_notice("n-2"))
    delivering = asyncio.create_task(made.handlers.deliver())
    await receiver.until(1)
    await made.handlers.stop()
    await delivering
    await made.publish()
    assert made.outcomes("hook") == ["DELIVERED"]
    assert len(receiver.posts) == 1


async def test_an_attempt_that_is_cancelled_is_sent_again_at_once_by_the_next_process(driven, receiver):
    receiver.delay_s = 0.5
    made = await driven(one_hook(receiver.url))
    await made.take(a_notice())
    step = asyncio.create_task(made.handlers.workers["hook"].step())
    await receiver.until(1)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    next_ = await driven(one_hook(receiver.url))
    assert await next_.steps("hook") == 1
    assert next_.outcomes("hook") == ["FAILED", "DELIVERED"]
    assert receiver.keys == ["T-1-1-task-raised"] * 2


async def test_two_processes_share_the_work_and_send_nothing_twice(driven, receiver):
    one, two = [await driven(one_hook(receiver.url)) for _ in range(2)]
    notices = [a_notice(f"n-{n}") for n in range(40)]
    await asyncio.gather(one.take(*notices), two.take(*reversed(notices)))
    await asyncio.gather(one.steps("hook"), two.steps("hook"))
    assert sorted(receiver.keys) == sorted(notice.id for notice in notices)


async def test_an_error_of_ours_in_one_notice_does_not_stop_the_others(driven, receiver, monkeypatch):
    made = await driven(one_hook(receiver.url))
    worker = made.handlers.workers["hook"]
    send = worker._send

    async def broken(notice, now):
        if notice.id == "bad":
            raise RuntimeError("a bug")
        return await send(notice, now)

    worker._send = broken
    await made.take(a_notice("bad", about="T-1"), a_notice("good", about="T-2"))
    await made.steps("hook")
    assert receiver.keys == ["good"]
    assert sorted(made.outcomes("hook")) == ["DELIVERED", "FAILED"]


async def test_a_notice_without_a_destination_is_recorded_and_told(driven):
    made = await driven(a_setting())
    await made.take(a_notice())
    await made.publish()
    assert [(r.outcome.name, r.destination, r.attempt, r.channel) for r in made.published] == [("UNROUTED", "page", 0, None)]
    assert "handlers.routes" in made.published[0].detail


async def test_an_unknown_route_goes_to_the_fallback(driven, receiver):
    made = await driven(a_setting(destinations={"hook": webhook(receiver.url)}, routes={"fallback": ["hook"]}))
    await made.take(a_notice(route="never heard of"))
    await made.steps("hook")
    assert made.outcomes("hook") == ["DELIVERED"]


async def test_a_notice_of_a_kind_that_only_a_newer_worker_knows_is_delivered(driven, receiver):
    """While workers are upgraded before handlers, people are told all the same."""
    new = "made_up_later"
    made = await driven(one_hook(receiver.url))
    await made.take(a_notice(kind=new, about_kind=new, priority="P0", tier="D", cause=new, why=Why(code=new), next_step=None))
    await made.steps("hook")
    assert [(one.outcome, one.kind, one.about_kind) for one in made.published] == [(Outcome.DELIVERED, new, new)]
    ((_, _, body),) = receiver.posts
    assert json.loads(body)["data"]["sentence"] == "Hotel Adlon Nord made up later"


async def test_what_happened_before_people_are_told_is_passed_over(driven, receiver):
    made = await driven(one_hook(receiver.url, notify_from=START))
    await made.take(a_notice("history", at=START - timedelta(seconds=1)), a_notice("news"))
    await made.steps("hook")
    assert receiver.keys == ["news"]
    assert {record.notice: record.outcome.name for record in made.published} == {"history": "SUPPRESSED", "news": "DELIVERED"}


async def test_a_record_that_is_no_notice_is_visible_and_holds_nothing_up(driven, receiver):
    made = await driven(one_hook(receiver.url))
    bad = [
        a_record(a_notice())._replace(value=value, offset=offset)
        for offset, value in enumerate((b"{", b'"x"', b'{"type":"notice"}', b"\xff", None))
    ]
    await made.handlers._intake.take([*bad, a_record(a_notice("good"))])
    await made.steps("hook")
    assert receiver.keys == ["good"]
    assert sorted(made.outcomes("unrouted")) == ["UNROUTED"] * 4
    assert {(r.kind, r.about_kind) for r in made.published if r.destination == "unrouted"} == {(None, None)}
    assert (await ledger_queries.counts(made.handlers.ledger))[State.UNROUTED] == 4


async def test_a_person_can_try_again_what_was_refused_and_who_has_it_does_not_get_it_twice(driven, receiver, clock):
    receiver.answers = [(400, {}), (200, {})]
    destinations = {"a": webhook(receiver.url + "/a"), "b": webhook(receiver.url + "/b")}
    made = await driven(a_setting(destinations=destinations, routes={"page": ["a", "b"]}))
    await made.take(a_notice())
    await made.steps("a")
    await made.steps("b")
    revived = await redelivery.redeliver(made.handlers.ledger, made.handlers.settings, "T-1-1-task-raised", clock())
    assert revived == redelivery.Redelivery(("a",), (), ("b",))
    await made.steps("a")
    await made.steps("b")
    assert [path for path, _, _ in receiver.posts] == ["/a", "/b", "/a"]
    assert made.outcomes("a") == ["REFUSED", "DELIVERED"]


async def test_what_went_nowhere_can_be_sent_once_there_is_a_route(driven, receiver, clock):
    before = await driven(a_setting())
    await before.take(a_notice())
    after = await driven(one_hook(receiver.url))
    revived = await redelivery.redeliver(after.handlers.ledger, after.handlers.settings, "T-1-1-task-raised", clock())
    assert revived == redelivery.Redelivery((), ("hook",), ())
    assert await after.steps("hook") == 1


async def test_what_waits_for_a_destination_that_was_removed_goes_where_its_route_leads_now(driven, receiver):
    before = await driven(a_setting(destinations={"old": webhook("http://127.0.0.1:9/")}, routes={"page": ["old"]}))
    await before.take(a_notice())
    after = await driven(one_hook(receiver.url))
    assert await after.steps("hook") == 1
    assert (after.outcomes("old"), after.outcomes("hook")) == (["GIVEN_UP"], ["DELIVERED"])
