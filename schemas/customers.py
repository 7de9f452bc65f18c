"""Who a fact is about: a customer id, or aliases (e-mail, phone, a vendor's id) from the most to the least trusted."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from schemas.aliases import normal_alias
from schemas.message import Message, Name

Alias = Annotated[str, StringConstraints(max_length=320), AfterValidator(normal_alias)]


class Trust(IntEnum):
    """How sure the producer is that an alias belongs to a customer. A weaker claim never takes an alias from a stronger one; of equal
    claims the newer counts, but what is guessed of several customers is nobody's.
    """

    GUESSED = 0
    ASSERTED = 1
    VERIFIED = 2


class Reference(Message):
    """The customer's id where the producer knows it, else aliases, the most trusted first. One of both is needed.

    `trust` bounds what is learned from their standing together, for a producer that is less sure than it seems: from a guess (0), such
    as an address that a visitor typed, nothing is.
    """

    id: Name | None = None
    aliases: Annotated[tuple[Alias, ...], Field(max_length=16)] = ()
    trust: Trust | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Reference:
        if self.id is None and not self.aliases:
            raise ValueError("a customer is named by an id or by at least one alias")
        return self

    @property
    def guessed(self) -> bool:
        """Whether nothing may be learned from it."""
        return self.trust == Trust.GUESSED

    @property
    def key(self) -> str:
        """The record key, and what decides the partition."""
        return self.id if self.id is not None else self.aliases[0]
