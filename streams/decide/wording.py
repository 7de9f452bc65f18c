"""Words for people: who a customer is, and what they said, short and safe to show."""

from __future__ import annotations

from datetime import UTC, datetime

from streams.decide.state import Customer
from streams.decide.tier import tier_at

MOST_QUOTED = 160


def plain(text: str, most: int) -> str:
    """Text on one line, at most `most` characters of it, without what cannot be printed or encoded."""
    if len(text) <= most and text.isprintable() and "  " not in text:
        return text.strip()
    line = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text[: most * 4]).split())
    line = line.encode("utf-8", "replace").decode()
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def quote(text: str | None) -> str:
    """What somebody said, on one line, in quotation marks, at most MOST_QUOTED characters; empty for nothing."""
    line = plain(text, MOST_QUOTED) if text else ""
    return f"“{line}”" if line else ""


def said(sentence: str, text: str | None) -> str:
    """A sentence with what somebody said after it, where they said anything."""
    words = quote(text)
    return f"{sentence}: {words}" if words else sentence


def who(customer: Customer, at: float) -> str:
    """The customer by name, with tier and why they matter."""
    name = plain((customer.profile.name if customer.profile is not None else None) or customer.id, MOST_QUOTED)
    segment = customer.segment
    hic = f", high-impact: {segment.hic_because}" if segment is not None and segment.hic and segment.hic_because else ""
    return f"{name} (tier {tier_at(segment, at).value}{hic})"


def when(at: float) -> str:
    """An instant in UTC, to the minute."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
