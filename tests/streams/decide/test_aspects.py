"""The table of aspects: what is misplaced is refused when it is built; events are heard to the right, once, in order; timers fall due once."""

from __future__ import annotations

from itertools import permutations, product

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from makegood.config import policy_file
from schemas.policy import Policy
from streams.decide.aspect import NEVER, Aspect, AspectTable, Event, MisplacedAspect, Timer
from streams.decide.record import Records, timer_in
from streams.decide.sla import ResponseWarns
from streams.decide.state import Alert, Churn, Customer, Segment
from streams.decide.table import ASPECTS, CUSTOMERS
from streams.offline import Offline
from tests.aspects_page import sent_as
from tests.streams.golden.cases import of_bench
from tests.streams.history import History


class Knock(Struct, frozen=True):
    """A message."""


class Rang(Event, frozen=True, kw_only=True):
    number: int = 0


class Opened(Event, frozen=True, kw_only=True):
    number: int = 0


class WakesUp(Timer, frozen=True):
    pass


class House(Struct, array_like=True):
    heard: list[str] = []
    wakes_at: dict[str, float] = {}


def listener(name: str, *kinds: type, state: str | None = None) -> Aspect:
    """Writes down what it hears."""

    def on(house, message, context):
        house.heard.append(f"{name}: {type(message).__name__}{getattr(message, 'number', '')}")

    return Aspect(name, dict.fromkeys(kinds, on), state=state)


def teller(name: str, kind: type, *news: Event, tells: tuple[type, ...] | None = None) -> Aspect:
    """Tells this, whenever it hears that."""
    listed = tuple({type(one) for one in news}) if tells is None else tells
    return Aspect(name, {kind: lambda house, message, context: iter(news)}, tells=listed)


def told(*aspects: Aspect) -> list[str]:
    """What was written down after one knock."""
    house = House()
    AspectTable(aspects).decide(house, Knock(), None)
    return house.heard


RANG = Rang(at=1.0)


# -- what is refused ----------------------------------------------------------------------------------------------------------------------


def test_an_aspect_that_tells_to_its_left_is_refused_with_both_names():
    with pytest.raises(MisplacedAspect, match="bell tells Rang to ear, which is not to its right"):
        AspectTable([listener("ear", Rang), teller("bell", Knock, RANG)])


def test_an_aspect_that_tells_to_itself_is_refused():
    echo = Aspect("echo", {Rang: lambda *_: iter([RANG])}, tells=(Rang,))
    with pytest.raises(MisplacedAspect, match="echo tells Rang to echo"):
        AspectTable([echo])


def test_one_hearer_to_the_left_is_enough_though_others_stand_to_the_right():
    with pytest.raises(MisplacedAspect):
        AspectTable([listener("ear", Rang), teller("bell", Knock, RANG), listener("other", Rang)])


def test_an_event_that_is_not_listed_is_refused_when_it_is_told():
    table = AspectTable([teller("bell", Knock, RANG, tells=(Opened,)), listener("ear", Rang)])
    with pytest.raises(MisplacedAspect, match="bell does not list Rang"):
        table.decide(House(), Knock(), None)


def test_a_slice_has_one_owner():
    with pytest.raises(MisplacedAspect, match="more than one aspect writes heard"):
        AspectTable([listener("one", Knock, state="heard"), listener("other", state="heard")])


def test_a_slice_that_the_record_lacks_is_refused():
    with pytest.raises(ValueError, match="no such slice: garden"):
        Records(House, AspectTable([listener("one", Knock, state="garden")]))


# -- one pass, from left to right ---------------------------------------------------------------------------------------------------------


def test_a_message_is_heard_by_those_who_list_it_in_the_order_of_the_table():
    assert told(listener("one", Knock), listener("deaf", Rang), listener("two", Knock)) == ["one: Knock", "two: Knock"]


def test_an_event_is_heard_to_the_right_in_the_same_pass_and_once():
    aspects = (teller("bell", Knock, RANG), listener("one", Rang), listener("two", Rang))
    assert told(*aspects) == ["one: Rang0", "two: Rang0"]


def test_whoever_hears_both_hears_the_message_before_what_follows_from_it():
    assert told(teller("bell", Knock, RANG), listener("ear", Knock, Rang)) == ["ear: Knock", "ear: Rang0"]


