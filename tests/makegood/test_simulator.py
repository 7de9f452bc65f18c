"""Laws of the made-up company: the same for the same seed, true to the language, in order, with a rhythm, and a board that lives."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest

from gateway.translate.signature import Request, Verification
from gateway.translate.systems import SYSTEMS
from gateway.translate.translation import Delivery
from makegood.config import policy_file
from makegood.local.simulator import scenarios, staff, vendors, words
from makegood.local.simulator.colleagues import LEFT_ALONE_S, Colleagues
from makegood.local.simulator.company import KEY, SIZE, customers
from makegood.local.simulator.history import History, happenings, in_steps
from makegood.local.simulator.rhythm import DAY
from makegood.local.simulator.runner import POLICY
from schemas.decisions import Priority, Status
from schemas.inputs import FACT, INPUT
from streams.decide.phrases import Lexicon

END = datetime(2026, 11, 25, 9, tzinfo=UTC).timestamp()
CLOSED = (Status.RESOLVED, Status.VERIFIED, Status.DISMISSED)
SEEDS = (7, 1, 2)


class Lived:
    """A history, folded to its end, and what came of it."""

    def __init__(self, seed: int) -> None:
        self.history = History(seed, END, policy_file.load(POLICY))
        self.outputs = []
        observe = self.history._machine._sink
        self.history._machine._sink = lambda output: (observe(output), self.outputs.append(output))
        self.moments = list(self.history)
        self.history._machine.advance(END)

    @property
    def open(self):
        return [task for task in self.history.tasks.values() if task.status not in CLOSED]

    def last(self, topic: str) -> list[dict]:
        """The newest version of each message of a topic."""
        return list({m["id"]: m for o in self.outputs if o.topic == topic and o.value for m in [json.loads(o.value)]}.values())


@pytest.fixture(scope="module", params=SEEDS)
def lived(request):
    return Lived(request.param)


# -- the history --------------------------------------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_history_and_another_another():
    first, again = ([(one.at, one.record) for one in History(5, END, policy_file.load(POLICY))] for _ in range(2))
    assert first == again
    assert [one.record for one in happenings(5, END)] != [one.record for one in happenings(6, END)]


def test_it_is_in_order_and_nothing_lies_in_the_future(lived):
    times = [one.at for one in lived.moments]
    assert times == sorted(times)
    assert times[-1] <= END
    assert all(one.record.at is None or one.record.at <= END for one in lived.moments)


def test_all_but_the_rubbish_is_valid(lived):
    for one in lived.moments:
        if one.record.kind != "(not a message)":
            assert INPUT.validate_json(one.record.value).type == one.record.kind
    assert sum(one.record.kind == "(not a message)" for one in lived.moments) == 5


def test_some_comes_twice_and_some_days_late(lived):
    counts = Counter(one.record.id for one in lived.moments if one.record.at is not None)
    assert sum(count > 1 for count in counts.values()) > 30
    assert sum(one.record.at is not None and one.at - one.record.at > DAY / 4 for one in lived.moments) > 20


def test_weekdays_are_busy_and_sundays_are_not(lived):
    by_day = Counter(datetime.fromtimestamp(one.record.at, UTC).weekday() for one in lived.moments if one.record.kind == "purchase.made")
    assert by_day[6] < 0.4 * min(by_day[day] for day in range(5))


def test_customers_who_leave_fall_silent(lived):
    leaving = [customer for customer in customers(7) if customer.leaves_after is not None]
    assert leaving
    last = Counter()
    for one in happenings(7, END):
        if one.record.kind == "purchase.made":
            last[one.record.key] = max(last[one.record.key], one.record.at)
    assert all(last[customer.id] < END - 0.3 * 56 * DAY for customer in leaving if last[customer.id])


def test_no_two_customers_have_one_name_and_several_countries_are_served():
    company = customers(7)
    assert len({customer.name for customer in company}) == SIZE == len({customer.id for customer in company})
    assert len({customer.country for customer in company}) >= 8
    assert all(customer.owner for customer in company[:KEY])


def test_comments_come_in_many_languages(lived):
    spoken = {json.loads(one.record.value).get("language") for one in lived.moments if one.record.kind == "survey.amended"}
    assert len(spoken - {None}) >= 6


@pytest.mark.parametrize("language", words.SAID)
@pytest.mark.parametrize(
    ("mood", "intent"), [(words.Mood.LEAVING, "leave"), (words.Mood.RIVAL, "competitor"), (words.Mood.HAGGLING, "discount")]
)
def test_who_speaks_of_leaving_rivals_or_price_is_understood(language, mood, intent):
    lexicon = Lexicon(policy_file.load(None))
    for sentence in words.SAID[language][mood]:
        assert intent in {"leave" if found == "cancel" else found for found in lexicon.intents(sentence)}, sentence


@pytest.mark.parametrize("language", words.SAID)
def test_praise_frightens_nobody(language):
    lexicon = Lexicon(policy_file.load(None))
    for sentence in words.SAID[language][words.Mood.GLAD]:
        assert not lexicon.intents(sentence), sentence


# -- what comes of it ---------------------------------------------------------------------------------------------------------------------


def test_the_board_lives_and_is_not_swamped(lived):
    assert 12 <= len(lived.open) <= 45
    urgent = sum(task.priority is Priority.P1 for task in lived.open)
    assert urgent <= len(lived.open) / 2
    assert len({task.priority for task in lived.open}) >= 3
    assert any(task.due_at.timestamp() < END and task.status is Status.OPEN for task in lived.open), "nothing is overdue"


def test_the_staff_has_closed_most_and_some_was_verified_and_some_came_back(lived):
    tasks = lived.history.tasks.values()
    assert sum(task.status in CLOSED for task in tasks) >= len(tasks) / 3
    assert any(task.status is Status.VERIFIED for task in tasks)
    assert any(task.regressions for task in tasks)


def test_alerts_are_some_not_hundreds_and_say_why(lived):
    alerts = lived.last("alerts")
    active = [alert for alert in alerts if alert["active"]]
    assert 4 <= len(active) <= 30
    assert {signal["name"] for alert in alerts for signal in alert["signals"]} >= {"leave_phrase"}


def test_the_rubbish_is_kept_and_strangers_wait_in_sight(lived):
    assert len(lived.last("dead-letters")) == 5
    waiting = {output.key: output.value for output in lived.outputs if output.topic == "unresolved"}
    assert sum(value is not None for value in waiting.values()) == 3


def test_hardly_a_command_of_the_staff_is_refused(lived):
    decisions = lived.last("decisions")
    refused = [decision for decision in decisions if decision["verdict"] == "command_refused"]
    assert len(refused) <= 10
    assert {decision["why"]["code"] for decision in refused} <= {"already_so", "not_from_here"}


def test_a_command_is_never_poured_together_with_what_it_answers(lived):
    for step in in_steps(lived.moments):
        asked = {one.record.key for one in step if one.record.topic == "commands"}
        assert not asked & {one.record.key for one in step if one.record.topic not in {"commands", "customers"}}
    assert sum(len(step) for step in in_steps(lived.moments)) == len(lived.moments)


# -- from now on --------------------------------------------------------------------------------------------------------------------------


def sent_of(seed: int, count: int = 1500):
    now, sent = END, []
    for story in islice(scenarios.day(customers(seed), seed, END), count):
        made, pause = story(now)
        sent += [(now, one) for one in made]
        now += pause
    return sent, now


def test_the_day_is_the_same_for_the_same_seed_and_lively():
    first, ends = sent_of(3, 300)
    assert first == sent_of(3, 300)[0]
    assert 0.4 <= (ends - END) / 300 <= 4


def test_what_goes_to_the_json_api_is_valid():
    facts = [fact for _, one in sent_of(7)[0] if one.to == "facts" for fact in one.body]
    assert len(facts) > 500
    for fact in facts:
        FACT.validate_python(fact)


@pytest.mark.parametrize("system", ["zendesk", "typeform"])
def test_its_webhooks_are_signed_and_understood_as_the_vendors_would_be(system):
    found = [(now, one) for now, one in sent_of(7)[0] if one.to == system]
    assert len(found) > 50
    told = SYSTEMS[system].settings(**{"trusted_hidden_fields": ["customer_id"]} if system == "typeform" else {})  # as the demo sets it up
    known = {customer.id for customer in customers(7)} | {f"zendesk:{customer.zendesk}" for customer in customers(7)}
    for now, one in found:
        raw, headers = vendors.signed(system, "a secret that signs", one.body, now)
        at, plain = datetime.fromtimestamp(now, UTC), {name.lower(): value for name, value in headers.items()}
        assert SYSTEMS[system].verify(Request(raw, plain), ["a secret that signs"], at, 300) is Verification.GENUINE
        made = SYSTEMS[system].understand(Delivery(SYSTEMS[system].read(raw), plain, system, at), told)
        assert made.facts, made.ignored
        assert made.facts[0].customer.key in known


def test_colleagues_leave_what_is_urgent_to_whoever_watches(lived):
    colleagues = Colleagues(7)
    colleagues.observe(lived.open, END)
    by_task = {task.id: task for task in lived.open}
    early = colleagues.due(END + LEFT_ALONE_S)
    for one in early:
        task = by_task[json.loads(one.record.value)["task"]]
        assert not task.hic
        assert task.priority is not Priority.P1


def test_colleagues_keep_out_of_what_a_person_has_taken_up(lived):
    colleagues = Colleagues(7)
    colleagues.observe(lived.open, END)
    taken = [task.model_copy(update={"status": Status.ACKNOWLEDGED, "changed_by": "admin"}) for task in lived.open]
    colleagues.observe(taken, END + 1)
    assert colleagues.due(END + 1e6) == []


def test_the_same_task_is_planned_once_until_it_comes_back(lived):
    waiting = [task for task in lived.open if task.status in staff.WAITS]
    once, twice = Colleagues(7), Colleagues(7)
    once.observe(waiting, END)
    twice.observe(waiting, END)
    twice.observe(waiting, END + 5)
    assert len(once.due(END + 1e6)) == len(twice.due(END + 1e6))
