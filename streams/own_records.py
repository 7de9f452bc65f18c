"""The records that a partition keeps of itself, beside those of customers and aliases: each under its own key, in a version of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from pydantic import ValidationError

from schemas.policy import Policy
from streams.decide.outcomes import Correction, Outcomes
from streams.decide.percentiles import Histograms
from streams.decide.record import NewerState, Whole
from streams.decide.state import Thresholds

Read = Callable[[bytes], bytes | None]


class Layouts(msgspec.Struct, array_like=True):
    """Which slices the customers' and the aliases' records of this partition hold, as every version that wrote here had them."""

    customers: list[str] = []
    aliases: list[str] = []


class Reports(msgspec.Struct, array_like=True):
    """Partition 0 keeps the last histogram report of every partition, as JSON."""

    by_partition: dict[int, bytes] = {}


class OutcomeReports(msgspec.Struct, array_like=True):
    """Partition 0 keeps the last report of what came of chances, of every partition."""

    by_partition: dict[int, Outcomes] = {}


LAYOUTS = Whole(b"~layouts", Layouts)
THRESHOLDS = Whole(b"~thresholds", Thresholds)
HISTOGRAMS = Whole(b"~histograms", Histograms)
REPORTS = Whole(b"~reports", Reports)
OUTCOMES = Whole(b"~outcomes", Outcomes)
OUTCOME_REPORTS = Whole(b"~outcome-reports", OutcomeReports)
CORRECTION = Whole(b"~correction", Correction)
WHOLE: tuple[Whole[Any], ...] = (LAYOUTS, THRESHOLDS, HISTOGRAMS, REPORTS, OUTCOMES, OUTCOME_REPORTS, CORRECTION)
POLICY = b"~policy"
"""As JSON, and not among them."""


def refuse_newer(read: Read) -> None:
    """Raises NewerState for a record of a later version, also for one that is not read before it is asked for."""
    for whole in WHOLE:
        whole.refuse_newer(read(whole.key))


def policy_in(raw: bytes) -> Policy:
    """The policy as another version may have written it: a setting that this one does not know takes no part, and stays in the record.

    Raises NewerState where a setting that it knows holds what it does not.
    """
    try:
        return Policy.model_validate_json(raw, extra="ignore")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise NewerState(
            f"the state holds a policy that this worker cannot read ({where}: {first['msg']}): another version wrote it, upgrade the worker"
        ) from error
