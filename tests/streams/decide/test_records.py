"""State records slice by slice: what another version wrote is read, kept or refused, one release back and one release on."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
import pytest
from msgspec import Struct

from streams.decide import record
from streams.decide.alias_state import AliasRecord, Parked
from streams.decide.aspect import NEVER, Aspect, AspectTable, Timer
from streams.decide.contact_state import Answers, Older, Ticket, Tickets
from streams.decide.context import Effects
from streams.decide.deduplication import ENTRY, SEEN
from streams.decide.record import FORMAT, NewerState, Records, layout_of, tag_of, text_of, timer_in
from streams.decide.signal_state import Complaint, Days, Forecast, Invited, Promise, Subscription, Usage, Wait
from streams.decide.state import (
    Alert,
    Churn,
    Clock,
    Closed,
    Customer,
    Evidence,
    Profile,
    Recovery,
    Segment,
    Shown,
    Signal,
    Spend,
    Thresholds,
)
from streams.decide.table import ALIAS_RECORDS, ASPECTS, CUSTOMERS
from streams.decide.wording import short, why
from streams.engine.contract import StopWorker
from streams.engine.stores import MemoryStore
from streams.own_records import LAYOUTS, THRESHOLDS, Layouts
from streams.partition import Partition
from tests.streams.decide.recovering import RATED, START, a_context, a_customer, a_policy, a_task, answered, on_message

WHY = short(why("phrase_leave", "I cancel", phrase="cancel"))


def a_full_customer() -> Customer:
    """Something in every slice."""
    closed = Closed(a_task(id="T-2", status="resolved"), START, "bob", "c", "a", "o", why=WHY)
    return Customer(
        id="ann",
        heard_at=5.0,
        seen=bytes(ENTRY),
        aliases=["email:ann@example.com"],
        profile=Profile(1, "Ann", 5.0, labels={"sales": "key"}),
        spend=Spend(days=2, recent=[(1, 2.0, 3.0)]),
        answers=Answers(Older(1, 5.0, 5.0, 5.0), [(1.0, 2.0, 3)]),
        tickets=Tickets(1, known={7: Ticket(1.0, merged_into="8")}, opened=[1.0]),
        segment=Segment("A", 1.0, [(0.0, "B")], hic=True, hic_why=WHY),
        silence_at=9.0,
        failed_at=2.0,
        signals={"leave_phrase": Signal(0.5, 1.0, WHY)},
        churn=Churn(0.5, Alert("A-1", 1, "watch", 1.0, ["leave_phrase"]), 1),
        recovery=Recovery([a_task(evidence=[Evidence("f", 1.0, RATED, 7, 0.5)])], [closed]),
        clocks={"T-1": Clock(START + 100.0, START + 75.0)},
        solve_by={"T-1": START + 200.0},
        ask_at={"T-2": START + 300.0},
        shown={"T-1": Shown(1, "P3", START)},
        erased_at=START - 1,
        subscriptions={1: Subscription("gold", START, START, 9.0)},
        promises={2: Promise("o-1", "shop", "f", START, START + 100.0)},
        weigh_at={"T-1": START + 400.0},
        usage=Usage(Days(1, 5, 5, 1)),
        waits={7: Wait("t-1", START, START + 500.0, signalled=True)},
        invited=Invited(1),
        renewal_at=START + 600.0,
        complaint=Complaint(START, START + 700.0, 5.0),
        forecast=Forecast(START + 800.0, 1, 0.5, START),
    )


def a_full_alias() -> AliasRecord:
    return AliasRecord("email:ann@example.com", "ann", 2, 3.0, [Parked("f-1", 1.0, b"{}", source="s")])


class Kind(NamedTuple):
    """One kind of record: its struct, its table of aspects if it has one, and a record with something in every slice."""

    struct: type[Any]
    table: AspectTable | None
    full: Any
    changing: tuple[str, ...]
    """Slices that hold a number."""
    beside: tuple[Aspect, ...] = ()
    """Aspects that stand in no table."""

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        return (*self.beside, *(self.table.aspects if self.table is not None else ()))


KINDS = {
    "customer": Kind(Customer, ASPECTS, a_full_customer, ("heard_at", "silence_at"), (SEEN,)),
    "alias": Kind(AliasRecord, None, a_full_alias, ("linked_at", "trust")),
}
SLICES = [(kind, name) for kind, known in KINDS.items() for name in known.struct.__struct_fields__ if name != "kept"]
OF_ASPECTS = [(aspect.state, aspect) for aspect in KINDS["customer"].aspects if aspect.state is not None]


# -- other versions of ourselves ----------------------------------------------------------------------------------------------------------


def fields_of(struct: type[Any]) -> list[tuple[Any, ...]]:
    """As msgspec.defstruct wants them. Whatever has no default (an id) gets one, so that a later version may put it anywhere."""
    return [_field(field) for field in msgspec.structs.fields(struct)]


def _field(field: Any) -> tuple[Any, ...]:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.name, field.type, msgspec.field(default_factory=field.default_factory)
    return field.name, field.type, "" if field.default is msgspec.NODEFAULT else field.default


def without(kind: Kind, name: str) -> Records:
    """A version from before there was this slice (and its aspect)."""
    struct = msgspec.defstruct(kind.struct.__name__, [f for f in fields_of(kind.struct) if f[0] != name], array_like=True)
    rest = [aspect for aspect in kind.aspects if aspect.state != name]
    return Records(struct, _timeless(rest) if kind.table is not None else None)


def _timeless(aspects: Any) -> AspectTable:
    """Only the slices of these aspects: who reads the others' would miss what this version lacks."""
    return AspectTable([Aspect(a.name, state=a.state, version=a.version, migrate=a.migrate) for a in aspects])


