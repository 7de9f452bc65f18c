"""A name that is an encoded word, from Zendesk's payload or straight from Kafka, through `makegood handlers` into a real mail server."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.conftest import shared
from tests.gateway.sending import understood
from tests.handlers.conftest import a_notice
from tests.handlers.mail_reader import shown
from tests.handlers.test_literal_words import ENCODED, assert_literal, office, with_words  # noqa: F401
from tests.makegood.test_handlers import handlers, write  # noqa: F401

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]


def by_mail(port: int) -> dict[str, str]:
    given = {
        "channel": "email",
        "to": ["oncall@example.com"],
        "sender": "m@example.com",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
    }
    return {"MAKEGOOD_HANDLERS__DESTINATIONS": json.dumps({"mail": given}), "MAKEGOOD_HANDLERS__ROUTES": '{"page": ["mail"]}'}


async def mails(office, count: int):  # noqa: F811
    async with asyncio.timeout(150):
        while len(office.handler.raw) < count:  # noqa: ASYNC110  the mail server runs in a thread of its own
            await asyncio.sleep(0.05)
    return [shown(raw) for raw in office.handler.raw]


async def test_names_and_ids_that_are_encoded_words_stay_what_they_are_in_mail(bootstrap, applied, office, handlers):  # noqa: F811
    made = handlers(bootstrap, applied, "http://127.0.0.1:1", **by_mail(office.port))
    made.start()
    texts = [text for text in ENCODED if "\n" not in text]
    await write(bootstrap, applied, *(with_words(text, id_=f"n-{n}", about=f"T-{n}", customer=f"C{n}") for n, text in enumerate(texts)))
    got = {mail.header("Idempotency-Key"): mail for mail in await mails(office, len(texts))}
    for number, text in enumerate(texts):
        assert_literal(got[f"n-{number}"], text)
    assert await made.stop() == 0


async def test_zendesks_name_with_a_line_break_in_it_is_its_letters_in_the_subject(bootstrap, applied, office, handlers):  # noqa: F811
    found = understood("zendesk", json.loads(shared("cases", "zendesk-name.json").read_text())).facts
    (profile,) = [fact for fact in found if fact.type == "customer.profiled"]
    made = handlers(bootstrap, applied, "http://127.0.0.1:1", **by_mail(office.port))
    made.start()
    await write(bootstrap, applied, a_notice(customer_name=profile.name))
    (mail,) = await mails(office, 1)
    assert profile.name in mail.header("Subject")
    assert_literal(mail, profile.name)
