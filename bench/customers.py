"""Who the customers of every job are called."""

from __future__ import annotations


def customer_id(number: int) -> str:
    """Seven digits, so that every id has the same width."""
    return f"c{number:07d}"
