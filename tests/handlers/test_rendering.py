"""Promises about words: what a person reads at three in the morning, and that nothing a customer wrote does anything."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.post_slack import message_of as slack_message
from handlers.post_webhook import body_of, header_of
from handlers.rendering import HEADS, how_far, render, when
from handlers.send_email import html_of, message_of, text_of
from handlers.settings import EmailDestination
from schemas.decisions import NoticeKind
from tests.handlers.conftest import START, a_notice

URL = "https://board.example.com/"
MAIL = EmailDestination(channel="email", to=("oncall@example.com",), sender="makegood@example.com")
HOSTILE = st.text(
    alphabet=st.one_of(st.sampled_from("<>&|!@#*_~`\"'\r\n\x00\u202e\u2028=?:; "), st.characters(codec="utf-8")), min_size=1, max_size=700
).filter(str.strip)


def words(now=START, zone="Europe/Berlin", **changes):
    return render(a_notice(**changes), URL, zone, now)


def hostile_notice(text):
    return a_notice(customer_name=text, sentence=text, said=text, why=text, next_step=text, owner=text, about=text.strip()[:200])


def test_who_what_why_by_when_what_next_and_one_link_are_there():
    found = words()
    assert found.headline == "P1: Hotel Adlon Nord (tier A, high-impact): needs us"
    assert "high-impact" in found.sentence
    assert "Where is our delivery?" in found.sentence
    assert dict(found.points) == {
        "Why it matters": "tier A; 90,000 EUR a year at risk; renews in 28 days",
        "By when": "Mon 01 Jun 2026, 09:00 CEST (in 4 h)",
        "Next step": "Take the ticket yourself and stay with it until it is solved.",
        "Owner": "Carla",
        "When it happened": "Mon 01 Jun 2026, 05:00 CEST (now)",
    }
    assert found.link == "https://board.example.com/tasks/T-1"


def test_what_is_said_already_is_not_said_twice():
    assert "What they said or did" not in dict(words().points)
    assert dict(words(said="called three times").points)["What they said or did"] == "called three times"


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_of_notice_has_words(kind):
    assert HEADS[kind] in words(kind=kind).headline


@pytest.mark.parametrize(
    ("about", "link"),
    [("T-9", "tasks/T-9"), ("A-9c", "alerts/A-9c"), ("n787", "customers/C00"), ("A-x/../../?y=#z", "alerts/A-x%2F..%2F..%2F%3Fy%3D%23z")],
)
def test_the_link_leads_to_the_page_it_is_about(about, link):
    assert words(about=about).link == URL + link


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (0, "now"),
        (29, "now"),
        (60, "in 1 min"),
        (3540, "in 59 min"),
        (3600, "in 1 h"),
        (7800, "in 2 h 10 min"),
        (172_800, "in 2 days"),
        (-60, "1 min ago"),
        (-5400, "1 h 30 min ago"),
        (-864_000, "10 days ago"),
    ],
)
def test_times_say_how_far_off_they_are(seconds, says):
    assert how_far(START + timedelta(seconds=seconds), START) == says


def test_times_show_their_zone():
    assert when(START, "Asia/Seoul") == "Mon 01 Jun 2026, 12:00 KST"
    assert when(START, "UTC") == "Mon 01 Jun 2026, 03:00 UTC"


def texts(message):
    yield message["text"]
    for block in message["blocks"]:
        if block["text"]["type"] == "mrkdwn":
            yield block["text"]["text"]


@given(HOSTILE)
def test_in_slack_nothing_a_customer_wrote_is_a_link_or_calls_anybody(text):
    found = render(hostile_notice(text), URL, "UTC", START)
    message = slack_message(found)
    for shown in texts(message):
        controls = re.findall(r"<[^>]*>", shown)
        assert controls in ([], [f"<{found.link}|{found.link_words}>"])
        assert not re.search(r"&(?!amp;|lt;|gt;)", shown)
        assert len(shown) <= 3000
    assert all(block["text"].get("verbatim") for block in message["blocks"] if block["text"]["type"] == "mrkdwn")
    assert len(message["blocks"][0]["text"]["text"]) <= 150


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]
        assert {name for name, _ in attrs} <= {"href", "style", "lang", "charset", "name", "content"}


@given(HOSTILE)
def test_in_html_nothing_a_customer_wrote_is_markup(text):
    parser = _Tags()
    parser.feed(html_of(found := render(hostile_notice(text), URL, "UTC", START)))
    assert set(parser.tags) <= {"html", "head", "meta", "body", "h1", "p", "dl", "dt", "dd", "a"}
    assert parser.links == [found.link]


@given(HOSTILE)
def test_in_a_mail_nothing_a_customer_wrote_is_a_header(text):
    notice = hostile_notice(text)
    raw = message_of(MAIL, notice, render(notice, URL, "UTC", START), START).as_bytes()
    head = raw.split(b"\r\n\r\n", 1)[0]
    names = {line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))}
    assert names <= {b"From", b"To", b"Subject", b"Date", b"Message-ID", b"References", b"Auto-Submitted", b"Idempotency-Key"} | {
        b"MIME-Version",
        b"Content-Type",
    }
    assert head.isascii()


@given(HOSTILE)
def test_a_key_as_a_header_is_ascii_and_two_keys_never_become_one(text):
    a, b = header_of(a_notice(text)), header_of(a_notice(text.strip()[:255] + "x"))
    assert a.isascii()
    assert a.isprintable()
    assert a != b


@given(HOSTILE)
def test_the_webhook_is_valid_json_with_the_notice_whole(text):
    notice = hostile_notice(text)
    message = json.loads(body_of(notice, render(notice, URL, "UTC", START)))
    assert message["data"]["sentence"] == text
    assert message["type"] == "task.raised"


def test_a_repeated_mail_is_the_same_mail():
    first, again = (message_of(MAIL, a_notice(), words(now=now), now) for now in (START, START + timedelta(hours=1)))
    assert first["Message-ID"] == again["Message-ID"]
    assert message_of(MAIL, a_notice("other"), words(), START)["Message-ID"] != first["Message-ID"]
    assert first["References"] == message_of(MAIL, a_notice("other"), words(), START)["References"], "mails about one task stand together"


def test_a_mail_has_text_and_html_that_say_the_same():
    mail = message_of(MAIL, a_notice(), words(), START)
    plain, rich = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    for part in ("needs us", "90,000 EUR", "Carla", "https://board.example.com/tasks/T-1"):
        assert part in plain
        assert part in rich
    assert plain.replace("\r\n", "\n") == text_of(words())
