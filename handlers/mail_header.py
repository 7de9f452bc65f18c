"""A header of a mail that reads as these very characters, also where they look like an encoded word (RFC 2047)."""

from __future__ import annotations

from email.header import Header
from email.policy import Policy
from typing import Self

_BEGINS_A_WORD = "=?"


class LiteralHeader(str):
    """Its value is the text as it is given: assigned to a message, it is not parsed, as a plain `str` would be, but kept until it is sent.

    The e-mail library takes an object with a `name` for a header that is parsed already, and asks it to fold itself. Text must be on one
    line; what is not plain ASCII, or could be taken for an encoded word, is sent as encoded words of that text.
    """

    __slots__ = ("name",)
    name: str

    def __new__(cls, name: str, text: str) -> Self:
        if len(text.splitlines()) > 1:
            raise ValueError(f"the header {name} must be on one line")
        made = super().__new__(cls, text)
        made.name = name
        return made

    def fold(self, *, policy: Policy) -> str:
        """The header's lines as they are sent."""
        plain = self.isascii() and self.isprintable() and _BEGINS_A_WORD not in self
        value = Header(str(self), "us-ascii" if plain else "utf-8", header_name=self.name)
        return f"{self.name}: {value.encode(linesep=policy.linesep)}{policy.linesep}"