def of_version(kind: Kind, owner: Aspect, version: int, migrate: dict[int, Any] | None = None, shape: Any = None) -> Records:
    """A version in which the slice of this aspect has another version, and perhaps another shape."""
    aspects = [
        Aspect(a.name, state=a.state, version=version if a.name == owner.name else a.version, migrate=migrate or {}) for a in kind.aspects
    ]
    fields = [(f[0], shape | None if shape and f[0] == owner.state else f[1], f[2]) for f in fields_of(kind.struct)]
    return Records(msgspec.defstruct(kind.struct.__name__, fields, array_like=True), AspectTable(aspects))


def knows(reader: Records, writer: Records) -> Records:
    """The reader has seen the store of the writer."""
    reader.learn([text_of(writer.layout)])
    return reader


def own(kind: Kind) -> Records:
    """Of this version, but with nothing learned."""
    return Records(kind.struct, kind.table, kind.beside)


# -- this version -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_record_comes_back_as_it_was_written(kind):
    assert own(kind).decode(own(kind).encode(kind.full())) == kind.full()


def test_a_full_record_has_something_in_every_slice():
    """Or the tests below would say nothing of that slice."""
    for kind in KINDS.values():
        empty, full = kind.struct(""), kind.full()
        bare = [n for n in kind.struct.__struct_fields__ if n != "kept" and getattr(full, n) == getattr(empty, n)]
        assert not bare, f"give {kind.full.__name__} of this file something in {', '.join(bare)}"


def test_the_next_timer_is_read_without_decoding():
    assert timer_in(CUSTOMERS.encode(a_full_customer())) == 9.0
    assert timer_in(CUSTOMERS.encode(Customer("ann"))) == NEVER
    assert timer_in(ALIAS_RECORDS.encode(a_full_alias())) == NEVER


def test_a_layout_is_a_text_and_a_text_is_a_layout():
    assert layout_of(text_of(CUSTOMERS.layout)) == CUSTOMERS.layout
    assert text_of(ALIAS_RECORDS.layout) == "alias 1,customer 1,trust 1,linked_at 1,parked 1,kept 1"


