"""The policy as decisions read it says what the policy says."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from makegood.config import policy_file
from schemas.decisions import Priority
from streams.decide.rules import rules_of

POLICY = policy_file.load(None)
RULES = rules_of(POLICY)


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    names = type(value).model_fields if isinstance(value, BaseModel) else getattr(value, "__struct_fields__", None)
    if names is not None:
        items = [(name, getattr(value, name)) for name in names]
    elif isinstance(value, tuple):
        items = [(str(number), known) for number, known in enumerate(value)]
    else:
        return {path: value}
    return {leaf: known for name, part in items for leaf, known in _leaves(part, f"{path}.{name}").items()}


def test_every_field_of_the_policy_is_the_same_however_deep_it_stands():
    said = _leaves(POLICY)
    assert len(said) > 100
    assert _leaves(RULES) == said


@pytest.mark.parametrize("priority", Priority)
def test_the_policy_answers_questions_the_same(priority):
    assert RULES.routes.of(priority) == POLICY.routes.of(priority)


def test_no_decision_can_change_the_policy():
    with pytest.raises(AttributeError):
        RULES.churn.leak = 0.0


def test_partitions_with_the_same_policy_read_the_same_rules():
    """Each read its own: what silence makes of a policy was worked out anew whenever another partition had its turn."""
    again = POLICY.model_copy()
    assert again is not POLICY
    assert rules_of(again) is rules_of(POLICY)
    assert rules_of(again.model_copy(update={"version": "other"})) is not rules_of(POLICY)
    turned = again.churn.model_copy(update={"raise_at": dict(reversed(again.churn.raise_at.items()))})
    assert list(rules_of(again.model_copy(update={"churn": turned})).churn.raise_at) == list(turned.raise_at)


def test_who_asks_for_two_policies_by_turns_reads_the_same_rules_of_each():
    """Partitions that change to another policy one after the other do; each made its own."""
    candidate = POLICY.model_copy(update={"version": "candidate"})
    first = rules_of(POLICY), rules_of(candidate)
    assert rules_of(POLICY) is first[0]
    assert rules_of(candidate) is first[1]


def test_only_the_last_three_policies_are_kept():
    first, others = rules_of(POLICY), [POLICY.model_copy(update={"version": str(number)}) for number in range(3)]
    for other in others:
        rules_of(other)
    assert rules_of(others[0]) is rules_of(others[0])
    assert rules_of(POLICY) is not first
