"""The pages: what they say adds up, comes in order, and is the truth of each attempt; on both databases."""

from __future__ import annotations

from schemas.decisions import About, NoticeKind
from schemas.deliveries import NoticeAttempted, Outcome
from schemas.message import instant
from schemas.reasons import Why
from schemas.sentences import say
from tests.console.board import tell


async def test_a_task_says_why_with_addends_that_sum_and_evidence(lead):
    for row in (await lead.read("/api/tasks", view="all", limit=500))["tasks"]:
        task = await lead.read(f"/api/tasks/{row['id']}")
        assert round(sum(addend["points"] for addend in task["addends"]), 1) == task["score"]
        assert task["evidence"]
        assert task["next_step"]
        assert {**row, "change": 0} == {name: {**task, "change": 0}[name] for name in {**row, "change": 0}}


async def test_a_task_tells_each_attempt_to_reach_people_as_it_was(lead):
    outcomes = set()
    for row in (await lead.read("/api/tasks", view="all", limit=500))["tasks"]:
        task = await lead.read(f"/api/tasks/{row['id']}")
        outcomes |= {attempt["outcome"] for attempt in task["deliveries"]}
        assert [attempt["at"] for attempt in task["deliveries"]] == sorted(attempt["at"] for attempt in task["deliveries"])
        assert {entry["id"] for entry in task["history"]} >= {attempt["id"] for attempt in task["deliveries"]}
        if row["delivery"]:
            assert row["delivery"]["at"] == task["deliveries"][-1]["at"]
    assert {Outcome.DELIVERED, Outcome.FAILED, Outcome.REFUSED, Outcome.GIVEN_UP, Outcome.HELD, Outcome.UNROUTED} <= outcomes


async def test_alerts_come_by_value_at_risk(lead):
    alerts = (await lead.read("/api/alerts"))["alerts"]
    assert len(alerts) > 3
    values = [alert["value_at_risk"] or 0 for alert in alerts]
    assert values == sorted(values, reverse=True)
    page = await lead.read(f"/api/alerts/{alerts[0]['id']}")
    assert page["history"]
    assert all(signal["sentence"] and signal["called"] and signal["why"]["values"] for signal in page["signals"])
    assert (await lead.read("/api/alerts", view="resolved"))["alerts"] == []


async def test_a_customer_shows_tier_and_reason_open_tasks_and_one_timeline_of_all_kinds(board, lead):
    customers = [one["id"] for one in (await lead.read("/api/customers"))["customers"]]
    kinds = set()
    for name in customers:
        page = await lead.read(f"/api/customers/{name}")
        assert page["tier_because"] == (say(Why.model_validate(page["tier_why"])) if page["tier_why"] else None)
        assert page["tier_why"] or page["tier"] == "unknown"
        assert [entry["at"] for entry in page["timeline"]] == sorted((entry["at"] for entry in page["timeline"]), reverse=True)
        kinds |= {entry["kind"] for entry in page["timeline"]}
        assert page["aliases"] == [f"email:office{int(name[2:])}@example.com"]
    assert kinds == {"fact", "decision", "delivery", "command"}


async def test_the_timeline_puts_cause_before_effect_where_the_clock_does_not(board, lead):
    at = instant(board.now + 10).isoformat()
    known = {"source": "zendesk", "object": "o", "customer": {"id": "C-00003"}}
    await board.say({"type": "ticket.opened", "id": "same", "occurred_at": at, "severity": "urgent", "subject": "Where is it?", **known})
    entries = (await lead.read("/api/customers/C-00003"))["timeline"]
    same = [entry["kind"] for entry in entries if entry["at"] == entries[0]["at"]]
    assert same == sorted(same, key=["delivery", "decision", "command", "fact"].index)
    assert {"decision", "fact"} <= set(same)


