"""A number as it is dialled at home is its customer's, by whatever way it came in: the worker knows the company's country, nobody before it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from makegood.config import policy_file
from makegood.replay.histories import FORMATS
from makegood.replay.histories.records import Meter
from schemas.inputs import FACT
from schemas.topics import topic_of
from streams.decide.table import ALIAS_RECORDS
from streams.engine.partitioner import partition_of
from streams.offline import Offline
from tests.gateway.sending import Written, client_of, keyed, only, understood
from tests.gateway.test_beliefs import response
from tests.gateway.test_zendesk import user

E164 = "phone:+49301234567"
AT_HOME = ["030 1234567", "(030) 123 45 67", "030/1234567", "030 1234567 ext. 12", "+49 (0)30 1234567 x12", "0049 30 1234567"]
LINK = {
    "type": "alias.linked",
    "id": "l-1",
    "source": "crm",
    "object": "l-1",
    "occurred_at": "2026-06-01T08:00:00Z",
    "customer": {"id": "C-1"},
}
PARTITIONS = 4

Sent = tuple[str, str, bytes]
"""Topic, key and value as they are written to Kafka."""


def written(*facts: Any) -> list[Sent]:
    return [(topic_of(fact.type), fact.customer.key, fact.model_dump_json(exclude_none=True).encode()) for fact in facts]


def answer(number: str) -> dict[str, Any]:
    said = {"type": "survey.answered", "score": {"metric": "nps", "raw": 0}, "occurred_at": "2026-06-02T08:00:00Z"}
    return LINK | said | {"id": "a-1", "object": "a-1", "customer": {"aliases": [f"phone:{number}"]}}


async def by_kafka(_: Path, fact: dict[str, Any]) -> list[Sent]:
    """As any client writes it, under the key that it gave."""
    key = fact["customer"].get("id") or fact["customer"]["aliases"][0]
    return [(topic_of(fact["type"]), key, json.dumps(fact).encode())]


async def by_api(_: Path, fact: dict[str, Any]) -> list[Sent]:
    sink = Written()
    async with client_of(sink) as client:
        assert (await client.post("/v1/facts", headers=keyed(), json=fact)).status_code == 200
    return written(*sink.facts)


async def by_file(directory: Path, fact: dict[str, Any]) -> list[Sent]:
    """As `makegood replay` reads it."""
    lines = directory / "facts.jsonl"
    lines.write_text(json.dumps(fact))
    return [(one.topic, one.key, one.value) for one in FORMATS["jsonl"].read([lines], ZoneInfo("UTC"), Meter([lines]))]


Way = Callable[[Path, dict[str, Any]], Awaitable[list[Sent]]]


class Known:
    """The whole fold of a company in Germany, or in no country that the policy names."""

    def __init__(self, country: str = "DE") -> None:
        policy = policy_file.built_in()
        home = policy.identity.model_copy(update={"country": country})
        self.letters: list[Any] = []
        self.fold = Offline(policy.model_copy(update={"identity": home}), PARTITIONS, self._told)

    def _told(self, output: Any) -> None:
        if output.topic in {"dead-letters", "unresolved"} and output.value is not None:
            self.letters.append(output)

    def tell(self, sent: Iterable[Sent]) -> None:
        for topic, key, value in sent:
            self.fold.feed(topic, partition_of(key, PARTITIONS), key.encode(), value)

    def owner(self, alias: str) -> str | None:
        found = [ALIAS_RECORDS.decode(raw) for _, key, raw in self.fold.state() if key == b"a:" + alias.encode()]
        return found[0].customer if found else None


@pytest.mark.parametrize("number", AT_HOME)
@pytest.mark.parametrize("way", [by_kafka, by_api, by_file])
async def test_a_number_that_is_linked_and_one_that_answers_meet(tmp_path, way: Way, number):
    known = Known()
    known.tell(await way(tmp_path, LINK | {"alias": f"phone:{number}"}))
    assert known.owner(E164) == "C-1"
    known.tell(await way(tmp_path, answer(number)))
    assert known.letters == []


@pytest.mark.parametrize("number", AT_HOME)
def test_a_number_of_a_zendesk_user_is_linked_as_one_of_the_country(number):
    known = Known()
    said = understood("zendesk", user("user.identity_created", {"identity": {"type": "phone_number", "value": number, "verified": True}}))
    known.tell(written(*said.facts))
    assert known.owner(E164) == "C-1"


@pytest.mark.parametrize("number", AT_HOME)
def test_a_number_in_a_link_to_a_form_finds_whose_it_is(number):
    known = Known()
    known.tell(written(FACT.validate_python(LINK | {"alias": E164})))
    known.tell(written(only(understood("typeform", response({"phone": number}), trusted_hidden_fields=["phone"]))))
    assert known.letters == []


def test_where_no_country_is_named_a_number_is_its_digits_by_every_way():
    known = Known(country="")
    known.tell(written(*understood("zendesk", user("user.identity_created", {"identity": {"type": "phone", "value": AT_HOME[3]}})).facts))
    assert known.owner("phone:0301234567") == "C-1"
    assert known.owner(E164) is None


@pytest.mark.parametrize(
    "number",
    [
        *("12", "0000000", "n/a", "110", "1234567890123456"),
        *("1234567", "12345678", "1234567890", "0123456789", "9876543"),
        *("2025-01-01", "01.02.2025", "not before 2025-01-01", "Kundennr. 10023345", "call after 18:00: 0151 1234567"),
    ],
)
def test_what_is_no_number_of_one_person_links_nobody(number):
    said = understood("zendesk", user("user.identity_created", {"identity": {"type": "phone_number", "value": number}}))
    assert not [fact.alias for fact in said.facts if fact.type == "alias.linked" and fact.alias.startswith("phone:")]