# -- one release back and one on, slice by slice ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), SLICES)
def test_what_was_written_before_there_was_a_slice_is_read_with_that_slice_empty(kind, name):
    kind = KINDS[kind]
    older, now, full = without(kind, name), own(kind), kind.full()
    raw = older.encode(older._kind(**{n: getattr(full, n) for n in older._kind.__struct_fields__}))
    read = knows(now, older).decode(raw) if name != kind.struct.__struct_fields__[0] else None
    if read is not None:
        assert getattr(read, name) == getattr(kind.struct(""), name)
        assert all(getattr(read, n) == getattr(full, n) for n in kind.struct.__struct_fields__ if n not in {name, "kept"})


@pytest.mark.parametrize(("kind", "name"), SLICES)
def test_a_slice_that_an_older_worker_does_not_know_outlives_its_rewrites_and_is_found_again(kind, name):
    """N + 1 writes, N reads and writes (twice, and changes what it knows), N + 1 is back."""
    kind = KINDS[kind]
    newer, older, full = own(kind), knows(without(kind, name), own(kind)), kind.full()
    changed = next(n for n in kind.changing if n != name)
    raw = newer.encode(full)
    for age in (6.0, 7.0):
        between = older.decode(raw)
        setattr(between, changed, type(getattr(full, changed))(age))
        raw = older.encode(between)
        version = dict(newer.layout)[name]
        assert between.kept == {f"{name} {version}": msgspec.msgpack.encode(getattr(full, name))}, "kept word for word"
    back = knows(newer, older).decode(raw)
    setattr(full, changed, type(getattr(full, changed))(7.0))
    assert back == full


def test_the_timers_of_a_slice_that_is_kept_are_asleep():
    kind = KINDS["customer"]
    older = knows(without(kind, "silence_at"), own(kind))
    assert timer_in(older.encode(older.decode(own(kind).encode(a_full_customer())))) == NEVER


@pytest.mark.parametrize(("name", "owner"), OF_ASPECTS, ids=[name for name, _ in OF_ASPECTS])
def test_a_slice_of_an_older_version_is_migrated_step_by_step(name, owner):
    """Two releases on: the aspect owns another shape, and says how each version becomes the next."""
    kind, full = KINDS["customer"], a_full_customer()

    class Later(Struct, array_like=True):
        was: Any
        steps: list[str] = []

    migrate = {owner.version: lambda value: [value, ["first"]], owner.version + 1: lambda value: [value[0], [*value[1], "second"]]}
    later = of_version(kind, owner, owner.version + 2, migrate, Later)
    read = knows(later, own(kind)).decode(own(kind).encode(full))
    assert getattr(read, name).steps == ["first", "second"]
    assert msgspec.msgpack.encode(getattr(read, name).was) == msgspec.msgpack.encode(getattr(full, name))
    for other in (n for n in kind.struct.__struct_fields__ if n != name):
        assert getattr(read, other) == getattr(full, other)


@pytest.mark.parametrize(("name", "owner"), OF_ASPECTS, ids=[name for name, _ in OF_ASPECTS])
def test_a_version_without_a_step_reads_what_was_as_it_was(name, owner):
    kind, full = KINDS["customer"], a_full_customer()
    later = of_version(kind, owner, owner.version + 1)
    assert getattr(knows(later, own(kind)).decode(own(kind).encode(full)), name) == getattr(full, name)


@pytest.mark.parametrize(("name", "owner"), OF_ASPECTS, ids=[name for name, _ in OF_ASPECTS])
def test_a_slice_that_is_not_there_needs_no_step(name, owner):
    kind = KINDS["customer"]
    later = of_version(
        kind, owner, owner.version + 1, {owner.version: lambda value: pytest.fail("there is nothing") if value is None else value}
    )
    raw = own(kind).encode(Customer("ann"))
    assert getattr(knows(later, own(kind)).decode(raw), name) == getattr(Customer("ann"), name)


