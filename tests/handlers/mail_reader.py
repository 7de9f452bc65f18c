"""A mail as a client shows it, read from its bytes by the rules of RFC 5322, 2045 and 2047 alone: no library that wrote it reads it."""

from __future__ import annotations

import base64
import quopri
import re
from typing import NamedTuple

_WORD = re.compile(r"=\?([\w-]+)(?:\*[\w-]+)?\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN_WORDS = re.compile(r"(=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)[ \t]+(?==\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)")


class Shown(NamedTuple):
    """Headers in their order, decoded as a client does, and the bodies: (content type, text)."""

    headers: list[tuple[str, str]]
    bodies: list[tuple[str, str]]

    def header(self, name: str) -> str:
        (value,) = [value for known, value in self.headers if known.lower() == name.lower()]
        return value

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.headers]


def shown(raw: bytes) -> Shown:
    """What a client makes of these bytes."""
    headers, body = _split(raw)
    found = [(name, decoded(value)) for name, value in headers]
    boundary = re.search(r'boundary="?([^";]+)', dict(headers)["Content-Type"])
    assert boundary is not None, headers
    parts = re.split(rb"(?:^|\r\n)--" + re.escape(boundary[1].encode()) + rb"(?:--)?[ \t]*(?:\r\n|$)", body)
    return Shown(found, [_part(part) for part in parts[1:-1]])


def decoded(value: str) -> str:
    """A header's value with its encoded words decoded; white space between two of them is none."""
    return _WORD.sub(_word, _BETWEEN_WORDS.sub(r"\1", value))


def _word(found: re.Match[str]) -> str:
    charset, encoding, text = found.groups()
    raw = base64.b64decode(text) if encoding in "bB" else quopri.decodestring(text.replace("_", "=20"))
    return raw.decode(charset)


def _split(raw: bytes) -> tuple[list[tuple[str, str]], bytes]:
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = re.sub(rb"\r\n(?=[ \t])", b"", head).decode("ascii").split("\r\n")
    assert all(re.match(r"[!-9;-~]+:", line) for line in lines), lines
    assert not any(set(line) & set("\r\n\x0b\x0c\x00") for line in lines), lines
    assert max(map(len, head.split(b"\r\n"))) <= 998
    return [(line.partition(":")[0], line.partition(":")[2].strip(" ")) for line in lines], body


def _part(raw: bytes) -> tuple[str, str]:
    headers, body = _split(raw)
    by_name = {name.lower(): value for name, value in headers}
    how = by_name.get("content-transfer-encoding", "7bit")
    bare = {"base64": base64.b64decode, "quoted-printable": quopri.decodestring, "7bit": bytes, "8bit": bytes}[how](body)
    return by_name["content-type"].partition(";")[0], bare.decode("utf-8").replace("\r\n", "\n")
