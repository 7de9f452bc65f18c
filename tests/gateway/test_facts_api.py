"""Promises of the JSON API: 2xx means written, each record of a batch is answered on its own, a refusal says where."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.gateway.sending import KEY, ONLY_SHOP, Written, a_fact, client_of, keyed

LINES = keyed() | {"content-type": "application/x-ndjson"}


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
async def client(written):
    async with client_of(written) as client:
        yield client


async def test_a_fact_is_answered_with_its_topic_once_it_is_written(client, written):
    answer = await client.post("/v1/facts", headers=keyed(), json=a_fact())
    assert (answer.status_code, answer.json()) == (200, {"id": "r-1", "topic": "feedback"})
    assert [fact.comment for fact in written.facts] == ["nobody called me back"]


@pytest.mark.parametrize("headers", [{"authorization": f"Bearer {KEY}"}, {"authorization": f"bearer  {KEY}"}, {"x-api-key": KEY}])
async def test_a_key_comes_in_either_header(client, headers):
    assert (await client.post("/v1/facts", headers=headers, json=a_fact())).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-api-key": "another"}, {"authorization": f"Basic {KEY}"}, {"authorization": KEY}, {"x-api-key": ""}, {"x-api-key": "ÿ"}],
)
async def test_without_a_known_key_nothing_is_written(client, written, headers):
    answer = await client.post("/v1/facts", headers={k: v.encode("latin-1") for k, v in headers.items()}, json=a_fact())
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer" in answer.json()["error"]
    assert not written.facts


async def test_a_key_writes_only_the_sources_that_it_may(client, written):
    assert (await client.post("/v1/facts", headers=keyed(ONLY_SHOP), json=a_fact())).status_code == 200
    answer = await client.post("/v1/facts", headers=keyed(ONLY_SHOP), json=a_fact(source="crm"))
    assert (answer.status_code, answer.json()["details"][0]["where"]) == (403, "$.source")
    assert len(written.facts) == 1


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"customer": {}}, "$.customer"),
        ({"customer": {"aliases": ["nobody"]}}, "$.customer.aliases[0]"),
        ({"score": {"metric": "nps", "raw": 12}}, "$.score"),
        ({"occurred_at": "yesterday"}, "$.occurred_at"),
        ({"occurred_at": "2026-06-01T10:00:00"}, "$.occurred_at"),
        ({"type": "no.such.fact"}, "$"),
        ({"type": None}, "$"),
        ({"score": {"metric": "nps", "raw": float("nan")}}, "$.score.raw"),
        ({"version": -1}, "$.version"),
        ({"version": 10**400}, "$.version"),
        ({"id": ""}, "$.id"),
        ({"comment": "a" * 20_001}, "$.comment"),
    ],
)
async def test_what_is_no_fact_is_refused_with_the_place(client, written, change, where):
    answer = await client.post("/v1/facts", headers=keyed(), content=json.dumps(a_fact(**change)))
    assert answer.status_code == 422, answer.text
    assert answer.json()["details"][0]["where"] == where
    assert not written.facts


@pytest.mark.parametrize("kind", ["task.acknowledge", "alias.bound", "policy.adopted", "timer.due", "thresholds.set", "task.snapshot"])
async def test_only_facts_come_in_never_commands_traffic_or_policies(client, written, kind):
    answer = await client.post("/v1/facts", headers=keyed(), json=a_fact(type=kind, task="T-1", actor="me"))
    assert (answer.status_code, written.facts) == (422, [])


async def test_a_fact_of_a_far_future_is_refused_for_it_would_hold_up_every_deadline(client, written):
    answer = await client.post("/v1/facts", headers=keyed(), json=a_fact(occurred_at="2099-07-04T05:33:18Z"))
    assert (answer.status_code, answer.json()["details"][0]["where"]) == (422, "$.occurred_at")
    assert (await client.post("/v1/facts", headers=keyed(), json=a_fact(occurred_at="2026-09-22T10:00:00Z"))).status_code == 200


HOSTILE = [b"", b"  ", b"{", b"nul", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5_000, b'"\\ud800"', b"1" * 5_000]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("path", ["/v1/facts", "/v1/facts/batch"])
async def test_what_is_no_json_is_refused_in_words(client, written, path, body):
    answer = await client.post(path, headers=keyed(), content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not written.facts


@pytest.mark.parametrize(
    "body", [b"[]", b"3", b'"x"', b"null", b"1" * 4_000, b'{"a": NaN}', b'{"type": {"a": 1}}', b'{"type": ["survey.answered"]}']
)
async def test_json_that_is_no_fact_is_refused(client, body):
    assert (await client.post("/v1/facts", headers=keyed(), content=body)).status_code == 422


@pytest.mark.parametrize(
    "given",
    [
        {"content-type": "text/plain"},
        {"content-encoding": "gzip"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": ""},
    ],
)
async def test_a_body_of_another_type_is_refused(client, given):
    answer = await client.post("/v1/facts", headers=keyed() | given, content=b"{}")
    assert answer.status_code == 415


async def test_a_body_that_is_too_large_is_refused_also_when_it_hides_its_length(written):
    async def pieces():
        for _ in range(3):
            yield b"x" * 1000

    async with client_of(written, largest_body=2048) as client:
        whole = await client.post("/v1/facts", headers=keyed(), content=b"x" * 2049)
        chunked = await client.post("/v1/facts", headers=keyed(), content=pieces())
        lying = await client.post("/v1/facts", headers=keyed() | {"content-length": "10"}, content=pieces())
        absurd = await client.post("/v1/facts", headers=keyed() | {"content-length": "9" * 40}, content=b"{}")
    assert [whole.status_code, chunked.status_code, lying.status_code, absurd.status_code] == [413] * 4


async def test_a_body_that_does_not_come_is_not_waited_for(written):
    async def never():
        yield b"{"
        await asyncio.sleep(60)

    async with client_of(written, body_within_s=0.05) as client:
        assert (await client.post("/v1/facts", headers=keyed(), content=never())).status_code == 408


async def test_what_comes_at_once_is_bounded_and_the_rest_comes_again(written):
    started, go = asyncio.Event(), asyncio.Event()

    async def slow():
        started.set()
        await go.wait()
        yield json.dumps(a_fact()).encode()

    async with client_of(written, most_requests=1) as client:
        first = asyncio.create_task(client.post("/v1/facts", headers=keyed(), content=slow()))
        await started.wait()
        second = await client.post("/v1/facts", headers=keyed(), json=a_fact())
        go.set()
        assert (second.status_code, second.headers["retry-after"]) == (503, "1")
        assert (await first).status_code == 200
        assert (await client.post("/v1/facts", headers=keyed(), json=a_fact())).status_code == 200


async def test_all_bodies_together_are_bounded(written):
    async with client_of(written, most_bytes=1 << 20, largest_body=1 << 21) as client:
        answer = await client.post("/v1/facts", headers=keyed(), content=b" " * ((1 << 20) + 1))
        assert answer.status_code == 503
        assert (await client.post("/v1/facts", headers=keyed(), json=a_fact())).status_code == 200


async def test_while_kafka_is_down_the_sender_is_told_to_come_again(client, written):
    written.down = "nobody answers at 127.0.0.1:19092"
    answer = await client.post("/v1/facts", headers=keyed(), json=a_fact())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "nobody answers" in answer.json()["error"]
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    written.down = None
    assert (await client.get("/readyz")).status_code == 200


# -- batches ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [False, True])
async def test_each_record_of_a_batch_is_answered_on_its_own(client, written, lines):
    batch = [
        a_fact(id="a"),
        a_fact(id="b", customer={}),
        7,
        a_fact(id="c", source="crm"),
        a_fact(id="d", occurred_at="2099-01-01T00:00:00Z"),
    ]
    body = b"\n\n".join(json.dumps(one).encode() for one in batch) if lines else json.dumps(batch).encode()
    answer = await client.post("/v1/facts/batch", headers=LINES if lines else keyed(), content=body)
    assert answer.status_code == 207
    said = answer.json()
    assert [one["status"] for one in said["results"]] == [200, 422, 422, 200, 422]
    assert [one["index"] for one in said["results"]] == [0, 1, 2, 3, 4]
    assert (said["accepted"], said["refused"]) == (2, 3)
    assert said["results"][1]["details"][0]["where"] == "$.customer"
    assert [fact.id for fact in written.facts] == ["a", "c"]


async def test_a_line_that_is_no_json_harms_no_other(client, written):
    body = b"\n".join([json.dumps(a_fact(id="a")).encode(), b"{oops", b"", b"\xff", json.dumps(a_fact(id="b")).encode()])
    answer = await client.post("/v1/facts/batch", headers=LINES, content=body)
    assert [one["status"] for one in answer.json()["results"]] == [200, 400, 400, 200]
    assert [fact.id for fact in written.facts] == ["a", "b"]


async def test_a_batch_without_a_fault_is_answered_200(client):
    answer = await client.post("/v1/facts/batch", headers=keyed(), json=[a_fact(id=str(n)) for n in range(100)])
    assert (answer.status_code, answer.json()["accepted"]) == (200, 100)


async def test_a_batch_of_which_some_could_not_be_written_says_which(client, written):
    written.refuses = lambda fact: "Kafka did not take it" if fact.id == "b" else None
    answer = await client.post("/v1/facts/batch", headers=keyed(), json=[a_fact(id="a"), a_fact(id="b")])
    assert (answer.status_code, [one["status"] for one in answer.json()["results"]]) == (207, [200, 503])


async def test_a_batch_of_which_nothing_could_be_written_comes_again_as_a_whole(client, written):
    written.down = "nobody answers"
    answer = await client.post("/v1/facts/batch", headers=keyed(), json=[a_fact(), {}])
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("body", [b"[]", b"{}", b"3"])
async def test_a_batch_is_an_array_with_something_in_it(client, body):
    assert (await client.post("/v1/facts/batch", headers=keyed(), content=body)).status_code == 400


@pytest.mark.parametrize("headers", [keyed(), LINES])
async def test_a_batch_has_so_many_records_at_most(written, headers):
    async with client_of(written, largest_batch=3) as client:
        body = b"[1,2,3,4]" if headers is not LINES else b"1\n2\n3\n4\n"
        answer = await client.post("/v1/facts/batch", headers=headers, content=body)
    assert (answer.status_code, "more than 3" in answer.json()["error"]) == (400, True)


# -- CloudEvents --------------------------------------------------------------------------------------------------------------------

EVENT = {"specversion": "1.0", "type": "usage.recorded", "id": "u-1", "source": "app", "time": "2026-06-01T10:00:00Z"}
DATA = {"object": "login", "customer": {"id": "C-1"}, "feature": "login"}


async def test_a_structured_cloud_event_is_a_fact(client, written):
    answer = await client.post("/v1/facts", headers=keyed() | {"content-type": "application/cloudevents+json"}, json=EVENT | {"data": DATA})
    assert answer.status_code == 200
    assert (written.facts[0].id, written.facts[0].source, written.facts[0].feature) == ("u-1", "app", "login")


async def test_a_binary_cloud_event_is_a_fact(client, written):
    headers = keyed() | {f"ce-{name}": value for name, value in EVENT.items()}
    assert (await client.post("/v1/facts", headers=headers, json=DATA)).status_code == 200
    assert written.facts[0].occurred_at.isoformat() == "2026-06-01T10:00:00+00:00"


async def test_what_the_fact_says_itself_wins_over_the_attributes(client, written):
    headers = keyed() | {"content-type": "application/cloudevents+json"}
    await client.post("/v1/facts", headers=headers, json=EVENT | {"data": DATA | {"id": "mine"}})
    assert written.facts[0].id == "mine"


async def test_a_batch_of_cloud_events_is_answered_one_by_one(client):
    headers = keyed() | {"content-type": "application/cloudevents-batch+json"}
    answer = await client.post("/v1/facts/batch", headers=headers, json=[EVENT | {"data": DATA}, EVENT, 3])
    assert [one["status"] for one in answer.json()["results"]] == [200, 422, 422]


MARK, HALF = b"\xef\xbb\xbf", rb'"comment": "I am so angry \ud83d"'


def sent_as(raw: bytes) -> bytes:
    """As people send it: with a byte order mark, half an emoji, null and capitals."""
    known = json.dumps(a_fact(survey=None, language="", score={"metric": "NPS", "raw": 2, "worst": None, "best": None})).encode()
    return MARK + known.replace(b'"comment": "nobody called me back"', raw)


async def test_a_body_with_a_byte_order_mark_half_an_emoji_null_and_capitals_is_taken(client, written):
    answer = await client.post("/v1/facts", headers=keyed() | {"content-type": "application/json"}, content=sent_as(HALF))
    assert (answer.status_code, answer.json()) == (200, {"id": "r-1", "topic": "feedback"})
    assert (written.facts[0].comment, written.facts[0].score.normalised, written.facts[0].language) == ("I am so angry �", 20, None)


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/json"])
async def test_a_batch_with_a_byte_order_mark_is_taken_from_its_first_record_on(client, written, kind):
    one = sent_as(HALF).removeprefix(MARK)
    body = MARK + (one + b"\n" + one if kind.endswith("ndjson") else b"[" + one + b"," + one + b"]")
    answer = await client.post("/v1/facts/batch", headers=keyed() | {"content-type": kind}, content=body)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 2)
    assert [fact.comment for fact in written.facts] == ["I am so angry �"] * 2


async def test_a_misspelt_field_is_taken_and_the_answer_names_it(client, written):
    answer = await client.post(
        "/v1/facts", headers=keyed(), json=a_fact(coment="x", whatever=1, score={"metric": "nps", "raw": 2, "wrost": 0})
    )
    assert answer.status_code == 200
    assert {one["where"]: one["why"].rpartition(" ")[2] for one in answer.json()["not_understood"]} == {
        "$.coment": "comment?",
        "$.whatever": "field",
        "$.score.wrost": "worst?",
    }
    many = await client.post("/v1/facts/batch", headers=keyed(), json=[a_fact(), a_fact(id="r-2", coment="x")])
    assert ["not_understood" in one for one in many.json()["results"]] == [False, True]
    assert len(written.facts) == 3