def test_a_field_more_at_the_end_of_a_slice_needs_its_version_and_a_default_but_no_step():
    class Profile2(Profile, array_like=True):
        nickname: str = "none"

    kind, owner = KINDS["customer"], next(aspect for name, aspect in OF_ASPECTS if name == "profile")
    later = of_version(kind, owner, owner.version + 1, shape=Profile2)
    read = knows(later, own(kind)).decode(own(kind).encode(a_full_customer()))
    assert (read.profile.name, read.profile.labels, read.profile.nickname) == ("Ann", {"sales": "key"}, "none")


def test_a_slice_that_was_kept_is_migrated_when_a_later_version_finds_it():
    """N + 1 wrote it, N kept it, N + 2 finds it in the version of N + 1."""
    kind, full = KINDS["customer"], a_full_customer()
    owner = next(aspect for name, aspect in OF_ASPECTS if name == "signals")
    older = knows(without(kind, "signals"), own(kind))
    raw = older.encode(older.decode(own(kind).encode(full)))
    later = of_version(kind, owner, owner.version + 1, {owner.version: lambda value: {f"{n} now": known for n, known in value.items()}})
    read = knows(later, older).decode(raw)
    assert read.signals == {"leave_phrase now": full.signals["leave_phrase"]}
    assert read.kept == {}


def test_what_is_rewritten_by_this_version_needs_no_layout_of_another_any_more():
    kind = KINDS["customer"]
    older, now = without(kind, "signals"), own(kind)
    raw = older.encode(older._kind(id="ann"))
    assert own(kind).decode(now.encode(knows(now, older).decode(raw))) == Customer("ann")


# -- one step back, where the release before was told of the next -------------------------------------------------------------------------


def ahead_of(kind: Kind, owner: Aspect, steps: dict[int, Any]) -> Records:
    """This version, which can read later versions of the slice of this aspect."""
    aspects = [
        Aspect(a.name, state=a.state, version=a.version, migrate=a.migrate, ahead=steps if a.name == owner.name else a.ahead)
        for a in kind.aspects
    ]
    return Records(kind.struct, AspectTable(aspects))


@pytest.mark.parametrize(("name", "owner"), OF_ASPECTS, ids=[name for name, _ in OF_ASPECTS])
def test_a_later_version_that_this_one_has_steps_from_is_read_and_written_back_in_its_own(name, owner):
    kind, full = KINDS["customer"], a_full_customer()

    class Later(Struct, array_like=True):
        was: Any
        steps: list[str] = []

    newer = of_version(kind, owner, owner.version + 2, shape=Later)
    written = newer._kind(**{n: getattr(full, n) for n in kind.struct.__struct_fields__} | {name: Later(getattr(full, name), ["second"])})
    steps = {owner.version + 2: lambda value: [value[0], ["first"]], owner.version + 1: lambda value: value[0]}
    older = knows(ahead_of(kind, owner, steps), newer)
    assert older.decode(newer.encode(written)) == full
    assert own(kind).decode(older.encode(full)) == full


def test_a_field_more_at_the_end_that_the_next_release_brings_is_read_by_a_step_that_leaves_it_away():
    class Profile2(Profile, array_like=True):
        nickname: str = "none"

    kind, owner = KINDS["customer"], next(aspect for name, aspect in OF_ASPECTS if name == "profile")
    newer = of_version(kind, owner, owner.version + 1, shape=Profile2)
    older = knows(ahead_of(kind, owner, {owner.version + 1: lambda fields: fields[:-1]}), newer)
    assert older.decode(newer.encode(newer._kind(id="ann", profile=Profile2(name="Ann")))).profile == Profile(name="Ann")


def test_later_than_the_steps_reach_is_refused_with_how_far_they_do():
    kind, owner = KINDS["customer"], next(aspect for name, aspect in OF_ASPECTS if name == "profile")
    older = ahead_of(kind, owner, {owner.version + 1: lambda fields: fields})
    sentence = f"'profile' in version {owner.version + 2}, this worker reads up to {owner.version + 1}: upgrade"
    with pytest.raises(NewerState, match=sentence):
        knows(older, of_version(kind, owner, owner.version + 2))


