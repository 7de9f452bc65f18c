"""What a destination's response means: it took the notice, it is to be tried again (and when), or it refuses for good."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from handlers.sanitize import plain
from schemas.deliveries import Outcome

RETRYABLE = frozenset({408, 425, 429})
"""Statuses after which the request is tried again; every 5xx is one too."""
_MOST_SHOWN = 200


class SendResult(NamedTuple):
    """DELIVERED, FAILED (to be tried again) or REFUSED; `wait_s` is the pause that the destination asked for, in seconds."""

    outcome: Outcome
    detail: str
    wait_s: float | None = None


def from_http(status: int, headers: Mapping[str, str], body: str, now: datetime) -> SendResult:
    """What an HTTP response means. `body` is its beginning, shown to people who look for the cause."""
    shown = plain(body, _MOST_SHOWN)
    said = f"answered {status}{f': {shown}' if shown else ''}"
    if 200 <= status < 300:  # noqa: PLR2004
        return SendResult(Outcome.DELIVERED, f"answered {status}")
    if 300 <= status < 400:  # noqa: PLR2004
        where = plain(headers.get("location", "elsewhere"), _MOST_SHOWN)
        return SendResult(
            Outcome.REFUSED, f"answered {status} and points to {where}: redirects are not followed, put the right address in the settings"
        )
    if status in RETRYABLE or status >= 500:  # noqa: PLR2004
        return SendResult(Outcome.FAILED, said, retry_after(headers.get("retry-after"), now))
    return SendResult(Outcome.REFUSED, said)


def retry_after(value: str | None, now: datetime) -> float | None:
    """The header Retry-After in seconds from now: it is given as seconds or as an HTTP date. None where it says nothing we understand."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())
