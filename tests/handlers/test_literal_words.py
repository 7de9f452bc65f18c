"""Whatever a customer calls themself or writes is literal text in mail: no header, no body, no other text; over real SMTP."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from html import unescape

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from handlers.post_slack import message_of as slack_message
from handlers.post_webhook import body_of, header_of
from handlers.rendering import Recipient, render
from handlers.sanitize import plain
from handlers.send_email import message_of, send_email
from handlers.settings import EmailDestination
from schemas.decisions import Addend
from schemas.deliveries import Outcome
from schemas.reasons import Why
from schemas.sentences import call, say_notice, say_who
from tests.conftest import free_port
from tests.handlers.conftest import START, a_notice
from tests.handlers.mail_reader import Shown, shown
from tests.patience import PATIENT_S

OURS = ["From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted", "Idempotency-Key", "MIME-Version", "Content-Type"]
MAIL = {"channel": "email", "to": ["oncall@example.com"], "sender": "makegood@example.com", "host": "127.0.0.1", "security": "none"}
ENCODED = (
    "=?utf-8?q?Ann=0d=0aReply-To:_evil@example.net?=",
    "=?UTF-8?Q?Ann=0D=0A=0D=0Aa_body_of_theirs?=",
    "=?utf-8?b?QW5uDQpCY2M6IGV2aWxAZXhhbXBsZS5uZXQ=?=",
    "=?utf-8*en?q?Ann=0aX-Evil:_1?=",
    "=?utf-7?q?Ann+AA0ACg-X-Evil:_1?=",
    "=?iso-2022-jp?b?GyRCJCIbKEINClgtRXZpbDogMQ==?=",
    "=?us-ascii?q?=3D=3Futf-8=3Fq=3FAnn=3D0aX-Evil:_1=3F=3D?=",
    "=?utf-8?q?Ann?= =?utf-8?q?=0d=0aX-Evil:_1?=",
    "=?utf-8?q?Ann?=\r\n =?utf-8?q?=0d=0aX-Evil:_1?=",
    "(=?utf-8?q?=0d=0aX-Evil:_1?=)",
    '"=?utf-8?q?=0d=0aX-Evil:_1?=" <evil@example.net>',
    "x=?utf-8?q?=0d=0aX-Evil:_1?=y",
    "=?utf-8?q?=E2=80=AEnimda?=",
    "=?utf-8?q?=00=1b[31m?=",
    "=?utf-8?q?broken",
    "=?utf-8?x?what?=",
    "=?nonsense?q?=0d=0a?=",
    "=?",
    "?=",
    "Ann =0d=0aX-Evil: 1",
    "Ann\r\nX-Evil: 1",
    "Ann\nX-Evil: 1",
    "Ann\u2028X-Evil: 1",
    "Ann\u2029\x85\x0b\x0c\x1cX-Evil: 1",
    "Ann\x00X-Evil: 1",
    "a" * 1200,
    "=?utf-8?q?" + "=0d=0a" * 40 + "?=",
    "Zoë ist 山田 \N{PILE OF POO}" * 9,
)
PIECES = st.sampled_from([*ENCODED, "=?utf-8?q?", "?=", "=0d=0a", " ", "\r\n", "\u202e", "\u2028", "--", ".", "From ", "a", "é", "\x00"])
HOSTILE = st.one_of(st.lists(PIECES, min_size=1, max_size=12).map("".join), st.text(max_size=300)).filter(str.strip)


class Kept:
    def __init__(self) -> None:
        self.raw: list[bytes] = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.raw.append(envelope.original_content)
        return "250 OK"


@pytest.fixture
def office():
    controller = Controller(Kept(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def with_words(text: str, **changes):
    words = dict.fromkeys(("customer_name", "next_step", "owner"), text)
    why, newest = (Why(code="comment_added", said=said) for said in (text, f"said {text}"))
    return a_notice(**words | {"why": why, "newest": newest, "matters": (Addend(name="tier", points=1, why=why),)} | changes)


def rendered(notice, at=START):
    return render(notice, Recipient("https://board.example.com"), at)


async def received(office, notice, **changes) -> Shown:
    destination, now = EmailDestination.model_validate(MAIL | {"port": office.port} | changes), datetime.now(UTC)
    async with asyncio.timeout(PATIENT_S):
        answer = await send_email(destination, notice, rendered(notice, now), now)
    assert answer.outcome is Outcome.DELIVERED, answer
    return shown(office.handler.raw[-1])


def assert_literal(mail: Shown, text: str) -> None:
    assert sorted(mail.names) == sorted(OURS)
    assert (
        mail.header("Subject")
        == f"P1: {say_who(plain(text, 80) or 'C00', 'A', Why(code='named_by_company'))}: {call('notice', 'task_raised')}"
    )
    assert [kind for kind, _ in mail.bodies] == ["text/plain", "text/html"]
    for _, body in mail.bodies:
        assert plain(text, 80) in unescape(body)


@pytest.mark.parametrize("text", ENCODED)
async def test_a_name_that_is_an_encoded_word_arrives_as_the_letters_it_is(office, text):
    assert_literal(await received(office, with_words(text)), text)


async def test_an_id_that_is_an_encoded_word_makes_no_header(office):
    mail = await received(office, a_notice("=?utf-8?q?x=0d=0aX-Evil:_1?=", about="=?utf-8?q?y=0d=0aX-Evil:_1?="))
    assert sorted(mail.names) == sorted(OURS)
    assert "=?" not in mail.header("Idempotency-Key")
    assert all("\n" not in value and "X-Evil" not in value.partition("=%3F")[0] for _, value in mail.headers)


@given(HOSTILE)
def test_any_words_make_exactly_our_headers_and_bodies(text):
    notice = with_words(text)
    message = message_of(EmailDestination.model_validate(MAIL), notice, rendered(notice), START)
    assert_literal(shown(message.as_bytes()), text)
    assert str(message["Subject"]) == shown(message.as_bytes()).header("Subject")


@pytest.mark.parametrize(
    "mark",
    [chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x61C, 0x200B, 0x2060, 0xFEFF, 0xAD, 0x180E, 0xE0041)]
    + ["\u034f", "\u115f", "\u1160", "\u3164", "\uffa0", "\u17b4", "\u17b5", "\u2800"],
)
def test_marks_that_turn_text_around_or_hide_it_are_shown_nowhere(mark):
    found = rendered(with_words(f"Ann{mark}nimda"))
    for words in (found.headline, found.sentence, *(words for _, words in found.points)):
        assert mark not in words
        assert "Ann nimda" in words or "Ann" not in words


@pytest.mark.parametrize("name", ["\u202e\u2066", "\u3164", "\u2800 \u115f", " \r\n ", "\x00"])
def test_a_name_of_which_nothing_is_seen_is_shown_as_the_customers_id(name):
    assert rendered(a_notice(customer_name=name)).headline.startswith("P1: C00 (tier A")


@pytest.mark.parametrize(
    "address",
    [
        "=?utf-8?q?a=0d=0aX-Evil:_1?=@example.com",
        "oncall@=?utf-8?q?x?=.example",
        "on\u202ecall@example.com",
        "on\u200bcall@example.com",
        "oncall@example.com\r\nBcc:evil@example.net",
        "oncall@" + "x" * 64 + ".example",
        "oncall@exa..mple",
        "Ann <oncall@example.com>",
    ],
)
@pytest.mark.parametrize("field", ["to", "sender"])
def test_an_address_of_the_settings_that_is_more_than_an_address_is_refused(field, address):
    with pytest.raises(ValidationError):
        EmailDestination.model_validate(MAIL | {field: [address] if field == "to" else address})


async def test_an_address_with_a_domain_in_other_letters_works(office):
    mail = await received(office, a_notice(), to=["oncall@münchen.example"], sender="makegood@bücher.example")
    assert mail.header("From") == "makegood@xn--bcher-kva.example"
    assert mail.header("To") == "oncall@xn--mnchen-3ya.example"
    assert mail.header("Message-ID").endswith("@xn--bcher-kva.example>")


@pytest.mark.parametrize(
    "text", ["<!channel>", "<@U012>", "<http://evil.example|our board>", "&lt;!channel&gt;", "<!subteam^S1>", *ENCODED]
)
def test_in_slack_it_is_literal_too(text):
    notice = with_words(text)
    message = slack_message(rendered(notice))
    sentence = message["blocks"][1]["text"]["text"]
    assert "<" not in sentence
    assert unescape(sentence) == plain(f"{plain(text, 80)} {say_notice(notice)}", 560)
    assert "<" not in message["text"]


@pytest.mark.parametrize("text", ENCODED)
def test_a_key_in_a_header_is_no_encoded_word_and_the_body_is_whole(text):
    notice = with_words(text, about="T-1")
    assert "=?" not in header_of(a_notice(text.strip()[:250]))
    assert json.loads(body_of(notice, rendered(notice)))["data"]["customer_name"] == text