# -- what is refused ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "owner"), OF_ASPECTS, ids=[name for name, _ in OF_ASPECTS])
def test_a_slice_that_is_known_but_newer_is_refused_before_anything_is_read(name, owner):
    newer = of_version(KINDS["customer"], owner, owner.version + 1)
    with pytest.raises(NewerState, match=f"'{name}' in version {owner.version + 1}, this worker reads up to {owner.version}: upgrade"):
        knows(own(KINDS["customer"]), newer)


def test_a_kept_slice_that_is_newer_than_what_finds_it_is_refused():
    kind, owner = KINDS["customer"], next(aspect for name, aspect in OF_ASPECTS if name == "signals")
    newer = of_version(kind, owner, owner.version + 1)
    older = knows(without(kind, "signals"), newer)
    raw = older.encode(older.decode(newer.encode(newer._kind(id="ann"))))
    with pytest.raises(NewerState, match=f"'signals' in version {owner.version + 1}"):
        knows(own(kind), older).decode(raw)


def test_a_record_of_a_layout_that_nobody_wrote_down_is_refused():
    older = without(KINDS["customer"], "signals")
    with pytest.raises(NewerState, match=f"layout .{older.tag:08x}. that this store says nothing about"):
        own(KINDS["customer"]).decode(older.encode(older._kind(id="ann")))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_was_written_before_the_first_release_is_refused_with_what_to_do(number):
    sentence = f"format {number}, from before the first release, which nothing reads any more: start with a new store"
    with pytest.raises(NewerState, match=sentence):
        CUSTOMERS.decode(bytes([number]) + bytes(8) + msgspec.msgpack.encode(["ann", 5.0]))
    with pytest.raises(NewerState, match=sentence):
        THRESHOLDS.unpack(bytes([number]) + msgspec.msgpack.encode(Thresholds()))


def test_a_later_format_is_refused():
    for read in (CUSTOMERS.decode, ALIAS_RECORDS.decode, CUSTOMERS.next_timer, THRESHOLDS.unpack):
        with pytest.raises(NewerState, match=f"format {FORMAT + 1}, this worker reads {FORMAT}: upgrade the worker"):
            read(bytes([FORMAT + 1]) + bytes(20))


def test_tags_of_neighbouring_layouts_differ():
    kind = KINDS["customer"]
    others = [without(kind, name).tag for _, name in SLICES if name in kind.struct.__struct_fields__]
    others += [of_version(kind, owner, owner.version + 1).tag for _, owner in OF_ASPECTS]
    assert len({CUSTOMERS.tag, *others}) == 1 + len(others)
    assert tag_of(CUSTOMERS.layout) == CUSTOMERS.tag


# -- through the fold of a partition ------------------------------------------------------------------------------------------------------

POLICY = a_policy()
OWNER = next(aspect for name, aspect in OF_ASPECTS if name == "churn")


def a_record(customer: str = "c-1", offset: int = 0) -> SimpleNamespace:
    message = answered(2).model_dump(mode="json") | {"customer": {"id": customer}}
    return SimpleNamespace(offset=offset, key=b"", value=json.dumps(message).encode(), headers=[], timestamp=0)


def a_store(customers: list[str], aliases: list[str] | None = None, **records: bytes) -> MemoryStore:
    store = MemoryStore()
    store.stage(
        {LAYOUTS.key: LAYOUTS.pack(Layouts(customers, aliases or [])), **{f"c:{name}".encode(): raw for name, raw in records.items()}}
    )
    return store


def test_the_layouts_of_a_store_are_written_with_its_first_record_and_once():
    store = MemoryStore()
    partition = Partition(0, 1, POLICY, store.get)
    store.stage(partition.decide("feedback", [a_record()]).writes)
    known = LAYOUTS.unpack(store.get(LAYOUTS.key))
    assert (known.customers, known.aliases) == ([text_of(CUSTOMERS.layout)], [text_of(ALIAS_RECORDS.layout)])
    assert LAYOUTS.key not in partition.decide("feedback", [a_record("bob", 1)]).writes
    assert LAYOUTS.key not in Partition(0, 1, POLICY, store.get).decide("feedback", [a_record("cid", 2)]).writes


