"""State records: compact, versioned, migrated on read; a newer one is refused."""

from __future__ import annotations

import pytest
from msgspec import Struct

from streams.decide import state
from streams.decide.state import NEVER, Customer, Evidence, NewerState, Spend, Task, Tickets, decode_customer, encode_customer, timer_in


def test_a_record_comes_back_as_it_was_written():
    customer = Customer("ann", heard_at=5.0, spend=Spend(count=2, recent=[(1, 2.0, 3.0)]), seen={2**62: 3})
    assert decode_customer(encode_customer(customer)) == customer


def test_the_next_timer_is_known_without_decoding():
    task = Task("T-1", "poor survey", "open", 1, 0.0, 100.0, 75.0, 100.0, 0.5, "s", [], 0.0, "makegood")
    assert timer_in(encode_customer(Customer("ann", tasks=[task]))) == 75.0
    assert timer_in(encode_customer(Customer("ann"))) == NEVER


def test_a_snoozed_task_rests_until_its_snooze_ends():
    task = Task("T-1", "poor survey", "snoozed", 1, 0.0, 100.0, 75.0, 100.0, 0.5, "s", [], 0.0, "makegood", snoozed_until=90.0)
    assert timer_in(encode_customer(Customer("ann", tasks=[task]))) == 90.0


def test_a_record_that_lacks_later_fields_gets_their_defaults():
    """What a worker wrote before a field was added at the end of a record."""
    import msgspec

    older = bytes([state.STATE_VERSION]) + bytes(8) + msgspec.msgpack.encode(["ann", 5.0])
    assert decode_customer(older) == Customer("ann", heard_at=5.0)


def test_a_state_written_by_the_previous_version_is_migrated_on_read(monkeypatch):
    """The next release turns the version up and says how a record of this one becomes one of its own."""
    import msgspec

    written = encode_customer(Customer("ann", heard_at=5.0, aliases=["email:ann@example.com"]))
    now = state.STATE_VERSION
    monkeypatch.setattr(state, "STATE_VERSION", now + 2)
    monkeypatch.setitem(state.MIGRATIONS, ("Customer", now), lambda fields: [fields[0], fields[1] + 1, *fields[2:]])
    monkeypatch.setitem(state.MIGRATIONS, ("Customer", now + 1), lambda fields: [fields[0].upper(), *fields[1:]])
    assert decode_customer(written) == Customer("ANN", heard_at=6.0, aliases=["email:ann@example.com"])
    assert msgspec.msgpack.decode(written[9:])[0] == "ann"


def test_a_customer_with_open_tickets_of_version_2_keeps_how_many_they_were():
    """Version 2 kept open tickets as number -> (opened at, reopened, handed on), and evidence without the ticket that it is of."""
    import msgspec

    tickets, task = (
        [1, 3.0, {"88": (3.0, 1, 0)}, [3.0]],
        Task("T-1", "poor survey", "open", 1, 0.0, 100.0, 75.0, 100.0, 0.5, "s", [], 0.0, "m"),
    )
    fields = msgspec.to_builtins(Customer("ann", tasks=[task]))
    fields[7], fields[9][0][10] = tickets, [("f-1", 3.0, "rated 2 of 10", 7, 0.5)]
    read = decode_customer(bytes([2]) + bytes(8) + msgspec.msgpack.encode(fields))
    assert read.tickets == Tickets(count=1, first_at=3.0, opened=[3.0])
    assert read.tasks[0].evidence == [Evidence("f-1", 3.0, "rated 2 of 10", 7, 0.5)]


def test_a_state_written_by_a_newer_version_is_refused():
    with pytest.raises(NewerState, match="upgrade the worker"):
        decode_customer(bytes([state.STATE_VERSION + 1]) + bytes(8))
    with pytest.raises(NewerState):
        state.unpack(bytes([state.STATE_VERSION + 1]), Struct)
