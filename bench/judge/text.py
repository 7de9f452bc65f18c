"""Text: which questions of bank customers raise a task that they want to leave, or fear for security, against how people sorted them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from schemas.decisions import Cause
from schemas.facts import TicketOpened
from schemas.message import instant

from bench.judge.fold import Fold

COLUMNS = ("text", "category")
MEANT = {
    "leave": frozenset({"terminate_account"}),
    "security": frozenset(
        {
            "compromised_card",
            "lost_or_stolen_card",
            "lost_or_stolen_phone",
            "card_payment_not_recognised",
            "cash_withdrawal_not_recognised",
            "direct_debit_payment_not_recognised",
        }
    ),
}
"""The categories that belong to each intent."""
CAUSE = {"leave": Cause.WANTS_TO_LEAVE, "security": Cause.SECURITY}
BEGIN = 1_700_000_000.0


def understood(fold: Fold, texts: Sequence[str], done: Callable[[int], None]) -> list[str | None]:
    """The cause of the task that each text raises as the comment of a new ticket, each of a customer of its own; None without one."""
    for number, said in enumerate(texts):
        name = f"t{number}"
        fact = TicketOpened(
            id=name, source="judge", object=name, occurred_at=instant(BEGIN + number), customer={"id": name}, comment=said[:4000]
        )
        fold.feed("interactions", name, fact)
        if not number % 200:
            done(number)
    return [fold.tasks.get(f"t{number}") for number in range(len(texts))]


def figures(categories: Sequence[str], causes: Sequence[str | None]) -> dict[str, dict[str, Any]]:
    """Precision and recall of each intent."""
    found = {}
    for intent, meant in MEANT.items():
        hits = sum(1 for category, cause in zip(categories, causes, strict=True) if cause == CAUSE[intent] and category in meant)
        told, there = sum(1 for cause in causes if cause == CAUSE[intent]), sum(1 for category in categories if category in meant)
        found[intent] = {"precision": hits / told if told else None, "recall": hits / there if there else None}
    return found
