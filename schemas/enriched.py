"""The enriched stream: what customers said and did, with who they were to us then, for whoever wants to build on it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.decisions import Basis, Share, Tier
from schemas.facts import Interaction
from schemas.message import Instant, Message, Name
from schemas.reasons import Why
from schemas.slugs import Open


class FactEnriched(Message):
    """A survey or interaction fact that was applied, with who its customer was to us `at` its event time. Once for each version of a fact.

    The fact is as it came, but names its customer by id alone: no alias and no name. `tier` and `protected` (HIC, or in the top business
    row) are those that held at the event time; `hic`, with its reason, and `chance` (of leaving, what this fact says included) are as they
    were when it was applied. `annual_value` is that of the event time; it is absent where nobody says what the customer is worth.
    """

    type: Literal["fact.enriched"] = "fact.enriched"
    id: Name
    customer: Name
    at: Instant
    fact: Annotated[Interaction, Field(discriminator="type")]
    tier: Open[Tier]
    protected: bool
    hic: bool
    hic_why: Why | None = None
    annual_value: float | None = None
    currency: Name
    chance: Share
    basis: Basis
