"""What stands around the words of a notice, for each language: labels, links, how far off a time is."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.decisions import About
from schemas.sentences.catalogue import language_of


@dataclass(frozen=True, slots=True)
class Labels:
    """One language. `ahead` and `ago` take a span, `days` a number."""

    newest: str
    matters: str
    due: str
    next_step: str
    owner: str
    nobody: str
    happened: str
    links: dict[About, str]
    other_link: str
    now: str
    ahead: str
    ago: str
    days: str


LABELS: dict[str, Labels] = {
    "en": Labels(
        newest="What they said or did",
        matters="Why it matters",
        due="By when",
        next_step="Next step",
        owner="Owner",
        nobody="nobody yet",
        happened="When it happened",
        links={About.TASK: "Open the task", About.ALERT: "Open the alert"},
        other_link="Open the customer",
        now="now",
        ahead="in {}",
        ago="{} ago",
        days="{} days",
    ),
    "de": Labels(
        newest="Was zuletzt kam",
        matters="Warum es zählt",
        due="Bis wann",
        next_step="Nächster Schritt",
        owner="Zuständig",
        nobody="noch niemand",
        happened="Wann es geschah",
        links={About.TASK: "Aufgabe öffnen", About.ALERT: "Warnung öffnen"},
        other_link="Kunden öffnen",
        now="jetzt",
        ahead="in {}",
        ago="vor {}",
        days="{} Tagen",
    ),
}
"""A language of schemas.sentences -> its labels."""


def labels_of(tag: str) -> Labels:
    """The labels for a BCP 47 tag; English where nobody speaks its language."""
    return LABELS[language_of(tag)]
