"""How deliveries are signed: one small value says it for nearly every system; a system with another way brings a function."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import Literal, NamedTuple

BODY, TIMESTAMP, METHOD, URI = "{body}", "{timestamp}", "{method}", "{uri}"
MOST_GIVEN = 8
"""Signatures that are looked at in a header: a vendor sends one, or two while a secret is replaced."""
LONGEST_HEADER = 4096
"""Characters of a header in which signatures and times are looked for."""
LONGEST_TIME = 64


class Verification(StrEnum):
    """Whether a delivery comes from whom it says; each but the first is why it is refused."""

    GENUINE = "genuine"
    UNSIGNED = "unsigned"
    UNDATED = "undated"
    STALE = "stale"
    FORGED = "forged"


WHY_REFUSED: dict[Verification, str] = {
    Verification.UNSIGNED: "the signature header is missing",
    Verification.UNDATED: "the time of signing is missing or cannot be read",
    Verification.STALE: "it was signed too long ago, or in the future: a recording, or a clock that is wrong",
    Verification.FORGED: "the signature does not fit the body: is the secret the right one?",
}


class Request(NamedTuple):
    """What may be signed: the raw body, headers by their names in lower case, and where it was sent."""

    body: bytes
    headers: Mapping[str, str]
    method: str = "POST"
    uri: str = ""


Verify = Callable[[Request, Sequence[str], datetime, float], Verification]
"""(request, secrets, now, tolerance in seconds) -> Verification. Several secrets while one replaces another."""


@dataclass(frozen=True, slots=True)
class Hmac:
    """A keyed hash over `signed` (parts of the request, other text as it is), found in `header` by the pattern `given`.

    A signature that covers a time is refused when that time is further from now than the tolerance. `key` makes the key of the secret.
    """

    header: str
    signed: tuple[str, ...] = (BODY,)
    digest: Literal["sha256", "sha1"] = "sha256"
    encoding: Literal["base64", "hex"] = "base64"
    given: str = r"(\S+)"
    more: tuple[tuple[str, str], ...] = ()
    """Other headers that are signed: (placeholder in `signed`, header)."""
    time_header: str = ""
    time: str = r"(.+)"
    key: Callable[[str], bytes] = str.encode

    def __call__(self, request: Request, secrets: Sequence[str], now: datetime, tolerance_s: float) -> Verification:
        """See Verify. All secrets are tried, in a time that does not tell which fits; the body is hashed once for each, whatever is given."""
        given = self._given(request)
        if not given:
            return Verification.UNSIGNED
        stamp = self._timestamp(request)
        if stamp is None:
            return Verification.UNDATED
        message = self._message(request, stamp)
        right = [hmac.compare_digest(made, one) for made in [self._sign(secret, message) for secret in secrets] for one in given]
        if not any(right):
            return Verification.FORGED
        if not self.time_header:
            return Verification.GENUINE
        signed_at = _instant(stamp)
        if signed_at is None:
            return Verification.UNDATED
        return Verification.GENUINE if abs((now - signed_at).total_seconds()) <= tolerance_s else Verification.STALE

    def _given(self, request: Request) -> list[bytes]:
        found = re.finditer(self.given, request.headers.get(self.header, "")[:LONGEST_HEADER])
        return [one[1].encode("ascii", "replace") for one in islice(found, MOST_GIVEN)]

    def _timestamp(self, request: Request) -> str | None:
        if not self.time_header:
            return ""
        found = re.search(self.time, request.headers.get(self.time_header, "")[:LONGEST_HEADER])
        return found[1] if found and len(found[1]) <= LONGEST_TIME else None

    def _message(self, request: Request, stamp: str) -> bytes:
        parts = {
            BODY: request.body,
            TIMESTAMP: stamp.encode("latin-1", "replace"),
            METHOD: request.method.encode(),
            URI: request.uri.encode(),
        } | {placeholder: request.headers.get(header, "").encode("latin-1", "replace") for placeholder, header in self.more}
        return b"".join(parts.get(part, part.encode()) for part in self.signed)

    def _sign(self, secret: str, message: bytes) -> bytes:
        made = hmac.new(self.key(secret), message, getattr(hashlib, self.digest)).digest()
        return base64.b64encode(made) if self.encoding == "base64" else made.hex().encode()

    def sign(self, request: Request, secret: str) -> str:
        """The signature that a request should carry, without what surrounds it in its header: for tests and simulators."""
        return self._sign(secret, self._message(request, self._timestamp(request) or "")).decode()


def _instant(stamp: str) -> datetime | None:
    """A time in seconds or milliseconds since 1970, or in ISO 8601."""
    try:
        if stamp.isascii() and stamp.isdigit():
            number = int(stamp)
            return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)
        at = datetime.fromisoformat(stamp)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
