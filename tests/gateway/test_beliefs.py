"""Promises about what is believed: what a visitor typed moves nobody's alias, and names nobody before it was switched on."""

from __future__ import annotations

import json

import pytest

from makegood.config import policy_file
from schemas.facts import AnyFact
from schemas.inputs import FACT
from schemas.topics import topic_of
from streams.decide.deduplication import ENTRY
from streams.decide.table import ALIAS_RECORDS, CUSTOMERS
from streams.engine.partitioner import partition_of
from streams.offline import Offline
from tests.conftest import shared
from tests.gateway.sending import only, understood

ANN = "email:ann@example.com"
TRUSTED = {"trusted_hidden_fields": ["customer_id", "email", "phone"]}


class World:
    """The whole fold in one process, fed with facts as the gateway writes them."""

    def __init__(self) -> None:
        self.sent: list = []
        self.fold = Offline(policy_file.load(None), 4, self.sent.append)

    def tell(self, *facts: AnyFact) -> None:
        for fact in facts:
            self.fold.feed(topic_of(fact.type), partition_of(fact.customer.key, 4), b"", fact.model_dump_json(exclude_none=True).encode())

    def owner(self, alias: str) -> str | None:
        found = [ALIAS_RECORDS.decode(raw) for _, key, raw in self.fold.state() if key == b"a:" + alias.encode()]
        return found[0].customer if found else None

    def heard(self, customer: str) -> int:
        """How many things the fold knows of a customer."""
        return sum(len(CUSTOMERS.decode(raw).seen) // ENTRY for _, key, raw in self.fold.state() if key == b"c:" + customer.encode())

    def waits(self) -> list[str]:
        return [output.key.decode() for output in self.sent if output.topic == "unresolved" and output.value is not None]

    def dead(self) -> int:
        return sum(output.topic == "dead-letters" for output in self.sent)


@pytest.fixture
def world():
    world = World()
    yield world
    assert not world.dead()


def linked(customer: str, alias: str = ANN, at: str = "2026-06-01T08:00:00Z", **more) -> AnyFact:
    """A statement of the company's own system."""
    common = {"type": "alias.linked", "id": f"l-{customer}-{at}", "source": "crm", "object": f"{customer}-{alias}", "occurred_at": at}
    return FACT.validate_python(common | {"customer": {"id": customer}, "alias": alias} | more)


def response(hidden: dict, *answers: dict, token: str = "t1", at: str = "2026-06-03T10:00:00Z") -> dict:
    nps = {"type": "number", "number": 0, "field": {"id": "q1", "type": "nps", "ref": "q1"}}
    form = {"form_id": "f1", "token": token, "submitted_at": at, "hidden": hidden, "answers": [nps, *answers]}
    return {"event_id": f"e-{token}", "event_type": "form_response", "form_response": form}


def typed(kind: str, value: str) -> dict:
    return {"type": kind, kind: value, "field": {"id": f"q-{kind}", "type": kind, "ref": f"q-{kind}"}}


# -- what a link says ---------------------------------------------------------------------------------------------------------------

LINKS = [{"customer_id": "C-1"}, {"user_id": "C-1"}, {"email": "ann@example.com"}, {"phone": "+49 151 1234567"}, {"crm": "77"}]


@pytest.mark.parametrize("hidden", LINKS, ids=lambda hidden: next(iter(hidden)))
def test_what_a_link_says_names_nobody_before_it_is_switched_on_and_the_answer_says_which_setting_does(hidden, world):
    [field] = hidden
    own = {"hidden": {"crm": "crm"}} if field == "crm" else {}
    said = understood("typeform", response(hidden), **own)
    fact = only(said)
    assert (fact.customer.id, fact.customer.aliases) == (None, ("typeform:t1",)), "it is kept, and nobody's until somebody says whose"
    [ignored] = said.ignored
    assert ignored.what == f"$.form_response.hidden.{field}"
    assert f'trusted_hidden_fields = ["{field}"]' in ignored.why
    world.tell(linked("C-1"), linked("C-1", "phone:+491511234567"), linked("C-1", "crm:77"))
    before = world.heard("C-1")
    world.tell(fact)
    assert world.waits() == [fact.id]
    assert world.heard("C-1") == before


@pytest.mark.parametrize("hidden", LINKS[:4], ids=lambda hidden: next(iter(hidden)))
def test_what_is_switched_on_for_a_source_is_believed(hidden, world):
    [field] = hidden
    said = understood("typeform", response(hidden), trusted_hidden_fields=[field])
    assert said.ignored == ()
    world.tell(linked("C-1"), linked("C-1", "phone:+491511234567"), only(said))
    assert (world.waits(), world.heard("C-1")) == ([], 3)


def test_only_the_fields_that_are_named_are_switched_on():
    said = understood("typeform", response({"customer_id": "C-1", "email": "eve@example.com"}), trusted_hidden_fields=["customer_id"])
    assert (only(said).customer.id, only(said).customer.aliases) == ("C-1", ())
    assert [one.what for one in said.ignored] == ["$.form_response.hidden.email"]


def test_a_field_that_means_nothing_cannot_be_switched_on():
    with pytest.raises(ValueError, match="trusted_hidden_fields names crm"):
        understood("typeform", response({}), trusted_hidden_fields=["crm"])


def test_an_address_that_lost_its_plus_is_kept_unmatched_with_the_reason():
    body = json.loads(shared("cases", "typeform-plus-became-space.json").read_bytes())
    for settings in ({}, TRUSTED):
        said = understood("typeform", body, **settings)
        assert (only(said).comment, only(said).customer.aliases) == ("Call me or I leave", ("typeform:tok1",))
        assert [one.what for one in said.ignored] == ["$.form_response.hidden.email"]


# -- nothing typed moves an alias ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trust", [1, 2])
def test_a_link_that_is_believed_moves_no_alias_to_another_customer(world, trust):
    world.tell(linked("C-1", trust=trust))
    world.tell(only(understood("typeform", response({"customer_id": "EVE", "email": "ann@example.com"}), **TRUSTED)))
    assert world.owner(ANN) == "C-1"


def test_an_alias_that_nobody_has_linked_stays_free_for_an_honest_statement_and_what_waits_there_waits_on(world):
    mail = {"type": "ticket.opened", "id": "m1", "source": "mail", "object": "m1", "occurred_at": "2026-06-02T10:00:00Z"}
    world.tell(FACT.validate_python(mail | {"customer": {"aliases": [ANN]}, "comment": "nobody called me back"}))
    world.tell(only(understood("typeform", response({"customer_id": "EVE", "email": "ann@example.com"}), **TRUSTED)))
    assert world.owner(ANN) is None
    assert world.heard("EVE") == 1, "what waits for Ann was not handed to EVE"
    world.tell(linked("C-1", at="2026-06-04T10:00:00Z"))
    assert (world.owner(ANN), world.heard("C-1")) == ("C-1", 2)


@pytest.mark.parametrize("hidden", [{"email": "eve@example.com", "phone": "+49 151 1234567"}, {"customer_id": "EVE"}])
def test_what_stands_beside_an_alias_in_a_response_is_not_learned_from_it(world, hidden):
    world.tell(linked("EVE", "email:eve@example.com"))
    answers = [typed("email", "ann@example.com"), typed("phone_number", "+49 170 7654321")]
    world.tell(only(understood("typeform", response(hidden, *answers), **TRUSTED)))
    for alias in ("phone:+491511234567", ANN, "phone:+491707654321"):
        assert world.owner(alias) is None


def test_an_address_typed_into_a_form_of_zendesk_teaches_nothing(world):
    ticket = {"id": "9", "updated_at": "2026-06-03T10:00:00Z", "requester_id": "666", "requester_email": "ann@example.com", "comment": "x"}
    for more in ({}, {"requester_external_id": "EVE"}):
        world.tell(linked("C-1", at="2026-06-01T08:00:00Z"))
        world.tell(only(understood("zendesk", {"zendesk_trigger": 1, "event": "opened", "ticket": ticket | more})))
    assert (world.owner(ANN), world.owner("zendesk:666")) == ("C-1", None)


def test_an_identity_that_a_user_of_zendesk_added_and_nobody_verified_is_a_guess(world):
    world.tell(linked("C-1"))
    detail = {"id": "666", "external_id": "EVE", "email": "eve@example.com", "role": "end-user"}
    event = {"id": "e", "type": "zen:event-type:user.identity_created", "time": "2026-06-03T10:00:00Z", "detail": detail}
    claim = {"identity": {"type": "email", "value": "ann@example.com", "verified": False}}
    world.tell(*understood("zendesk", event | {"event": claim}).facts)
    assert world.owner(ANN) == "C-1"
    world.tell(
        *understood(
            "zendesk", event | {"id": "e2", "time": "2026-06-04T10:00:00Z", "event": {"identity": claim["identity"] | {"verified": True}}}
        ).facts
    )
    assert world.owner(ANN) == "EVE", "one that Zendesk verified is"


# -- trust does not rise by itself --------------------------------------------------------------------------------------------------


def order(who: dict, number: int = 1, at: str = "2026-06-03T10:00:00Z", kind: str = "purchase.made", **more) -> AnyFact:
    common = {"type": kind, "id": f"o{number}", "source": "shop", "object": f"o{number}", "occurred_at": at, "customer": who}
    return FACT.validate_python(common | ({"amount": 12} if kind == "purchase.made" else {}) | more)


def test_a_statement_beats_what_was_learned_in_passing_whenever_it_comes(world):
    world.tell(linked("C-1"), order({"id": "C-2", "aliases": [ANN]}))
    assert world.owner(ANN) == "C-1"
    world.tell(order({"id": "C-2", "aliases": ["phone:+49151"]}, 2), linked("C-1", "phone:+49151", at="2026-05-01T08:00:00Z"))
    assert world.owner("phone:+49151") == "C-1"


def test_what_was_learned_in_passing_of_two_customers_is_nobodys(world):
    world.tell(order({"id": "C-1", "aliases": [ANN]}), order({"id": "C-2", "aliases": [ANN]}, 2, at="2026-06-05T10:00:00Z"))
    assert world.owner(ANN) is None


def test_the_shared_mailbox_stays_with_whom_it_was_stated_for(world):
    for line in shared("cases", "shared-mailbox.jsonl").read_text().splitlines():
        world.tell(FACT.validate_json(line))
    assert world.owner("email:info@agency.example") == "C1"


@pytest.mark.parametrize("kind", ["purchase.made", "customer.profiled"])
def test_an_alias_that_is_only_a_guess_vouches_for_no_other(world, kind):
    world.tell(linked("EVE", "shop:1", trust=0))
    world.tell(order({"aliases": ["shop:1", ANN]}, kind=kind))
    assert world.heard("EVE") == 2
    assert world.owner(ANN) is None
    world.tell(linked("C-1"), order({"aliases": ["shop:1", ANN]}, 2, at="2026-06-05T10:00:00Z", kind=kind))
    assert world.owner(ANN) == "C-1"


def test_a_producer_may_say_that_it_only_guesses(world):
    world.tell(
        order({"id": "C-2", "aliases": [ANN], "trust": 0}), order({"id": "C-2", "aliases": [ANN], "trust": 0}, 2, kind="customer.profiled")
    )
    assert world.owner(ANN) is None


def test_a_guess_takes_nothing_that_was_stated(world):
    for number, trust in enumerate((1, 2)):
        alias = f"shop:{number}"
        world.tell(linked("C-1", alias, trust=trust), linked("C-2", alias, at="2026-06-09T08:00:00Z", trust=0))
        assert world.owner(alias) == "C-1"
