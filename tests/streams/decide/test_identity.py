"""Given facts and links in whatever interleaving, then each fact reaches one customer once, or waits where people can see it."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.customers import Reference, Trust
from schemas.decisions import Decision, Verdict
from schemas.facts import AliasLinked, CustomerProfiled, SurveySent
from schemas.message import instant
from schemas.traffic import AliasBound, AliasSought, FactReleased, FactUnresolved
from streams.decide import aliases, identity, table
from streams.decide.alias_state import AliasRecord, Parked
from streams.decide.context import Effects, Sent
from streams.decide.publish import publish
from streams.decide.state import Customer
from streams.decide.table import ALIAS_RECORDS
from streams.engine.partitioner import partition_of
from tests.streams.decide.recovering import DAY, START, a_context, a_policy, coded, received

PARTITIONS = 3
NAMES = ("email:ann@example.com", "phone:+49151", "zendesk:7", "shop:12", "crm:9")


def sent_survey(object_key: str, aliases: tuple[str, ...], day: float = 0.0, source: str = "test", who: str | None = None) -> SurveySent:
    when = instant(START + day * DAY)
    return SurveySent(id=object_key, source=source, object=object_key, occurred_at=when, customer={"id": who, "aliases": aliases})


def bound(alias: str, customer: str, trust: Trust = Trust.ASSERTED, day: float = 0.0) -> AliasBound:
    return AliasBound(alias=alias, customer=customer, trust=trust, at=instant(START + day * DAY))


class Town:
    """Partitions with alias records, and between every two of them a channel that keeps its order. Who is to be heard next is chosen."""

    def __init__(self, *, learns: bool = False) -> None:
        self.context = a_context(a_policy(identity={"learn_from_facts": learns}))
        self.records: dict[str, AliasRecord] = {}
        self.customers: dict[str, Customer] = {}
        self.channels: dict[tuple[int, int], deque[Sent]] = defaultdict(deque)
        self.delivered: list[tuple[str, str, str]] = []
        """(source, fact, customer), in order."""
        self.waiting: dict[str, FactUnresolved | None] = {}
        self.said: list[Decision] = []
        self.hops = 0

    # -- what comes from outside

    def tell(self, message: SurveySent | AliasBound) -> None:
        """A fact arrives from a producer; a link from the partition of its customer."""
        if isinstance(message, AliasBound):
            self._put(partition_of(message.customer, PARTITIONS), Sent("repartition", message.alias, message))
        else:
            key = message.customer.key
            self._at_alias(key, message, ())

    # -- what goes on between partitions

    def busy(self) -> list[tuple[int, int]]:
        return sorted(way for way, queue in self.channels.items() if queue)

    def hear(self, way: tuple[int, int]) -> None:
        self.hops += 1
        sent = self.channels[way].popleft()
        message: Any = sent.message
        assert partition_of(sent.key, PARTITIONS) == way[1]
        match message:
            case AliasSought():
                self._at_alias(message.seeking, message.fact, message.tried)
            case AliasBound():
                self._decide(message.alias, identity.on_bound, message)
            case FactReleased():
                self._decide(message.alias, identity.on_released, message)
            case _:
                self._at_customer(message)

    def settle(self) -> None:
        while busy := self.busy():
            self.hear(busy[self.hops % len(busy)])

    def _at_alias(self, alias: str, fact: Any, tried: tuple[str, ...]) -> None:
        self._decide(alias, identity.on_alias_fact, fact, tried)

    def _decide(self, alias: str, decide: Any, *message: Any) -> None:
        """The record as it comes from the store, and back; one that says nothing is not kept."""
        record = self.records.pop(alias, AliasRecord(alias))
        self.context.effects = Effects()
        decide(record, *message, self.context)
        if record.customer or record.parked or record.trust:
            self.records[alias] = ALIAS_RECORDS.decode(ALIAS_RECORDS.encode(record))
        self._spread(partition_of(alias, PARTITIONS))

    def _at_customer(self, fact: Any) -> None:
        self.delivered.append((fact.source, fact.id, fact.customer.id))
        customer = self.customers.setdefault(fact.customer.id, Customer(fact.customer.id))
        self.context.effects = Effects()
        publish(customer, list(aliases.learn(customer, fact, self.context) or ()), self.context)
        self._spread(partition_of(customer.id, PARTITIONS))

    def _spread(self, here: int) -> None:
        for sent in self.context.effects.sent:
            match sent.topic:
                case "repartition":
                    self._put(here, sent)
                case "unresolved":
                    self.waiting[sent.key] = sent.message
                case "decisions":
                    self.said.append(received(sent.message))

    def _put(self, here: int, sent: Sent) -> None:
        self.channels[here, partition_of(sent.key, PARTITIONS)].append(sent)

    # -- what can be seen afterwards

    def parked(self) -> Counter[tuple[str, str]]:
        return Counter((p.source, p.fact) for record in self.records.values() for p in record.parked if p.body is not None)

    def owner(self, alias: str) -> str | None:
        return self.records[alias].customer if alias in self.records else None

    def is_shared(self, alias: str) -> bool:
        return alias in self.records and self.records[alias].trust == identity.SHARED

    def verdicts(self) -> list[Verdict]:
        return [decision.verdict for decision in self.said]


def play(town: Town, arrivals: list[Any], schedule: list[int]) -> None:
    """Let arrivals come in their order, and between them whatever the schedule picks; then everything that is still on its way."""
    coming = deque(arrivals)
    for pick in schedule:
        ways = town.busy()
        choice = pick % (len(ways) + bool(coming)) if ways or coming else None
        if choice is None:
            break
        if choice == len(ways):
            town.tell(coming.popleft())
        else:
            town.hear(ways[choice])
    for message in coming:
        town.tell(message)
    town.settle()


ALIASES = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True).map(tuple)
SOURCES = st.sampled_from(["zendesk", "shop"])
LINKS = st.builds(bound, st.sampled_from(NAMES), st.sampled_from(["ann", "bob"]), st.sampled_from(Trust), st.integers(0, 5))
SCHEDULES = st.lists(st.integers(0, 60), max_size=120)


@st.composite
def arrivals(draw: Any) -> list[Any]:
    """Facts, some of two systems that use the same ids, and links, in any order."""
    names = draw(st.lists(st.tuples(SOURCES, st.integers(1, 6)), unique=True, max_size=9))
    facts = [sent_survey(f"f{n}", draw(ALIASES), draw(st.integers(0, 9)), source) for source, n in names]
    return draw(st.permutations(facts + draw(st.lists(LINKS, max_size=4))))


def facts_of(coming: list[Any]) -> dict[tuple[str, str], SurveySent]:
    return {(each.source, each.id): each for each in coming if isinstance(each, SurveySent)}


def check_nothing_is_lost_or_doubled(town: Town, coming: list[Any]) -> None:
    delivered, parked = Counter(entry[:2] for entry in town.delivered), town.parked()
    for name, fact in facts_of(coming).items():
        linked = [alias for alias in fact.customer.aliases if town.owner(alias)]
        was_guessed = any(town.is_shared(alias) for alias in fact.customer.aliases)  # delivered, while one customer alone used it
        assert delivered[name] + parked[name] == 1, (name, linked)
        assert delivered[name] == bool(linked) or (was_guessed and not linked), (name, linked)
    assert set(delivered) | set(parked) <= set(facts_of(coming))


# -- the invariant ------------------------------------------------------------------------------------------------------------------


@given(arrivals(), SCHEDULES, st.booleans())
@settings(max_examples=250, deadline=None)
def test_every_fact_reaches_exactly_one_customer_once_if_any_of_its_aliases_is_linked_else_it_waits_at_one(coming, schedule, learns):
    town = Town(learns=learns)
    play(town, coming, schedule)
    check_nothing_is_lost_or_doubled(town, coming)


@given(arrivals(), SCHEDULES, st.booleans())
@settings(max_examples=150, deadline=None)
def test_that_holds_too_where_more_waits_than_fits_into_one_record(coming, schedule, learns):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "MOST_PARKED", 1)
        patch.setattr(identity, "SHELVES", 2)
        town = Town(learns=learns)
        play(town, coming, schedule)
        check_nothing_is_lost_or_doubled(town, coming)


@given(arrivals(), SCHEDULES, st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_fact_sent_again_with_its_aliases_in_another_order_is_not_lost(coming, schedule, chance, small):
    again = [fact.model_copy(update={"customer": _turned(fact.customer, chance)}) for fact in facts_of(coming).values()]
    coming = chance.sample(coming + again, len(coming) + len(again))
    with pytest.MonkeyPatch.context() as patch:
        if small:
            patch.setattr(identity, "MOST_PARKED", 1)
        town = Town()
        play(town, coming, schedule)
    delivered, parked = {entry[:2] for entry in town.delivered}, town.parked()
    for name, fact in facts_of(coming).items():
        assert (name in delivered) or parked[name], name
        assert (name in delivered) >= any(town.owner(alias) for alias in fact.customer.aliases), name


def _turned(reference: Any, chance: Any) -> Any:
    return reference.model_copy(update={"aliases": tuple(chance.sample(reference.aliases, len(reference.aliases)))})


@given(arrivals(), SCHEDULES, st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_a_fact_that_is_delivered_again_while_it_waits_waits_once(coming, schedule, times):
    facts = [each for each in coming if isinstance(each, SurveySent)]
    links = [each for each in coming if not isinstance(each, SurveySent)]
    town = Town()
    play(town, facts * (times + 1), schedule)
    assert town.parked() == Counter(facts_of(facts).keys())
    play(town, links, [])
    check_nothing_is_lost_or_doubled(town, coming)


@given(st.lists(LINKS, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_whose_an_alias_is_does_not_depend_on_which_claim_arrives_first(links, chance):
    here, there = Town(), Town()
    play(here, links, [])
    play(there, chance.sample(links, len(links)), [])
    assert {alias: here.owner(alias) for alias in NAMES} == {alias: there.owner(alias) for alias in NAMES}


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20, unique=True))
def test_facts_that_waited_at_one_alias_come_out_in_event_order(days):
    town = Town()
    for day in days:
        town.tell(sent_survey(f"f{day}", NAMES[:1], day))
    town.tell(bound(NAMES[0], "ann"))
    town.settle()
    assert town.delivered == [("test", f"f{day}", "ann") for day in sorted(days)]


# -- what people see ----------------------------------------------------------------------------------------------------------------


def test_a_fact_that_waits_is_shown_until_it_is_released():
    town = Town()
    town.tell(sent_survey("f1", NAMES[:2]))
    town.settle()
    shown = town.waiting["f1"]
    assert shown is not None
    assert (shown.waits_at, shown.aliases) == (NAMES[1], NAMES[:2])
    assert coded(town.said[-1].why) == ("nobody_has_linked", {"aliases": f"{NAMES[0]}, {NAMES[1]}"})
    town.tell(bound(NAMES[0], "ann"))
    town.settle()
    assert town.waiting == {"f1": None}
    assert town.verdicts() == [Verdict.FACT_PARKED, Verdict.ALIAS_LINKED, Verdict.FACT_RELEASED]
    assert coded(town.said[-1].why) == ("waited_at", {"alias": NAMES[1], "customer": "ann"})


def test_a_fact_of_a_linked_alias_goes_on_with_all_its_aliases():
    town = Town()
    town.tell(bound(NAMES[0], "ann"))
    town.settle()
    context = town.context
    context.effects = Effects()
    fact = sent_survey("f1", NAMES[:3])
    identity.on_alias_fact(town.records[NAMES[0]], fact, (), context)
    [sent] = context.effects.sent
    assert (sent.topic, sent.key) == ("repartition", "ann")
    assert sent.message.customer == Reference(id="ann", aliases=NAMES[:3], trust=Trust.ASSERTED), "no surer than the link"


def test_a_body_that_waited_is_the_fact_as_it_came():
    town = Town()
    fact = sent_survey("ü \U0001f600 \n", NAMES[:1], 3.123)
    town.tell(fact)
    town.context.effects = Effects()
    identity.on_bound(town.records[NAMES[0]], bound(NAMES[0], "ann"), town.context)
    [forwarded] = [s.message for s in town.context.effects.sent if s.key == "ann" and s.topic == "repartition"]
    assert forwarded == fact.model_copy(update={"customer": forwarded.customer})


def test_the_same_fact_of_a_waiting_alias_is_called_a_duplicate():
    town = Town()
    for _ in range(2):
        town.tell(sent_survey("f1", NAMES[:1]))
    assert town.verdicts() == [Verdict.FACT_PARKED, Verdict.DUPLICATE_IGNORED]


def test_two_systems_may_use_the_same_id():
    town = Town()
    for source in ("zendesk", "shop"):
        town.tell(sent_survey("1", NAMES[:2], source=source))
    town.tell(bound(NAMES[0], "ann"))
    town.settle()
    assert sorted(town.delivered) == [("shop", "1", "ann"), ("zendesk", "1", "ann")]


def test_a_release_of_an_earlier_version_names_no_source_and_is_understood():
    town = Town()
    town.tell(sent_survey("f1", NAMES[:1]))
    [parked] = town.records[NAMES[0]].parked
    parked.source = ""
    released = FactReleased(fact="f1", alias=NAMES[0], customer="ann", at=instant(START))
    town._put(0, Sent("repartition", NAMES[0], released))
    town.settle()
    assert town.delivered == [("test", "f1", "ann")]


# -- whose an alias is --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "owner"),
    [
        (bound(NAMES[0], "ann", Trust.VERIFIED, 1), bound(NAMES[0], "bob", Trust.ASSERTED, 9), "ann"),
        (bound(NAMES[0], "ann", Trust.ASSERTED, 9), bound(NAMES[0], "bob", Trust.VERIFIED, 1), "bob"),
        (bound(NAMES[0], "ann", Trust.ASSERTED, 1), bound(NAMES[0], "bob", Trust.ASSERTED, 9), "bob"),
        (bound(NAMES[0], "ann", Trust.ASSERTED, 9), bound(NAMES[0], "bob", Trust.ASSERTED, 1), "ann"),
        (bound(NAMES[0], "ann", Trust.ASSERTED, 1), bound(NAMES[0], "bob", Trust.GUESSED, 9), "ann"),
        (bound(NAMES[0], "ann", Trust.GUESSED, 9), bound(NAMES[0], "bob", Trust.ASSERTED, 1), "bob"),
    ],
    ids=["a weaker claim", "a stronger claim", "a newer claim", "an older claim that came late", "a guess in passing", "any statement"],
)
def test_the_more_trusted_claim_counts_then_the_newer_one(first, second, owner):
    town = Town()
    town.tell(first)
    town.settle()
    town.tell(second)
    town.settle()
    assert town.owner(NAMES[0]) == owner
    assert town.verdicts()[-1] is (Verdict.ALIAS_LINKED if owner == "bob" else Verdict.ALIAS_KEPT)


@pytest.mark.parametrize("late", [False, True])
def test_a_mailbox_that_several_customers_use_guesses_nothing(late):
    town = Town()
    guesses = [bound(NAMES[0], "ann", Trust.GUESSED, 1), bound(NAMES[0], "bob", Trust.GUESSED, 9)]
    for message in (*reversed(guesses), bound(NAMES[0], "bob", Trust.GUESSED, 12)) if late else (*guesses, guesses[0]):
        town.tell(message)
        town.settle()
    town.tell(sent_survey("f1", NAMES[:1]))
    assert town.delivered == []
    assert (town.said[-1].verdict, town.said[-2].why.code) == (Verdict.FACT_PARKED, "guessed_for_several")


def test_a_mailbox_that_several_customers_use_is_theirs_of_whom_it_is_stated():
    town = Town()
    for message in (bound(NAMES[0], "ann", Trust.GUESSED), bound(NAMES[0], "bob", Trust.GUESSED), sent_survey("f1", NAMES[:1])):
        town.tell(message)
        town.settle()
    town.tell(bound(NAMES[0], "cid", Trust.ASSERTED))
    town.settle()
    assert town.delivered == [("test", "f1", "cid")]
    town.tell(bound(NAMES[0], "ann", Trust.GUESSED, 99))
    town.settle()
    assert town.owner(NAMES[0]) == "cid"


def test_why_an_alias_stays_names_both_customers():
    town = Town()
    for message in (bound(NAMES[0], "ann", Trust.VERIFIED), bound(NAMES[0], "bob"), bound(NAMES[0], "cid", Trust.VERIFIED, -3)):
        town.tell(message)
        town.settle()
    assert [coded(d.why) for d in town.said[1:]] == [
        ("claim_less_trusted", {"alias": NAMES[0], "holder": "ann", "customer": "bob"}),
        ("claim_older", {"alias": NAMES[0], "holder": "ann", "customer": "cid"}),
    ]


def test_a_weaker_claim_by_the_same_customer_changes_nothing_and_says_nothing():
    town = Town()
    for trust in (Trust.VERIFIED, Trust.GUESSED):
        town.tell(bound(NAMES[0], "ann", trust))
        town.settle()
    assert town.verdicts() == [Verdict.ALIAS_LINKED]
    town.tell(bound(NAMES[0], "bob", Trust.ASSERTED, 9))
    town.settle()
    assert town.owner(NAMES[0]) == "ann"


# -- very many facts of an alias that nobody links ----------------------------------------------------------------------------------


def test_a_record_stays_small_however_many_facts_wait_and_all_of_them_find_their_customer():
    town = Town()
    for n in range(4_000):
        town.tell(sent_survey(f"f{n}", ("zendesk:null",), n / 100))
        town.settle()
    assert max(len(ALIAS_RECORDS.encode(record)) for record in town.records.values()) < 64_000
    assert town.hops < 4_000 * 3
    assert {shown.waits_at for shown in town.waiting.values() if shown is not None} == {"zendesk:null"}
    town.tell(bound("zendesk:null", "ann"))
    town.settle()
    assert Counter(town.delivered) == Counter(("test", f"f{n}", "ann") for n in range(4_000))
    assert set(town.records) == {"zendesk:null"}
    assert not any(town.waiting.values())


def test_a_fact_on_a_shelf_that_is_delivered_again_after_room_was_made_waits_once(monkeypatch):
    monkeypatch.setattr(identity, "MOST_PARKED", 3)
    town = Town()
    for n in range(4):
        town.tell(sent_survey(f"f{n}", NAMES[:2] if n < 3 else NAMES[1:2]))
        town.settle()
    town.tell(bound(NAMES[0], "bob"))
    town.settle()
    assert len(town.delivered) == 3
    town.tell(sent_survey("f3", NAMES[1:2]))
    town.settle()
    assert town.parked() == Counter([("test", "f3")])


def test_few_facts_with_long_comments_fill_a_record_too():
    town = Town()
    for n in range(60):
        town.tell(sent_survey(f"f{n}", ("zendesk:null",)).model_copy(update={"survey": "x" * 20_000}))
        town.settle()
    assert max(len(ALIAS_RECORDS.encode(record)) for record in town.records.values()) <= identity.MOST_PARKED_BYTES + 30_000
    assert sum(town.parked().values()) == 60


# -- in the customer's partition ----------------------------------------------------------------------------------------------------


def learned(fact: Any, customer: Customer | None = None, *, learns: bool = True) -> list[tuple[str, Trust]]:
    context = a_context(a_policy(identity={"learn_from_facts": learns}))
    table.on_fact(customer if customer is not None else Customer("ann"), fact, context)
    bindings = [sent for sent in context.effects.sent if sent.topic == "repartition"]
    assert all(sent.key == sent.message.alias for sent in bindings)
    return [(sent.message.alias, sent.message.trust) for sent in bindings]


def test_a_fact_with_an_id_and_aliases_teaches_the_aliases_once():
    customer = Customer("ann")
    assert learned(sent_survey("f1", NAMES[:2], who="ann"), customer) == [(NAMES[0], Trust.GUESSED), (NAMES[1], Trust.GUESSED)]
    assert learned(sent_survey("f2", NAMES[:2], who="ann"), customer) == []
    assert customer.aliases == list(NAMES[:2])


def test_a_fact_that_is_a_guess_teaches_nothing():
    fact = sent_survey("f1", NAMES[:2], who="ann")
    guess = fact.model_copy(update={"customer": fact.customer.model_copy(update={"trust": Trust.GUESSED})})
    assert learned(guess) == []


@pytest.mark.parametrize(("link", "reference"), [(Trust.GUESSED, Trust.GUESSED), (Trust.ASSERTED, Trust.ASSERTED), (Trust.VERIFIED, None)])
@pytest.mark.parametrize("waits", [False, True])
def test_a_fact_goes_on_no_surer_than_the_link_that_it_was_found_by_also_after_it_waited(link, reference, waits):
    told = []
    town = Town()
    town._at_customer = lambda fact: told.append(fact.customer.trust)
    messages = [sent_survey("f1", NAMES[:2]), bound(NAMES[0], "ann", link)]
    for message in messages if waits else reversed(messages):
        town.tell(message)
        town.settle()
    assert told == [reference]


def test_where_the_policy_forbids_it_nothing_is_learned_from_facts():
    assert learned(sent_survey("f1", NAMES[:2], who="ann"), learns=False) == []


def test_the_aliases_of_a_profile_are_verified():
    profile = CustomerProfiled(
        id="p", source="crm", object="p", occurred_at=instant(START), customer={"id": "ann", "aliases": NAMES[:1]}, name="Ann"
    )
    assert learned(profile) == [(NAMES[0], Trust.VERIFIED)]
    assert learned(profile, learns=False) == [(NAMES[0], Trust.VERIFIED)]


def test_a_link_carries_the_trust_that_it_was_given():
    link = AliasLinked(
        id="l", source="crm", object="l", occurred_at=instant(START), customer={"id": "ann"}, alias=NAMES[0], trust=Trust.GUESSED
    )
    customer = Customer("ann")
    assert learned(link, customer) == [(NAMES[0], Trust.GUESSED)]
    assert customer.aliases == [NAMES[0]]


def test_only_so_many_aliases_are_remembered():
    customer = Customer("ann")
    for n in range(aliases.MOST_ALIASES + 9):
        learned(sent_survey(f"f{n}", (f"shop:{n}",), who="ann"), customer)
    assert len(customer.aliases) == aliases.MOST_ALIASES
    assert customer.aliases[-1] == f"shop:{aliases.MOST_ALIASES + 8}"


# -- what another version parked --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("later", [b'{"type":"horoscope.cast","id":"f-2"}', b'{"type":"survey.sent","id":"f-2"}'])
@pytest.mark.parametrize("alone", [False, True])
def test_a_fact_that_this_version_does_not_know_waits_on_and_neither_the_link_nor_the_others_are_lost(later, alone):
    """A later release parked it, and was taken back: each link of that alias became a dead letter, and whoever it was for was never found."""
    context, known = a_context(), sent_survey("f-1", (NAMES[0],))
    rest = [] if alone else [Parked("f-1", START, known.model_dump_json().encode(), source="test")]
    record = AliasRecord(NAMES[0], parked=[Parked("f-2", START - 1, later, source="test"), *rest])
    identity.on_bound(record, bound(NAMES[0], "C1"), context)
    assert (record.customer, [parked.fact for parked in record.parked]) == ("C1", ["f-2"])
    forwarded = [sent.message.id for sent in context.effects.sent if sent.topic == "repartition"]
    assert forwarded == [parked.fact for parked in rest]
    identity.on_released(record, FactReleased(fact="f-2", alias=NAMES[0], customer="C1", at=instant(START), source="test"), context)
    assert [parked.fact for parked in record.parked] == ["f-2"]


def test_it_is_released_by_the_next_link_once_the_version_that_knows_it_is_back():
    context, fact = a_context(), sent_survey("f-2", (NAMES[0],))
    record = AliasRecord(NAMES[0], "C1", Trust.ASSERTED, START, [Parked("f-2", START, fact.model_dump_json().encode(), source="test")])
    identity.on_bound(record, bound(NAMES[0], "C1"), context)
    assert record.parked == []
    assert [(sent.topic, sent.key) for sent in context.effects.sent if sent.topic == "repartition"] == [("repartition", "C1")]