def test_events_are_heard_in_the_order_in_which_they_were_told():
    first, second, third = Rang(at=1.0, number=1), Opened(at=1.0, number=2), Rang(at=1.0, number=3)
    bell, gate = teller("bell", Knock, first), teller("gate", Knock, second, third)
    assert told(bell, gate, listener("ear", Rang, Opened)) == ["ear: Rang1", "ear: Opened2", "ear: Rang3"]


def test_what_follows_from_an_event_is_heard_further_to_the_right():
    aspects = (teller("bell", Knock, RANG), teller("door", Rang, Opened(at=1.0)), listener("ear", Rang, Opened, Knock))
    assert told(*aspects) == ["ear: Knock", "ear: Rang0", "ear: Opened0"]


def test_an_aspect_changes_its_slice_before_those_to_its_right_look():
    def counts(house, message, context):
        house.heard.append(str(len(house.heard)))

    assert told(Aspect("one", {Knock: counts}), Aspect("two", {Knock: counts})) == ["0", "1"]


def test_what_nobody_hears_is_told_all_the_same():
    assert AspectTable([teller("bell", Knock, RANG)]).decide(House(), Knock(), None) == [RANG]


def test_a_message_that_nobody_lists_leads_to_nothing():
    assert AspectTable([listener("ear", Rang)]).decide(House(), Knock(), None) == []


def test_the_table_says_who_hears_what():
    table = AspectTable([teller("bell", Knock, RANG), listener("one", Rang), listener("two", Knock, Rang)])
    assert (table.hears(Knock), table.hears(Rang), table.hears(Opened)) == (("bell", "two"), ("one", "two"), ())


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=8))
@settings(max_examples=60)
def test_whatever_the_table_each_event_is_heard_by_everybody_to_its_right_once_and_none_goes_back(plan):
    """Aspects that tell so many events on a knock, or that listen: never a loop, never one too late."""
    aspects = [
        listener(f"{place}", Rang)
        if listens
        else teller(f"{place}", Knock, *(Rang(at=1.0, number=10 * place + n) for n in range(count)), tells=(Rang,))
        for place, (listens, count) in enumerate(plan)
    ]
    ears = [place for place, (listens, _) in enumerate(plan) if listens]
    bells = [place for place, (listens, count) in enumerate(plan) if not listens]
    if any(ear < bell for ear in ears for bell in bells):
        with pytest.raises(MisplacedAspect):
            AspectTable(aspects)
        return
    numbers = [10 * place + n for place in bells for n in range(plan[place][1])]
    assert told(*aspects) == [f"{ear}: Rang{number}" for ear in ears for number in numbers]


# -- timers -------------------------------------------------------------------------------------------------------------------------------


def sleeper(*, again_after: float = NEVER) -> Aspect:
    """Owns `wakes_at`: each name wakes at its time, then either not any more or after so many seconds again."""

    def timers(house):
        return [WakesUp(at, name) for name, at in house.wakes_at.items() if at != NEVER]

    def wakes(house, timer, context):
        house.heard.append(f"{timer.about} at {timer.at:g}")
        house.wakes_at[timer.about] = timer.at + again_after

    return Aspect("sleeper", {WakesUp: wakes}, state="wakes_at", timers=timers)


def passed(table: AspectTable, house: House, by: float) -> list[str]:
    house.heard.clear()
    for timer in table.due(house, by):
        table.decide(house, timer, None)
    return house.heard


def test_what_is_due_falls_due_the_earliest_first_and_what_is_not_does_not():
    house = House(wakes_at={"ann": 30.0, "bob": 10.0, "cid": 50.0})
    table = AspectTable([sleeper()])
    assert passed(table, house, 40.0) == ["bob at 10", "ann at 30"]
    assert passed(table, house, 40.0) == []
    assert passed(table, house, 50.0) == ["cid at 50"]


def test_a_timer_is_due_once_an_input_though_it_set_itself_anew():
    house = House(wakes_at={"ann": 10.0})
    table = AspectTable([sleeper(again_after=1.0)])
    assert passed(table, house, 40.0) == ["ann at 10"]
    assert passed(table, house, 40.0) == ["ann at 11"]


