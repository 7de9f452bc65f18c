"""A table of the policy file, and the shares and durations that such tables hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A table of the policy file. Unlike in messages, a key that we do not know is an error: it is most likely a slip."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Share = Annotated[float, Field(ge=0, le=1)]
Hours = Annotated[float, Field(gt=0, le=24 * 365)]
Days = Annotated[float, Field(gt=0, le=3650)]
