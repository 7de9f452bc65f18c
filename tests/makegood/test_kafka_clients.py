"""Promises of the bus: committed records only, up to an end found by position, and clear words when nobody answers."""

from __future__ import annotations

import asyncio
import gc
import socket

import pytest
from aiokafka import TopicPartition

from makegood import kafka
from makegood.errors import UserError
from makegood.kafka import Connection, KafkaUnavailable, TopicSpec
from tests.patience import PATIENT_S


@pytest.fixture
async def topic(bootstrap: str, prefix: str) -> str:
    await kafka.ensure_topics(Connection(bootstrap), [TopicSpec(f"{prefix}letters", 3, 1)])
    return f"{prefix}letters"


async def read(bootstrap: str, topic: str, **how) -> list[kafka.Record]:
    return [record async for record in kafka.read_topic(Connection(bootstrap), topic, **how)]


def silent_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("use", ["read", "brokers", "offsets", "producer", "consumer", "ensure", "describe"])
async def test_when_nobody_answers_the_error_says_where_and_how_to_start_one(use):
    connection = Connection(f"127.0.0.1:{silent_port()}")
    with pytest.raises(KafkaUnavailable, match=r"nobody answers at 127\.0\.0\.1:.*makegood broker up"):
        await _use(use, connection)


async def _use(use: str, connection: Connection) -> None:
    if use == "read":
        [_ async for _ in kafka.read_topic(connection, "t")]
    elif use in {"producer", "consumer"}:
        async with getattr(kafka, use)(connection):
            pass
    elif use == "brokers":
        await kafka.brokers(connection)
    elif use == "ensure":
        await kafka.ensure_topics(connection, [TopicSpec("t", 1, 1)])
    else:
        await getattr(kafka, use)(connection, ["t"])


def test_a_bus_error_is_a_user_error():
    assert issubclass(KafkaUnavailable, UserError)


def test_a_plain_connection_needs_an_address_only():
    assert Connection("a:1,b:2").options() == {"bootstrap_servers": ["a:1", "b:2"], "security_protocol": "PLAINTEXT"}


def test_a_password_reaches_the_client_and_never_a_log():
    connection = Connection("a:1", security="SASL_PLAINTEXT", sasl_mechanism="SCRAM-SHA-512", username="kim", password="secret")
    assert connection.options()["sasl_plain_password"] == "secret"
    assert connection.options()["sasl_mechanism"] == "SCRAM-SHA-512"
    assert "secret" not in repr(connection)


def test_security_over_tls_makes_a_context():
    assert "ssl_context" in Connection("a:1", security="SSL").options()


@pytest.mark.parametrize(
    ("connection", "told"),
    [
        (Connection("a:1", security="TLS"), "TLS is not known: it is one of PLAINTEXT, SSL"),
        (Connection("a:1", security="SASL_SSL", username="kim"), "needs a user name and a password"),
        (Connection("a:1", security="SSL", ca_file="/nowhere/ca.pem"), "cannot be read: .*nowhere"),
    ],
)
def test_settings_that_do_not_fit_together_are_told(connection, told):
    with pytest.raises(KafkaUnavailable, match=told):
        connection.options()


@pytest.mark.broker
async def test_what_was_written_is_read_with_key_headers_and_time(bootstrap, topic):
    async with kafka.producer(Connection(bootstrap)) as producer:
        await producer.send_and_wait(topic, b"v", key=b"k", partition=1, headers=[("h", b"1")], timestamp_ms=1_700_000_000_000)
    assert await read(bootstrap, topic) == [kafka.Record(topic, 1, 0, 1_700_000_000_000, b"k", b"v", (("h", b"1"),))]


@pytest.mark.broker
async def test_an_empty_topic_reads_as_nothing_and_does_not_wait(bootstrap, topic):
    async with asyncio.timeout(PATIENT_S):
        assert await read(bootstrap, topic) == []


@pytest.mark.broker
async def test_aborted_records_are_not_read_and_the_end_is_found_behind_control_records(bootstrap, topic):
    async with kafka.producer(Connection(bootstrap), transactional_id=f"{topic}-1") as producer:
        async with producer.transaction():
            await producer.send_and_wait(topic, b"kept", partition=0)
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"aborted", partition=0)
        await producer.abort_transaction()
    async with asyncio.timeout(PATIENT_S):
        assert [record.value for record in await read(bootstrap, topic)] == [b"kept"]

    async def reaches() -> tuple[int, int]:
        return (await kafka.offsets(Connection(bootstrap), [topic]))[topic, 0]

    await _comes_to(reaches, (0, 4))


@pytest.mark.broker
async def test_whoever_sends_many_is_told_when_kafka_refuses_one(bootstrap, prefix):
    topic = f"{prefix}narrow"
    await kafka.ensure_topics(Connection(bootstrap), [TopicSpec(topic, 2, 1, {"max.message.bytes": "1000"})])
    with pytest.raises(KafkaUnavailable, match="refuses: a record is larger than its topic takes"):
        async with kafka.producer(Connection(bootstrap)) as producer:
            sends = kafka.PendingSends(producer)
            await sends.send(topic, value=b"small", partition=0)
            await sends.send(topic, value=b"x" * 5_000, partition=1)
            await sends.settled()
    assert [record.value for record in await read(bootstrap, topic)] == [b"small"]


