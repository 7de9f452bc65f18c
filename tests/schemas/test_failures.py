"""Whichever library an error comes from, an operator reads a sentence: no code, no statement, no value that was given."""

from __future__ import annotations

import asyncio
import ssl
import struct
import zlib

import httpx
import pytest
from aiokafka import errors as kafka_errors
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from makegood.kafka import KafkaUnavailable
from schemas.facts import PurchaseMade
from schemas.failures import MOST, said
from streams.engine.transactions import OutcomeUnknown
from tests.conftest import free_port

KAFKA_ERRORS = [kind for kind in vars(kafka_errors).values() if isinstance(kind, type) and issubclass(kind, kafka_errors.KafkaError)]


def raised(what) -> Exception:
    try:
        what()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


async def refused(port: int) -> None:
    await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.parametrize("kind", KAFKA_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_kafkas_client_is_a_sentence_without_its_name(kind):
    for error in (kind(), kind("topic t is not there")):
        sentence = said(error)
        assert kind.__name__ not in sentence
        assert " " in sentence


def test_a_lost_connection_to_kafka_says_the_address():
    error = kafka_errors.KafkaConnectionError("Connection at 10.0.0.7:9092 closed")
    assert said(error) == "the connection to Kafka at 10.0.0.7:9092 was lost"


def test_an_address_where_nobody_answers_is_named():
    port = free_port()
    error = raised(lambda: asyncio.run(refused(port)))
    assert said(error) == f"nobody answers at 127.0.0.1:{port}"


def test_a_database_says_what_is_wrong_without_the_statement():
    with create_engine("sqlite://").connect() as connection:
        error = raised(lambda: connection.execute(text("SELECT secret FROM nowhere WHERE id = :id"), {"id": 7}))
    assert isinstance(error, SQLAlchemyError)
    assert "SELECT" in str(error)
    assert said(error) == "no such table: nowhere"


def test_what_does_not_fit_is_told_without_what_was_given():
    error = raised(lambda: PurchaseMade.model_validate({"type": "purchase.made", "id": "s3cret", "amount": "s3cret"}))
    assert "s3cret" in str(error)
    assert "s3cret" not in said(error)


def test_our_own_errors_are_sentences_as_they_are():
    assert said(KafkaUnavailable("nobody answers at k:1")) == "nobody answers at k:1"
    assert said(OutcomeUnknown("no answer to the end of a transaction")) == "no answer to the end of a transaction"


def test_of_a_group_the_first_is_told():
    assert said(ExceptionGroup("several", [TimeoutError(), OSError(28, "No space left on device")])) == "no answer in time"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (TimeoutError(), "no answer in time"),
        (OSError(28, "No space left on device", "/data/x"), "No space left on device: /data/x"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (ConnectionResetError(), "connection reset"),
        (httpx.ConnectError("All connection attempts failed"), "All connection attempts failed"),
        (httpx.ReadTimeout(""), "no answer in time"),
        (zlib.error("Error -3 while decompressing"), "Error -3 while decompressing"),
        (struct.error("unpack requires 4 bytes"), "unpack requires 4 bytes"),
        (ssl.SSLError(1, "certificate verify failed"), "certificate verify failed"),
        (KeyError("tier"), "an error of ours (KeyError: 'tier')"),
        (RuntimeError(), "an error of ours (RuntimeError)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_table(error, sentence):
    assert said(error) == sentence


@given(
    st.text(), st.sampled_from([KeyError, OSError, ValueError, RuntimeError, kafka_errors.KafkaError, kafka_errors.KafkaConnectionError])
)
def test_whatever_an_error_holds_one_line_comes_of_it_that_is_not_too_long(words, kind):
    sentence = said(kind(words))
    assert sentence
    assert len(sentence) <= MOST
    assert sentence.isprintable()


class Speechless(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def test_an_error_that_cannot_say_what_it_is_is_named():
    assert said(Speechless()) == "Speechless"