async def test_the_timeline_goes_on_page_by_page_without_a_gap(board, lead):
    for number in range(230):
        known = {"type": "purchase.made", "id": f"p{number}", "source": "shopify", "object": f"p{number}", "customer": {"id": "C-00002"}}
        tell(board.streams, {**known, "occurred_at": instant(board.now + number // 3).isoformat(), "amount": 10})
    await board.show()
    page = await lead.read("/api/customers/C-00002")
    seen = page["timeline"]
    while page["next"]:
        page = await lead.read("/api/customers/C-00002/timeline", after=page["next"])
        seen += page["timeline"]
    assert len({(entry["kind"], entry["id"]) for entry in seen}) == len(seen)
    assert sum(entry["id"].startswith("shopify:p") for entry in seen) == 230


async def test_a_name_that_no_profile_gave_is_known_from_the_newest_profile(board, lead):
    known = {"source": "crm", "object": "c", "customer": {"id": "C-00004"}}
    later, earlier = instant(board.now + 20).isoformat(), instant(board.now - 90 * 86_400).isoformat()
    await board.say(
        {"type": "customer.profiled", "id": "new", "occurred_at": later, "name": "Renamed GmbH", "labels": {"sales": "gold"}, **known}
    )
    await board.say(
        {
            "type": "customer.profiled",
            "id": "old",
            "occurred_at": earlier,
            "name": "Of old",
            "labels": {"sales": "tin", "web": "vip"},
            **known,
        }
    )
    page = await lead.read("/api/customers/C-00004")
    assert page["name"] == "Renamed GmbH"
    assert page["labels"] == {"sales": "gold", "web": "vip"}
    assert page["annual_value"] > 0


async def test_dead_letters_show_what_came_and_why_it_could_not_be_decided(lead):
    page = await lead.read("/api/dead-letters")
    assert (page["total"], page["unrepaired"], page["next"]) == (3, 3, None)
    assert {letter["fault"] for letter in page["letters"]} == {"not_json", "unknown_type", "not_valid"}
    letter = await lead.read(f"/api/dead-letters/{page['letters'][0]['id']}")
    assert letter["value_text"].startswith(letter["preview"])
    assert letter["key"].startswith("C-")


async def test_the_pipeline_shows_lag_sources_services_and_what_happened(board, lead):
    page = await lead.read("/api/pipeline")
    assert (page["lag"], len(page["partitions"])) == (0, 4)
    assert {source["source"] for source in page["sources"]} == {"typeform", "zendesk", "shopify", "hubspot", "intranet"}
    assert (page["waiting"], page["dead_letters"]) == (3, 3)
    assert {service["name"]: service["state"] for service in page["services"]} == dict.fromkeys(
        ("broker", "gateway", "handlers", "worker"), "running"
    )
    assert "worker was killed" in page["service_events"][1]["sentence"]
    assert len(page["minutes"]["t"]) == 60
    board.health.degraded("nobody answers at broker:9092", board.now)
    page = await lead.read("/api/pipeline")
    assert page["reading"]["trouble"] == "nobody answers at broker:9092"
    assert {service["name"]: service["state"] for service in page["services"]}["kafka"] == "down"
    assert (page["lag"], page["partitions"]) == (None, [])


async def test_rates_count_what_was_written_in_the_last_minutes(board, lead):
    for number in range(10):
        known = {"type": "purchase.made", "id": f"r{number}", "source": "shopify", "object": f"r{number}", "customer": {"id": "C-00002"}}
        tell(board.streams, {**known, "occurred_at": instant(board.now).isoformat(), "amount": 10})
    await board.show()
    board.now += 120
    assert (await lead.read("/api/pipeline"))["rate"]["facts_per_min"] >= 2


async def test_what_is_not_there_is_said(lead):
    for address in ("tasks/T-x", "alerts/A-x", "customers/nobody", "customers/a/b", "dead-letters/x-1-1", "nothing"):
        answer = await lead.get(f"/api/{address}")
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith("there is no")


async def test_the_page_of_a_board_that_is_not_built_says_how_to_build_it(small_board, browser):
    small = await browser.get("/tasks/T-1")
    assert small.status_code in {200, 503}
    assert small.status_code == 200 or "make ui" in small.text


async def test_what_was_passed_over_is_shown_with_its_reason_and_hides_no_page_that_was_told(board, lead):
    rows = (await lead.read("/api/tasks", view="all", limit=500))["tasks"]
    told = next(row for row in rows if row["delivery"] and row["delivery"]["outcome"] == Outcome.DELIVERED)
    at = instant(board.now + 10)
    board.streams.put("deliveries", told["customer"], _passed_over(told, at).model_dump_json().encode())
    await board.show()
    page = await lead.read(f"/api/tasks/{told['id']}")
    assert page["delivery"] == told["delivery"], "people were told of the task"
    last = page["deliveries"][-1]
    assert (last["outcome"], last["detail"]) == ("suppressed", "“due soon” is no longer true: the task is resolved by now")


def _passed_over(task, at) -> NoticeAttempted:
    return NoticeAttempted(
        id=f"{task['id']}-9/pager/0/passed_over",
        notice=f"{task['id']}-9",
        kind=NoticeKind.TASK_DUE_SOON,
        about=task["id"],
        about_kind=About.TASK,
        customer=task["customer"],
        destination="pager",
        attempt=0,
        outcome=Outcome.SUPPRESSED,
        detail="“due soon” is no longer true: the task is resolved by now",
        at=at,
    )