@pytest.mark.broker
async def test_whoever_is_overtaken_is_told_so_once_and_without_noise(bootstrap, topic, caplog):
    async def overtaken() -> str:
        try:
            async with kafka.producer(Connection(bootstrap), transactional_id=f"{topic}-1") as first, first.transaction():
                sends = kafka.PendingSends(first)
                async with kafka.producer(Connection(bootstrap), transactional_id=f"{topic}-1"):
                    for number in range(20):
                        await sends.send(topic, value=b"%d" % number, partition=number % 2)
                    await sends.settled()
        except KafkaUnavailable as error:
            return str(error)
        return ""

    assert "took over. Nothing was done twice" in await overtaken()
    gc.collect()
    assert await read(bootstrap, topic) == []
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.broker
async def test_an_open_transaction_does_not_hold_up_a_reader(bootstrap, topic):
    async with kafka.producer(Connection(bootstrap), transactional_id=f"{topic}-1") as producer, producer.transaction():
        await producer.send_and_wait(topic, b"undecided", partition=0)
        async with asyncio.timeout(PATIENT_S):
            assert await read(bootstrap, topic) == []


@pytest.mark.broker
async def test_reading_starts_at_the_offsets_that_are_given(bootstrap, topic):
    async with kafka.producer(Connection(bootstrap)) as producer:
        for number in range(6):
            await producer.send_and_wait(topic, b"%d" % number, partition=number % 2)
    values = [record.value for record in await read(bootstrap, topic, start={0: 2, 1: 3})]
    assert values == [b"4"]
    assert await read(bootstrap, topic, from_beginning=False) == []
    assert [r.value for r in await read(bootstrap, topic, from_beginning=False, start={0: 1})] == []


@pytest.mark.broker
async def test_following_a_topic_yields_what_is_written_later(bootstrap, topic):
    follower = kafka.read_topic(Connection(bootstrap), topic, from_beginning=False, follow=True)
    first = asyncio.ensure_future(anext(follower))
    await asyncio.sleep(0.5)
    async with kafka.producer(Connection(bootstrap)) as producer:
        await producer.send_and_wait(topic, b"late")
    assert (await asyncio.wait_for(first, PATIENT_S)).value == b"late"
    await follower.aclose()


@pytest.mark.broker
async def test_a_topic_that_is_not_there_is_told_with_the_remedy(bootstrap, prefix):
    with pytest.raises(KafkaUnavailable, match=f"there is no topic {prefix}none: make the topics with `makegood topics apply`"):
        await read(bootstrap, f"{prefix}none")


@pytest.mark.broker
async def test_topics_are_made_once_and_can_be_described(bootstrap, prefix):
    connection, spec = Connection(bootstrap), TopicSpec(f"{prefix}a", 2, 1, {"retention.ms": "60000"})
    assert await kafka.ensure_topics(connection, [spec]) == [spec.name]
    assert await kafka.ensure_topics(connection, [spec]) == []
    assert await kafka.describe(connection, [spec.name, f"{prefix}none"]) == {spec.name: spec}


@pytest.mark.broker
async def test_changing_one_setting_of_a_topic_keeps_the_others(bootstrap, prefix):
    connection, spec = Connection(bootstrap), TopicSpec(f"{prefix}a", 1, 1, {"retention.ms": "60000"})
    await kafka.ensure_topics(connection, [spec])
    await kafka.alter_config(connection, spec.name, {"max.message.bytes": "2000000"})
    found = await kafka.describe(connection, [spec.name])
    assert found[spec.name].config == {"retention.ms": "60000", "max.message.bytes": "2000000"}


@pytest.mark.broker
@pytest.mark.parametrize("spec", [TopicSpec("x", 1, 9), TopicSpec("x", 1, 1, {"retention.ms": "soon"}), TopicSpec("bad name", 1, 1)])
async def test_a_topic_that_kafka_refuses_is_told_with_its_reason(bootstrap, prefix, spec):
    refused = TopicSpec(f"{prefix}{spec.name}", spec.partitions, spec.replication, spec.config)
    with pytest.raises(KafkaUnavailable, match="Kafka cannot make the topic"):
        await kafka.ensure_topics(Connection(bootstrap), [refused])


@pytest.mark.broker
async def test_one_broker_is_counted_as_one(bootstrap):
    assert await kafka.brokers(Connection(bootstrap)) == 1


async def _comes_to(asked, value):
    """Records and offsets are shown only when the marker of their transaction is written, a moment after the commit is answered."""
    for _ in range(100):
        if await asked() == value:
            return
        await asyncio.sleep(0.05)
    assert await asked() == value


@pytest.mark.broker
async def test_a_group_is_told_done_though_a_marker_lies_behind_its_last_record(bootstrap, topic):
    async with kafka.watch(Connection(bootstrap), f"{topic}-group", [topic]) as behind:
        assert await behind() == 0
        async with kafka.producer(Connection(bootstrap), transactional_id=f"{topic}-1") as producer:
            async with producer.transaction():
                await producer.send_and_wait(topic, b"one", partition=0)
                await producer.send_and_wait(topic, b"two", partition=0)
            await _comes_to(behind, 2)
            async with producer.transaction():
                await producer.send_offsets_to_transaction({TopicPartition(topic, 0): 1}, f"{topic}-group")
            await _comes_to(behind, 1)
            async with producer.transaction():
                await producer.send_offsets_to_transaction({TopicPartition(topic, 0): 2}, f"{topic}-group")
            await _comes_to(behind, 0)
