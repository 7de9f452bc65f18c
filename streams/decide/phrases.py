"""Phrases that mean somebody wants to leave, found in one pass over a comment, in any language of the policy."""

from __future__ import annotations

from schemas.policy import Policy


class Lexicon:
    """The policy's phrases, compiled once per policy version."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
