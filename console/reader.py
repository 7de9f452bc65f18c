"""The reader: in which language and time zone sentences are made for whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from fastapi import Request

from schemas import sentences
from schemas.decisions import Cause, Decision, Level, NoticeKind, Status, Verdict
from schemas.deliveries import Channel
from schemas.reasons import Why
from schemas.sentences.catalogue import language_of
from schemas.traffic import Fault

LANGUAGE_COOKIE, ZONE_COOKIE = "makegood_language", "makegood_zone"
"""Set by the board: a cookie goes with every request, also with that of an EventSource."""
LABELLED = {"cause": Cause, "status": Status, "level": Level, "verdict": Verdict, "notice": NoticeKind, "fault": Fault, "channel": Channel}
"""Fields with a fixed set of slugs: the board gets what they are called once, as one table."""


class Reader(NamedTuple):
    """`language` is one of LANGUAGES, `zone` a name of the tz database."""

    language: str = "en"
    zone: str = "UTC"

    def says(self, why: Why) -> str:
        """One reason, as the predicate of a sentence about the customer."""
        return sentences.say(why, self.language, self.zone)

    def says_data(self, why: Any) -> str | None:
        """The same of a reason as the read model keeps it; None says nothing."""
        return None if why is None else self.says(Why.model_validate(why))

    def decided(self, made: Decision) -> str:
        return sentences.say_decision(made, self.language, self.zone)

    def call(self, kind: str, slug: str) -> str:
        """What the slug of a field is called."""
        return sentences.call(kind, slug, self.language)

    def labels(self) -> dict[str, dict[str, str]]:
        """Field -> slug -> what it is called."""
        return {kind: {one.value: self.call(kind, one.value) for one in slugs} for kind, slugs in LABELLED.items()}


@cache
def _zones() -> set[str]:
    return available_timezones()


def reader_of(cookies: Mapping[str, str], zone: str | None) -> Reader:
    """Who reads, as their browser says; what is not known falls back to English and UTC. `zone` is that of the company, where it has set one."""
    language, own = cookies.get(LANGUAGE_COOKIE, ""), cookies.get(ZONE_COOKIE, "")
    return Reader(language_of(language), zone or (own if own in _zones() else "UTC"))


def reader(request: Request) -> Reader:
    """A dependency: who asks."""
    return reader_of(request.cookies, request.app.state.zone)
