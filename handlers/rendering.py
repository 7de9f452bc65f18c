"""A notice in words that a person wants to receive at three in the morning: who, what they said, why it matters, by when, what to do, one link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from handlers.sanitize import plain
from schemas.decisions import Notice, NoticeKind

HEADS: dict[NoticeKind, str] = {
    NoticeKind.TASK_RAISED: "needs us",
    NoticeKind.TASK_WORSENED: "it got worse",
    NoticeKind.TASK_REGRESSED: "it is not solved after all",
    NoticeKind.TASK_DUE_SOON: "due soon, and nobody has acknowledged it",
    NoticeKind.TASK_OVERDUE: "overdue, and the customer has not been contacted",
    NoticeKind.TASK_CLOSED: "closed",
    NoticeKind.SNOOZE_ENDED: "the snooze ended",
    NoticeKind.ALERT_RAISED: "may leave",
    NoticeKind.ALERT_WORSENED: "more likely to leave than before",
    NoticeKind.ALERT_RESOLVED: "no longer likely to leave",
    NoticeKind.PAYMENT_FAILED: "a payment failed",
}
"""What happened, after the customer's name."""
_PAGES = (("T-", "tasks", "Open the task"), ("A-", "alerts", "Open the alert"))
_NAME, _TEXT = 80, 560
"""Characters; Slack takes 3000 in a block, and a character may become five when it is escaped."""
_HOUR, _DAY = 60, 24 * 60


@dataclass(frozen=True, slots=True)
class RenderedNotice:
    """The words of one notice: each on one line, bounded, not yet escaped. `points` are pairs of a label and its words."""

    headline: str
    sentence: str
    points: tuple[tuple[str, str], ...]
    link: str
    link_words: str


def render(notice: Notice, console_url: str, zone: str, now: datetime) -> RenderedNotice:
    """The words for a notice that is sent at `now`. Times are shown in `zone`, and by how far off they are."""
    name = plain(notice.customer_name or "", _NAME) or plain(notice.customer, _NAME)
    sentence = plain(notice.sentence, _TEXT)
    link, words = link_of(notice, console_url)
    said = plain(notice.said or "", _TEXT)
    points = (
        ("What they said or did", said if said not in sentence else ""),
        ("Why it matters", plain(notice.why or "", _TEXT)),
        ("By when", "" if notice.due_at is None else f"{when(notice.due_at, zone)} ({how_far(notice.due_at, now)})"),
        ("Next step", plain(notice.next_step or "", _TEXT)),
        ("Owner", plain(notice.owner or "", _NAME) or "nobody yet"),
        ("When it happened", f"{when(notice.at, zone)} ({how_far(notice.at, now)})"),
    )
    hic = ", high-impact" if notice.hic else ""
    headline = f"{notice.priority.value}: {name} (tier {notice.tier.value}{hic}): {HEADS[notice.kind]}"
    return RenderedNotice(headline, sentence, tuple(point for point in points if point[1]), link, words)


def link_of(notice: Notice, console_url: str) -> tuple[str, str]:
    """The page of the board that a notice is about, and the words of the link to it."""
    base = console_url.rstrip("/")
    for start, page, words in _PAGES:
        if notice.about.startswith(start):
            return f"{base}/{page}/{quote(notice.about, safe='')}", words
    return f"{base}/customers/{quote(notice.customer, safe='')}", "Open the customer"


def when(at: datetime, zone: str) -> str:
    """An instant in a zone, to the minute: `Tue 25 Nov 2026, 14:30 CET`."""
    return at.astimezone(ZoneInfo(zone)).strftime("%a %d %b %Y, %H:%M %Z")


def how_far(at: datetime, now: datetime) -> str:
    """How far an instant is off: `in 2 h 10 min`, `35 min ago`, `in 3 days`, `now`."""
    minutes = round(abs((at - now).total_seconds()) / 60)
    if not minutes:
        return "now"
    return f"in {_span(minutes)}" if at > now else f"{_span(minutes)} ago"


def _span(minutes: int) -> str:
    if minutes < _HOUR:
        return f"{minutes} min"
    if minutes < 2 * _DAY:
        hours, rest = divmod(minutes, _HOUR)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{minutes // _DAY} days"