def test_a_worker_that_follows_another_version_adds_its_layouts_and_keeps_theirs():
    older = without(KINDS["customer"], "signals")
    store = a_store([text_of(older.layout)])
    writes = Partition(0, 1, POLICY, store.get).decide("feedback", [a_record()]).writes
    assert LAYOUTS.unpack(writes[LAYOUTS.key]).customers == [text_of(older.layout), text_of(CUSTOMERS.layout)]


@pytest.mark.parametrize("which", ["customers", "aliases"])
def test_a_store_that_a_newer_worker_wrote_stops_this_one_at_the_start_with_the_name_of_the_slice(which):
    newer = of_version(KINDS["customer"], OWNER, OWNER.version + 1)
    texts = ([text_of(newer.layout)], []) if which == "customers" else ([], [text_of(ALIAS_RECORDS.layout).replace("trust 1", "trust 2")])
    name, known = ("churn", OWNER.version) if which == "customers" else ("trust", 1)
    with pytest.raises(StopWorker, match=f"the state holds '{name}' in version {known + 1}, this worker reads up to {known}: upgrade"):
        Partition(0, 1, POLICY, a_store(*texts).get)


def test_a_store_that_is_handed_over_while_the_worker_runs_is_looked_at_too():
    store = MemoryStore()
    partition = Partition(0, 1, POLICY, store.get)
    newer = of_version(KINDS["customer"], OWNER, OWNER.version + 1)
    store.stage({LAYOUTS.key: LAYOUTS.pack(Layouts([text_of(newer.layout)], []))})
    with pytest.raises(StopWorker, match="upgrade the worker"):
        partition.recover(())


def test_a_store_from_before_the_first_release_stops_the_worker_with_what_to_do():
    store = MemoryStore()
    store.stage({b"~thresholds": bytes([3]) + msgspec.msgpack.encode(Thresholds())})
    with pytest.raises(StopWorker, match="start with a new store"):
        Partition(0, 1, POLICY, store.get)


def test_a_record_of_an_unknown_layout_stops_the_worker_when_its_customer_is_heard_of():
    struct = msgspec.defstruct("Customer", [*fields_of(Customer), ("nobody_knows", int, 0)], array_like=True)
    store = MemoryStore()
    store.stage({b"c:c-1": Records(struct, _timeless(KINDS["customer"].aspects)).encode(struct(id="c-1"))})
    with pytest.raises(StopWorker, match="a layout .* that this store says nothing about"):
        Partition(0, 1, POLICY, store.get).decide("feedback", [a_record()])


def test_an_unknown_slice_outlives_a_fact():
    """A worker of this version decides about a customer of whom a later one knew more."""
    later = Records(
        msgspec.defstruct(
            "Customer", [*fields_of(Customer), ("garden", dict[str, int], msgspec.field(default_factory=dict))], array_like=True
        ),
        _timeless([*KINDS["customer"].aspects, Aspect("garden", state="garden", version=3)]),
    )
    store = a_store([text_of(later.layout)], **{"c-1": later.encode(later._kind(id="c-1", garden={"roses": 3}))})
    store.stage(Partition(0, 1, POLICY, store.get).decide("feedback", [a_record()]).writes)
    back = knows(later, CUSTOMERS).decode(store.get(b"c:c-1"))
    assert (back.garden, back.answers.recent[0][1]) == ({"roses": 3}, 20.0)


