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
from handlers.rendering import Recipient, render, when
from handlers.send_email import html_of, message_of, text_of
from handlers.settings import EmailDestination
from schemas.decisions import About, Addend, Cause, NoticeKind
from schemas.reasons import Why
from schemas.sentences import call, next_step, say, say_addend, say_notice, say_who
from tests.handlers.conftest import MATTERS, START, a_notice

URL = "https://board.example.com/"
MAIL = EmailDestination(channel="email", to=("oncall@example.com",), sender="makegood@example.com")
HOSTILE = st.text(
    alphabet=st.one_of(st.sampled_from("<>&|!@#*_~`\"'\r\n\x00\u202e\u2028=?:; "), st.characters(codec="utf-8")), min_size=1, max_size=700
).filter(str.strip)


UTC = Recipient(URL)


def words(now=START, zone="Europe/Berlin", language="en", **changes):
    return render(a_notice(**changes), Recipient(URL, zone, language), now)


def hostile_notice(text):
    why, newest = (Why(code="comment_added", said=said) for said in (text, f"said {text}"))
    given = dict.fromkeys(("customer_name", "next_step", "owner"), text) | {"about": text.strip()[:200], "why": why, "newest": newest}
    return a_notice(**given, hic_why=why, matters=(Addend(name="tier", points=1, why=why),))


def test_who_what_why_by_when_what_next_and_one_link_are_there():
    found = words()
    who = say_who("Hotel Adlon Nord", "A", Why(code="named_by_company"))
    assert found.headline == f"P1: {who}: {call('notice', 'task_raised')}"
    assert found.sentence == f"Hotel Adlon Nord {say_notice(a_notice(), zone='Europe/Berlin')}"
    assert "Where is our delivery?" in found.sentence
    assert dict(found.points) == {
        "Why it matters": "; ".join(say_addend(addend) for addend in MATTERS),
        "By when": "Mon, 1 Jun 2026, 09:00 CEST (in 4 h)",
        "Next step": "Take the ticket yourself and stay with it until it is solved.",
        "Owner": "Carla",
        "When it happened": "Mon, 1 Jun 2026, 05:00 CEST (now)",
    }
    assert found.link == "https://board.example.com/tasks/T-1"


def test_what_is_said_already_is_not_said_twice():
    newest = Why(code="ticket_reopened", values={"ticket": "T-0", "times": 2.0})
    assert "What they said or did" not in dict(words().points)
    assert "What they said or did" not in dict(words(newest=newest, change=newest).points)
    assert dict(words(newest=newest).points)["What they said or did"] == say(newest)


def test_where_the_policy_names_no_next_step_the_usual_one_is_said():
    assert dict(words(next_step=None).points)["Next step"] == next_step(Cause.BAD_SERVICE)
    assert "Next step" not in dict(words(next_step=None, cause=None).points)


def test_who_is_not_high_impact_is_not_called_so():
    assert words(hic=False).headline == f"P1: {say_who('Hotel Adlon Nord', 'A', None)}: {call('notice', 'task_raised')}"


def test_who_reads_german_gets_german():
    found, notice = words(language="de"), a_notice()
    assert found.headline.endswith(call("notice", "task_raised", "de"))
    assert found.sentence == f"Hotel Adlon Nord {say_notice(notice, 'de', 'Europe/Berlin')}"
    assert dict(found.points)["Bis wann"] == "Mo., 1. Juni 2026, 09:00 MESZ (in 4 h)"
    assert found.link_words == "Aufgabe öffnen"
    assert '<html lang="de">' in html_of(found)
    assert json.loads(body_of(notice, found))["data"]["language"] == "de"


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_of_notice_has_words(kind):
    assert words(kind=kind).headline.endswith(call("notice", kind.value))


@pytest.mark.parametrize(
    ("about", "kind", "link"),
    [
        ("T-9", About.TASK, "tasks/T-9"),
        ("T-9", About.ALERT, "alerts/T-9"),
        ("T-9", About.CUSTOMER, "customers/C00"),
        ("A-x/../../?y=#z", About.ALERT, "alerts/A-x%2F..%2F..%2F%3Fy%3D%23z"),
    ],
)
def test_the_link_leads_to_the_page_of_what_it_is_about_whatever_the_id_looks_like(about, kind, link):
    assert words(about=about, about_kind=kind).link == URL + link


def test_times_show_their_zone():
    assert when(START, Recipient(URL, "Asia/Seoul")) == "Mon, 1 Jun 2026, 12:00 KST"
    assert when(START, UTC) == "Mon, 1 Jun 2026, 03:00 UTC"


def texts(message):
    yield message["text"]
    for block in message["blocks"]:
        if block["text"]["type"] == "mrkdwn":
            yield block["text"]["text"]


@given(HOSTILE)
def test_in_slack_nothing_a_customer_wrote_is_a_link_or_calls_anybody(text):
    found = render(hostile_notice(text), UTC, START)
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
    parser.feed(html_of(found := render(hostile_notice(text), UTC, START)))
    assert set(parser.tags) <= {"html", "head", "meta", "body", "h1", "p", "dl", "dt", "dd", "a"}
    assert parser.links == [found.link]


@given(HOSTILE)
def test_in_a_mail_nothing_a_customer_wrote_is_a_header(text):
    notice = hostile_notice(text)
    raw = message_of(MAIL, notice, render(notice, UTC, START), START).as_bytes()
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
    message = json.loads(body_of(notice, render(notice, UTC, START)))
    assert message["data"]["why"] == {"code": "comment_added", "values": {}, "said": text}
    assert message["data"]["headline"].startswith("P1: ")
    assert message["type"] == "task.raised"


def test_a_repeated_mail_is_the_same_mail():
    first, again = (message_of(MAIL, a_notice(), words(now=now), now) for now in (START, START + timedelta(hours=1)))
    assert first["Message-ID"] == again["Message-ID"]
    assert message_of(MAIL, a_notice("other"), words(), START)["Message-ID"] != first["Message-ID"]
    assert first["References"] == message_of(MAIL, a_notice("other"), words(), START)["References"], "mails about one task stand together"


def test_a_mail_has_text_and_html_that_say_the_same():
    mail = message_of(MAIL, a_notice(), words(), START)
    plain, rich = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    for part in (call("notice", "task_raised"), say_addend(MATTERS[1]), "Carla", "https://board.example.com/tasks/T-1"):
        assert part in plain
        assert part in rich
    assert plain.replace("\r\n", "\n") == text_of(words())
