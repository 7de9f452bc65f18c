"""A history in which every churn signal is seen, however faint: an alert shows it."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.config import policy_file
from tests.streams.history import History

_VALID = policy_file.parse(
    'version = "seen"\n[churn]\nleak = 0.0\nleave_margin = 0.0\n[churn.raise_at]\nwatch = 0.04\nwarning = 0.6\ncritical = 0.8\n', "seen"
)
POLICY = _VALID.model_copy(update={"churn": _VALID.churn.model_copy(update={"leak": 0.03})})  # above the level: more than a file may say
"""The built-in policy, but the faintest signal makes an alert, so that it can be looked at; and without one there is none."""


def told(*, step_h: float = 1 / 6) -> History:
    """`step_h`: time passes in steps of so many hours."""
    history = History(POLICY)
    history.step_s = step_h * 3600
    return history


def signal_of(history: History, name: str) -> tuple[float, dict[str, Any]]:
    """Strength and values of the only signal that there is."""
    assert list(history.signals()) == [name]
    signal = history.signals()[name]
    return signal["strength"], signal["why"]["values"]


def close_to(**numbers: float) -> dict:
    return {name: pytest.approx(number, rel=1e-9, abs=1e-9) for name, number in numbers.items()}
