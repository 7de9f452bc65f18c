"""The queue: the order in which people are to work, page by page, counted, filtered, found; on both databases."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

from sqlalchemy import event

from tests.console.conftest import Browser


async def every(browser: Browser, limit: int, **query: Any) -> list[dict[str, Any]]:
    """All pages of a list."""
    found, after = [], None
    while True:
        page = await browser.read("/api/tasks", limit=limit, **query, **({"after": after} if after else {}))
        found += page["tasks"]
        after = page["next"]
        if after is None:
            assert len(found) == page["total"]
            return found


def is_settled(task: dict[str, Any]) -> bool:
    return task["responded"] or task["status"] == "snoozed"


def place(task: dict[str, Any]) -> tuple[str, bool, str, str]:
    return (task["priority"], is_settled(task), task["due_at"], task["id"])


async def test_the_queue_is_sorted_by_time_to_breach_within_priority_and_where_no_clock_runs_comes_last(lead):
    tasks = await every(lead, 500)
    assert {is_settled(task) for task in tasks} == {True, False}
    assert len({task["priority"] for task in tasks}) >= 3
    assert [place(task) for task in tasks] == sorted(place(task) for task in tasks)


async def test_pages_give_every_task_once_in_every_view(lead):
    for view in ("open", "closed", "all"):
        whole = [task["id"] for task in await every(lead, 500, view=view)]
        assert whole
        assert [task["id"] for task in await every(lead, 3, view=view)] == whole
        assert len(set(whole)) == len(whole)
    assert {task["status"] for task in await every(lead, 500, view="closed")} <= {"resolved", "dismissed", "verified"}


async def test_a_page_goes_on_where_the_last_one_ended_whatever_has_changed_before_it(lead):
    page = await lead.read("/api/tasks", limit=5)
    first = [task["id"] for task in page["tasks"]]
    ended = {"cause": "lost parcel", "action": "sent again", "outcome": "arrived"}
    await lead.ask(*[{"verb": "resolve", "task": task, **ended} for task in first[:3]])
    following = await lead.read("/api/tasks", limit=500, after=page["next"])
    assert not set(first) & {task["id"] for task in following["tasks"]}
    assert following["total"] == page["total"] - 3
    assert len(following["tasks"]) == following["total"] - 2


async def test_counts_are_those_of_the_list_without_its_filter_by_priority(lead):
    tasks = await every(lead, 500)
    page = await lead.read("/api/tasks", priority="P1", limit=1)
    expected = Counter(task["priority"] for task in tasks)
    assert {name: page["counts"][name] for name in ("P1", "P2", "P3", "P4")} == {n: expected[n] for n in ("P1", "P2", "P3", "P4")}
    assert page["total"] == expected["P1"]
    server_time = (await lead.read("/api/me"))["server_time"]
    assert page["counts"]["overdue"] == sum(not is_settled(task) and task["due_at"] < server_time for task in tasks) > 0
    assert page["owners"] == sorted({task["owner"] for task in tasks})


async def test_a_filter_lets_through_exactly_what_it_names(lead):
    tasks = await every(lead, 500)
    for field in ("priority", "tier", "cause", "status", "owner"):
        wanted = sorted({task[field] for task in tasks})[:2]
        found = await every(lead, 500, **{field: ",".join(wanted)})
        assert [task["id"] for task in found] == [task["id"] for task in tasks if task[field] in wanted]
        assert not await every(lead, 500, **{field: "nothing of the kind"})


async def test_words_find_tasks_in_any_case_and_order_and_take_no_wildcards(lead):
    tasks = await every(lead, 500)
    task = next(task for task in tasks if task["customer_name"] == "Café Adlon Nord")
    found = await every(lead, 500, q="NORD café")
    assert task["id"] in [one["id"] for one in found]
    assert {one["customer_name"] for one in found} <= {one["customer_name"] for one in tasks if "Nord" in one["customer_name"]}
    for nothing in ("%", "_", "caf_", "'; drop table board_task; --", "\\"):
        assert await every(lead, 500, q=nothing) == []
    assert (await lead.get("/api/tasks", params={"q": "a\0b"})).status_code == 404


NO_CURSORS = ("x", "e30=", "WzEsIDIsIDNd", "W10=", "🙂", "WyJQMSIsIE5hTiwgIngiXQ==", "WyJQMSIsIDFlNDAwLCAieCJd")


async def test_a_cursor_that_no_list_gave_is_refused_in_a_sentence(lead):
    for after, address in itertools.product(NO_CURSORS, ("tasks", "dead-letters", "customers/C-00001/timeline")):
        answer = await lead.get(f"/api/{address}", params={"after": after})
        assert answer.status_code == 400, (address, after, answer.text)
        assert answer.json()["detail"] == "`after` is not a cursor that this list has given: begin without it"


async def test_a_page_takes_as_many_questions_to_the_database_however_long_it_is(board, lead):
    asked: list[str] = []
    event.listen(board.engine.sync_engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    await lead.read("/api/tasks", limit=1)
    short = len(asked)
    await lead.read("/api/tasks", limit=500)
    assert len(asked) == 2 * short
    assert short <= 10


async def test_each_row_carries_what_its_clock_is_told_from(lead):
    for task in await every(lead, 500, view="all"):
        assert task["responded"] == (task["status"] in {"contacted", "resolved", "verified", "dismissed"})
        assert (task["snoozed_until"] is not None) == (task["status"] == "snoozed")
        assert task["due_at"].endswith("Z")
        assert task["opened_at"] < task["due_at"]


async def test_the_search_finds_customers_by_name_by_owner_and_by_address_those_who_matter_first(lead):
    found = (await lead.read("/api/search", q="adlon"))["customers"]
    assert [not one["hic"] for one in found] == sorted(not one["hic"] for one in found)
    assert [one["id"] for one in (await lead.read("/api/search", q="OFFICE7@example"))["customers"]] == ["C-00007"]
    assert (await lead.read("/api/customers", q="carla"))["customers"]
    hits = (await lead.read("/api/search", q="adlon delivery"))["tasks"]
    assert hits
    assert all("adlon" in hit["customer_name"].casefold() for hit in hits)
    assert await lead.read("/api/search", q="nobody of this name") == {"customers": [], "tasks": []}
