"""Words for people: who a customer is, and what they said, short and safe to show."""

from __future__ import annotations

from datetime import UTC, datetime

from streams.decide.state import Customer
from streams.decide.tier import tier_at

MOST_QUOTED = 160


def quote(text: str | None) -> str:
    """What somebody said, on one line, in quotation marks, at most MOST_QUOTED characters; empty for nothing."""
    if not text:
        return ""
    line = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text[: MOST_QUOTED * 4]).split())
    line = line.encode("utf-8", "replace").decode()
    if not line:
        return ""
    return f"“{line if len(line) <= MOST_QUOTED else line[: MOST_QUOTED - 1].rstrip() + '…'}”"


def who(customer: Customer, at: float) -> str:
    """The customer by name, with tier and why they matter."""
    name = (customer.profile.name if customer.profile is not None else None) or customer.id
    standing = customer.standing
    hic = f", high-impact: {standing.hic_because}" if standing is not None and standing.hic and standing.hic_because else ""
    return f"{name} (tier {tier_at(standing, at).value}{hic})"


def when(at: float) -> str:
    """An instant in UTC, to the minute."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
