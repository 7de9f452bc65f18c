"""A notice in words that a person wants to receive at three in the morning: who, what they said, why it matters, by when, what to do, one link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from handlers.sanitize import plain
from schemas import sentences
from schemas.decisions import About, Notice, NoticeKind
from schemas.sentences.reader import reader_of

_PAGES = {About.TASK: "tasks", About.ALERT: "alerts"}
"""Pages of the board by what they are about; everything else is on the customer's."""
_NO_PREDICATE = {NoticeKind.ALERT_RESOLVED}
"""What these tell is of the customer's chance, not of the customer."""
_NAME, _TEXT, _HEADLINE = 80, 560, 240
"""Characters; Slack takes 3000 in a block, and a character may become five when it is escaped."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who reads it: where they reach the board, their time zone, and their language (a BCP 47 tag)."""

    console_url: str
    zone: str = "UTC"
    language: str = "en"

    def call(self, kind: str, slug: str) -> str:
        """What stands around the words, in their language."""
        return sentences.call(kind, slug, self.language)


@dataclass(frozen=True, slots=True)
class RenderedNotice:
    """The words of one notice: each on one line, bounded, not yet escaped. `points` are pairs of a label and its words."""

    headline: str
    sentence: str
    points: tuple[tuple[str, str], ...]
    link: str
    link_words: str
    language: str = "en"


def render(notice: Notice, recipient: Recipient, now: datetime) -> RenderedNotice:
    """The words for a notice that is sent at `now`. Times are shown in the recipient's zone, and by how far off they are."""
    link, words = link_of(notice, recipient)
    points = tuple(point for point in _points(notice, recipient, now) if point[1])
    language = recipient.language
    return RenderedNotice(_headline(notice, language), _sentence(notice, recipient), points, link, words, language)


def _name(notice: Notice) -> str:
    return plain(notice.customer_name or "", _NAME) or plain(notice.customer, _NAME)


def _headline(notice: Notice, language: str) -> str:
    who = sentences.say_who(_name(notice), notice.tier.value, notice.hic_why if notice.hic else None, language)
    return plain(f"{notice.priority.value}: {who}: {sentences.call('notice', notice.kind.value, language)}", _HEADLINE)


def _sentence(notice: Notice, recipient: Recipient) -> str:
    says = sentences.say_notice(notice, recipient.language, recipient.zone)
    return plain(f"{_name(notice)}{': ' if notice.kind in _NO_PREDICATE else ' '}{says}", _TEXT)


def _points(notice: Notice, recipient: Recipient, now: datetime) -> tuple[tuple[str, str], ...]:
    """Pairs of a label and its words, which are empty where there is nothing to say, or it is said already."""
    points = {
        "newest": _newest(notice, recipient),
        "matters": _matters(notice, recipient),
        "due": "" if notice.due_at is None else _time(notice.due_at, now, recipient),
        "next_step": _next_step(notice, recipient.language),
        "owner": plain(notice.owner or "", _NAME) or recipient.call("point", "nobody"),
        "happened": _time(notice.at, now, recipient),
    }
    return tuple((recipient.call("point", name), words) for name, words in points.items())


def _newest(notice: Notice, recipient: Recipient) -> str:
    if notice.newest is None or notice.newest in (notice.why, notice.change):
        return ""
    return plain(sentences.say(notice.newest, recipient.language, recipient.zone), _TEXT)


def _matters(notice: Notice, recipient: Recipient) -> str:
    return plain("; ".join(sentences.say_addend(addend, recipient.language, recipient.zone) for addend in notice.matters), _TEXT)


def _next_step(notice: Notice, language: str) -> str:
    """What the policy says, else what is usual for such a cause."""
    usual = "" if notice.cause is None else sentences.next_step(notice.cause, language)
    return plain(notice.next_step or usual, _TEXT)


def _time(at: datetime, now: datetime, recipient: Recipient) -> str:
    return f"{when(at, recipient)} ({sentences.say_how_far(at, now, recipient.language)})"


def link_of(notice: Notice, recipient: Recipient) -> tuple[str, str]:
    """The page of the board that a notice is about, and the words of the link to it."""
    base, page = recipient.console_url.rstrip("/"), _PAGES.get(notice.about_kind)
    if page is not None:
        return f"{base}/{page}/{quote(notice.about, safe='')}", recipient.call("link", notice.about_kind)
    return f"{base}/customers/{quote(notice.customer, safe='')}", recipient.call("link", "customer")


def when(at: datetime, recipient: Recipient) -> str:
    """An instant in the recipient's zone, to the minute: `Wed, 25 Nov 2026, 14:30 CET`."""
    return reader_of(recipient.language, recipient.zone).instant(at)