def test_what_one_timer_changes_counts_for_the_next():
    def wakes(house, timer, context):
        house.heard.append(timer.about)
        house.wakes_at = {} if timer.about == "ann" else house.wakes_at

    def timers(house):
        return [WakesUp(at, name) for name, at in house.wakes_at.items()]

    table = AspectTable([Aspect("sleeper", {WakesUp: wakes}, state="wakes_at", timers=timers)])
    assert passed(table, House(wakes_at={"bob": 2.0, "ann": 1.0}), 9.0) == ["ann"]


def test_the_next_timer_is_the_earliest_of_all_aspects_and_is_read_without_decoding():
    other = Aspect("other", timers=lambda house: [WakesUp(20.0)], timers_of="heard")
    table = AspectTable([sleeper(), other])
    house = House(heard=["a knock"], wakes_at={"ann": 30.0})
    assert table.next_timer_in(House)(house) == 20.0
    assert timer_in(Records(House, table).encode(house)) == 20.0
    assert sorted(timer.at for timer in table.pending(house)) == [20.0, 30.0]
    assert timer_in(Records(House, AspectTable([sleeper()])).encode(House())) == NEVER


def test_timers_that_are_derived_from_no_slice_are_refused():
    with pytest.raises(MisplacedAspect, match="other has timers, and no slice"):
        AspectTable([Aspect("other", timers=lambda house: [])])


def test_while_the_slice_is_empty_that_an_aspect_derives_its_timers_from_it_has_none():
    """The table does not ask then: here each is asked, with the states that a stream leads to."""
    fold, asked = Offline(Policy(version="test"), 1, lambda output: None), set()
    for _, topic, key, value in of_bench(300, 3000):
        fold.feed(topic, 0, key.encode(), value)
    customers = [CUSTOMERS.decode(raw) for _, key, raw in fold.state() if key.startswith(b"c:")]
    for aspect, customer in product(ASPECTS.aspects, customers):
        if aspect.timers is not None and not getattr(customer, str(aspect.timers_of or aspect.state)):
            assert not list(aspect.timers(customer)), aspect.name
            asked.add(aspect.name)
    assert {"failed_recovery", "sla", "long_wait", "churn"} <= asked


def test_the_next_timer_of_a_record_is_the_earliest_of_all_its_timers():
    """The table works it out in another way than it makes them: here for the states that a stream leads to, and for one of every time."""
    fold, next_timer = Offline(Policy(version="test"), 1, lambda output: None), ASPECTS.next_timer_in(Customer)
    for _, topic, key, value in of_bench(300, 3000):
        fold.feed(topic, 0, key.encode(), value)
    customers = [CUSTOMERS.decode(raw) for _, key, raw in fold.state() if key.startswith(b"c:")]
    falls = [Segment(review_at=review, falls_at=tier, top_falls_at=top) for review, tier, top in permutations((1.0, 2.0, None))]
    customers += [Customer("ann", segment=segment) for segment in (*falls, Segment())]
    customers += [Customer("ann", silence_at=3.0), Customer("ann", renewal_at=4.0), Customer("ann", churn=Churn(0.5))]
    customers += [Customer("ann", churn=Churn(0.5, Alert("A-1", 1, "watch", 1.0, review_at=at))) for at in (5.0, NEVER)]
    for customer in customers:
        assert next_timer(customer) == min((timer.at for timer in ASPECTS.pending(customer)), default=NEVER)
    assert {1.0, 3.0, 4.0, 5.0, NEVER} <= {next_timer(customer) for customer in customers}


# -- what makes a new decision small --------------------------------------------------------------------------------------------------------


class WithDog(Struct, array_like=True):
    """The record with one slice more."""

    heard: list[str] = []
    wakes_at: dict[str, float] = {}
    barks: int = 0
    kept: dict[str, bytes] = {}


class Barked(Event, frozen=True, kw_only=True):
    pass


class DogRests(Timer, frozen=True):
    pass


