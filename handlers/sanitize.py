"""Words of others, made safe to show: on one line, printable, bounded; escaped for Slack and for HTML."""

from __future__ import annotations

import html

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that Unicode calls printable and that show nothing: fillers of Hangul, vowels of Khmer that are not seen, a blank of Braille."""


def plain(text: str, most: int) -> str:
    """Text on one line, at most `most` characters, without control characters, text direction marks and halves of characters."""
    line = " ".join("".join(c if _is_seen(c) else " " for c in text[: most * 4]).split())
    line = line.encode("utf-8", "replace").decode()
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _is_seen(character: str) -> bool:
    return character.isprintable() and character not in _BLANK


def for_slack(text: str) -> str:
    """Escaped so that Slack shows it and does nothing else: no link, no mention, no channel-wide call."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def for_html(text: str) -> str:
    """Escaped for HTML text and for attributes in double quotes."""
    return html.escape(text, quote=True)


def storable(text: str) -> str:
    """Text that every database takes: PostgreSQL knows no NUL."""
    return text.replace("\x00", "\N{SYMBOL FOR NULL}")
