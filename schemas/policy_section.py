"""A table of the policy file."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the policy file. Unlike in messages, a key that we do not know is an error: it is most likely a slip."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
