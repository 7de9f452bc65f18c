"""Everything that an input topic may carry, and how bytes become one of these messages."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from schemas.commands import AnyCommand
from schemas.facts import AnyFact
from schemas.traffic import (
    AliasBound,
    AliasErased,
    AliasSought,
    CorrectionSet,
    FactReleased,
    HistogramReported,
    OutcomesReported,
    PolicyAdopted,
    ThresholdsSet,
    TimerDue,
)

SCHEMA_VERSION = 1
"""Raised when messages change in a way that older workers cannot read."""

AnyTraffic = (
    AliasSought
    | AliasBound
    | AliasErased
    | FactReleased
    | TimerDue
    | HistogramReported
    | ThresholdsSet
    | OutcomesReported
    | CorrectionSet
    | PolicyAdopted
)
AnyInput = AnyFact | AnyCommand | AnyTraffic

INPUT: TypeAdapter[AnyInput] = TypeAdapter(Annotated[AnyInput, Field(discriminator="type")])
FACT: TypeAdapter[AnyFact] = TypeAdapter(Annotated[AnyFact, Field(discriminator="type")])
