"""Wording: numbers with their nouns, and texts on one line, for the sentences of every room."""

from __future__ import annotations


def counted(number: float, noun: str, nouns: str | None = None, *, digits: int = 0) -> str:
    """A number with its noun, singular where it reads as 1: `1 day`, `2.5 days`, `1,000 records`, `1 copy` (with `nouns`).

    `digits` is how many digits after the point there are at most.
    """
    shown = f"{number:,.{digits}f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return f"{shown} {noun if shown == '1' else nouns or f'{noun}s'}"


def plain(text: str, most: int) -> str:
    """Text on one line, at most `most` characters of it, without what cannot be printed or encoded."""
    if len(text) <= most and text.isprintable() and "  " not in text:
        return text.strip()
    line = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text[: most * 4]).split())
    line = line.encode("utf-8", "replace").decode()
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
