"""What the customer wrote themselves: quoted mail, which is ours or another's, and signatures are cut off."""

from __future__ import annotations

import re
from functools import lru_cache

from mailparser_reply.parser import EmailMessage, EmailReply

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "ja", "da", "sv", "cs", "ko", "zh")
"""Those of the library. In others (Portuguese, Turkish, Greek, Ukrainian, Armenian) quotes are known by their marks alone."""
LONGEST_LINE = 200
MOST_LINES = 200
"""The library is given so many lines, and so many characters of each: its expressions take the square of a line's length."""
GREETING_WORDS = 3
SIGNATURE_WORDS = 6
"""Of so few words is the first line of a signature, and each of the next: "Thanks, but we leave" is none."""
_SIGNED = 3
"""So many lines of it are looked at."""
_QUOTE = ">"
_MARK = re.compile(r"^\s*(?:>|--|__|[-*_]{5}|\S.*:\s*$|\S+:\s\S|\S.{0,40},\s*$)|(?<=\n)[^.!?\n]{2,40}$", re.MULTILINE)
"""A line that may begin a quote, a signature or the header of a mail. Most texts have none, and go past the library."""


@lru_cache(maxsize=32)  # several aspects look at one text, one after the other
def own_words(text: str) -> str:
    """The text without the mail that it answers, lines of quotes, and the signature. Of a text that is all quote nothing is left."""
    if "\n" not in text or _MARK.search(text) is None:
        return text
    lines = [line.strip() for line in text.strip().replace("\r\n", "\n").split("\n")[:MOST_LINES]]
    read = EmailMessage(text="\n".join(line[:LONGEST_LINE] for line in lines), languages=list(LANGUAGES), keep_hyphen_lists=True).read()
    first = read.replies[0]
    own = _below(lines) if first.headers else lines[: _own_lines(first)]
    return "\n".join(line for line in own if not line.startswith(_QUOTE)).strip()


def _own_lines(reply: EmailReply) -> int:
    """How many lines are the reply's own: those before its signature."""
    content = reply.content
    if reply.signatures and content.endswith(reply.signatures) and _is_signature(reply.signatures):
        content = content[: -len(reply.signatures)].rstrip("\n")
    return content.count("\n") + 1 if content.strip() else 0


def _is_signature(text: str) -> bool:
    first, *more = [line for line in text.split("\n") if line.strip()][:_SIGNED]
    return len(first.split()) <= GREETING_WORDS and all(len(line.split()) <= SIGNATURE_WORDS for line in more)


def _below(lines: list[str]) -> list[str]:
    """Where the quote comes first, what is written under it; nothing where no marks tell the one from the other."""
    quoted = [number for number, line in enumerate(lines) if line.startswith(_QUOTE)]
    return lines[quoted[-1] + 1 :] if quoted else []
