"""Falling satisfaction: the customer's moving average lies well below where it used to be."""

from __future__ import annotations

from schemas.policy import Policy
from streams.decide.satisfaction import total
from streams.decide.state import Customer, Signal

NAME = "falling_satisfaction"


def look(customer: Customer, policy: Policy) -> None:
    """Strength: `most_strength` times min(1, fall / (2 * drop)), fall being the slow average less the fast one, from `drop` on."""
    answers, rules = customer.answers, policy.churn.falling_satisfaction
    if answers is None or total(answers) < rules.least_answers:
        return
    fall = answers.earlier - answers.now
    if fall < rules.drop:
        customer.signals.pop(NAME, None)
        return
    strength = rules.most_strength * min(1.0, fall / (2 * rules.drop))
    sentence = f"satisfaction fell from {answers.earlier:.0f} to {answers.now:.0f} of 100 over {total(answers)} answers"
    numbers = {"earlier": round(answers.earlier, 2), "now": round(answers.now, 2), "answers": float(total(answers))}
    customer.signals[NAME] = Signal(strength, answers.recent[-1][0], sentence, numbers)