def test_an_aspect_with_a_slice_a_timer_and_an_event_is_one_row_and_works():
    def bark(house, message, context):
        house.barks += 1
        yield Barked(at=5.0)

    def rest(house, timer, context):
        house.barks = 0

    dog = Aspect(
        "dog",
        {Rang: bark, DogRests: rest},
        tells=(Barked,),
        state="barks",
        timers=lambda house: [DogRests(60.0 * house.barks)] if house.barks else [],
    )
    table = AspectTable([teller("bell", Knock, RANG), sleeper(), dog, listener("neighbour", Barked, state="heard")])
    records, house = Records(WithDog, table), WithDog()
    assert table.decide(house, Knock(), None) == [RANG, Barked(at=5.0)]
    raw = records.encode(house)
    assert (house.barks, house.heard, timer_in(raw)) == (1, ["neighbour: Barked"], 60.0)
    house = records.decode(raw)
    assert [type(timer) for timer in table.due(house, 60.0) if table.decide(house, timer, None) == []] == [DogRests]
    assert timer_in(records.encode(house)) == NEVER


# -- the real table -----------------------------------------------------------------------------------------------------------------------


def test_what_is_thought_of_a_customer_stands_before_what_is_done_and_publish_stands_last():
    names = [aspect.name for aspect in ASPECTS.aspects]
    assert len(set(names)) == len(names)
    assert names.index("segment") < names.index("churn") < names.index("recovery") < names.index("sla")
    assert names[-1] == "publish"


def test_no_aspect_writes_a_slice_of_another(monkeypatch):
    """Each reaction is watched, with all that a stream and its deadlines lead to."""
    strays: set[tuple[str, str]] = set()
    told = {
        kind: tuple((place, n, watched(place, react, strays), e) for place, n, react, e in rows) for kind, rows in ASPECTS._rows.items()
    }
    monkeypatch.setattr(ASPECTS, "_rows", told)
    fold = Offline(policy_file.built_in(), 1, lambda output: None)
    for at, topic, key, value in of_bench(60, 900):
        fold.advance(at)
        fold.feed(topic, 0, key.encode(), value)
    fold.advance(at + 60 * 86_400)
    assert not strays
    customers = [CUSTOMERS.decode(raw) for _, key, raw in fold.state() if key.startswith(b"c:")]
    owned = {aspect.state for aspect in ASPECTS.aspects if aspect.state}
    assert len({name for customer in customers for name in owned if getattr(customer, name)}) > len(owned) / 2


def watched(place: int, react, strays: set[tuple[str, str]]):
    """The same reaction; what it changes beside its own slice is noted with the name of its aspect."""
    aspect = ASPECTS.aspects[place]

    def reacts(customer, message, context):
        before = slices_of(customer)
        told = list(react(customer, message, context) or ())
        strays.update((aspect.name, name) for name, held in slices_of(customer).items() if held != before[name] and name != aspect.state)
        return told

    return reacts


def slices_of(customer: Customer) -> dict[str, bytes]:
    return {name: msgspec.msgpack.encode(getattr(customer, name)) for name in customer.__struct_fields__}


def test_every_event_that_is_heard_is_told_by_somebody():
    tells = {kind for aspect in ASPECTS.aspects for kind in aspect.tells}
    hears = {kind for aspect in ASPECTS.aspects for kind in aspect.on if issubclass(kind, Event)}
    assert hears <= tells


def test_every_event_that_is_told_is_heard_or_goes_out():
    silent = [kind.__name__ for aspect in ASPECTS.aspects for kind in aspect.tells if not (ASPECTS.hears(kind) or sent_as(kind))]
    assert not silent, (
        f"{', '.join(silent)}: no aspect hears it, and nothing goes out. Where people are to see it, derive it from TaskEvent, or, where it is"
        " about no task, give it a row in _SENDS of streams/decide/publish.py"
    )


def test_every_timer_that_is_heard_is_set_by_the_aspect_that_hears_it():
    for aspect in ASPECTS.aspects:
        if any(issubclass(kind, Timer) for kind in aspect.on):
            assert aspect.timers is not None, aspect.name


def test_a_timer_that_stays_due_is_found_by_the_test_that_lets_it_fall_due(monkeypatch):
    """It would hide every later timer of its customer."""
    history = History()
    history.fact("subscription.cancelled", 1)
    monkeypatch.delitem(ASPECTS._rows, ResponseWarns)
    with pytest.raises(AssertionError, match="still due after it fell due: ResponseWarns T-"):
        history.pass_time(4.5)