def test_a_timer_of_an_unknown_slice_wakes_when_the_version_that_knows_it_is_back():
    class RosesBloom(Timer, frozen=True):
        pass

    garden = Aspect("garden", state="garden", timers=lambda customer: [RosesBloom(77.0)] if customer.garden else [])
    fields = [*fields_of(Customer), ("garden", dict[str, int], msgspec.field(default_factory=dict))]
    later = Records(
        msgspec.defstruct("Customer", fields, array_like=True), AspectTable([*_timeless(KINDS["customer"].aspects).aspects, garden])
    )
    raw = later.encode(later._kind(id="c-1", garden={"roses": 3}))
    now = knows(own(KINDS["customer"]), later)
    asleep = now.encode(now.decode(raw))
    assert (timer_in(raw), timer_in(asleep)) == (77.0, NEVER)
    assert timer_in(later.encode(knows(later, now).decode(asleep))) == 77.0


def without_silence() -> Records:
    """A release that knows no silence; of the timers that it derives we need the renewal's."""
    kind = KINDS["customer"]
    struct = msgspec.defstruct("Customer", [f for f in fields_of(Customer) if f[0] != "silence_at"], array_like=True)
    rest = [a for a in kind.aspects if a.state != "silence_at"]
    table = AspectTable([a if a.state == "renewal_at" else _timeless([a]).aspects[0] for a in rest if a.state])
    return knows(Records(struct, table), CUSTOMERS)


def recovered(older: Records, raw: bytes) -> tuple[Partition, MemoryStore]:
    """A worker of this version, on a store that an older one went on with."""
    store = a_store([text_of(CUSTOMERS.layout), text_of(older.layout)], **{"c-1": raw})
    partition = Partition(0, 1, POLICY, store.get)
    partition.recover(store.items())
    return partition, store


def test_a_timer_that_slept_while_an_older_release_ran_is_due_again_though_nothing_is_heard_of_its_customer():
    """The record as the older one wrote it says that there is none."""
    older = without_silence()
    raw = older.encode(older.decode(CUSTOMERS.encode(Customer("c-1", silence_at=9.0))))
    assert timer_in(raw) == NEVER
    partition, _ = recovered(older, raw)
    assert partition.due(8.0) == []
    (output,) = partition.due(9.0)
    assert (output.topic, json.loads(output.value)["customer"]) == ("timers", "c-1")


def test_the_later_of_two_timers_is_not_forgotten_where_the_earlier_one_slept():
    """The record is written again without the earlier one, and has the very timer in its head that the older release saw alone."""
    older = without_silence()
    before = older.encode(older.decode(CUSTOMERS.encode(Customer("c-1", silence_at=9.0, renewal_at=20.0))))
    partition, store = recovered(older, before)
    after = CUSTOMERS.encode(Customer("c-1", renewal_at=20.0))
    assert timer_in(before) == timer_in(after) == 20.0
    partition._write(b"c:c-1", before, after)
    store.stage({b"c:c-1": after})
    assert [len(partition.due(at)) for at in (9.0, 20.0)] == [0, 1]


def test_a_kept_slice_takes_no_part_in_what_is_decided():
    context = a_context()
    bare, keeping = Customer("c-1"), Customer("c-1", kept={"garden 3": b"\x80"})
    message = answered(2)
    for customer in (bare, keeping):
        context.effects = Effects()
        on_message(message)(customer, message, context)
    assert msgspec.structs.replace(keeping, kept={}) == bare


def test_the_format_is_that_of_the_first_release():
    """Raise it with what lies around what is held; never for a slice, nor for a record of the partition itself."""
    assert record.FORMAT == 5


def test_a_sign_and_a_reason_that_a_later_version_knows_are_taken_as_they_are():
    """They are data: unlike a status, a level or a tier, nothing is looked up by them."""
    strange = Signal(0.9, START, why("moon_phase", phase="full"), lasts=True)
    store = a_store([text_of(CUSTOMERS.layout)], **{"c-1": CUSTOMERS.encode(a_customer(signals={"astrology": strange}))})
    decided = Partition(0, 1, POLICY, store.get).decide("feedback", [a_record()])
    assert not [output for output in decided.outputs if output.topic == "dead-letters"]
    (alert,) = [json.loads(output.value) for output in decided.outputs if output.topic == "alerts"]
    assert {"astrology", "moon_phase"} <= {alert["signals"][0]["name"], alert["signals"][0]["why"]["code"]}
