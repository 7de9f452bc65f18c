"""Promises of the catalogues: each language says everything, with the same values, and templates ask only for values that there are."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from schemas.decisions import DETAILS, NoticeKind, Verdict
from schemas.reasons import CODES
from schemas.sentences import LANGUAGES, catalogue, english
from schemas.sentences.labels import NOUNS
from schemas.sentences.template import parse
from tests.schemas.sentence_messages import Translatable, translatables

LOCALES = Path(catalogue.__file__).parent / "locales"
TRANSLATED = LANGUAGES[1:]
ALL = translatables()
DECIDED = {"why", "was", "now", "by", "task", "hic", "not_hic", "protected", "not_protected"}
NOTED = {"why", "change", "was", "now", "by", "priority", "chance", "due_at", "from_snooze", "from_contact"}
GIVEN = {
    "said": {"sentence"},
    "unknown": {"words", "values"},
    "alert": {"chance", "signals", "newest_hours"},
    "signal": {"why", "share"},
    "other_signals": {"share"},
    "who": {"name", "tier", "why"},
    "addend": {"high_impact", "why"},
    "undecided": {"fault", "error"},
    "now": set(),
    "ahead": {"days", "hours", "minutes"},
    "ago": {"days", "hours", "minutes"},
}


def catalogue_of(language: str) -> Catalog:
    with (LOCALES / f"{language}.po").open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def values_of(text: str) -> set[str]:
    return {one for _, name, _, _ in Formatter().parse(text) if name is not None for one in name.split("+")}


def test_there_is_a_file_for_every_language_but_english():
    assert {path.stem for path in LOCALES.glob("*.po")} == set(TRANSLATED)


def test_no_message_is_translated_twice():
    assert len({(one.context, one.english) for one in ALL}) == len(ALL)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_translates_every_message_and_no_other(language):
    known = {(m.context, m.id[0] if m.pluralizable else m.id) for m in catalogue_of(language) if m.id}
    asked = {(one.context, one.english) for one in ALL}
    cases = {key for key in known if key[0] and key[0].startswith("noun.") and key[0].split(".")[1] in NOUNS and key[0].count(".") == 2}
    assert sorted(asked - known) == [], f"schemas/sentences/locales/{language}.po lacks these"
    assert sorted(known - asked - cases) == [], f"{language}.po has these beside"


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("message", ALL, ids=lambda one: one.context)
def test_a_translation_is_complete_and_has_the_same_values(language, message: Translatable):
    found = catalogue_of_cached(language).get(message.english, message.context)
    assert found is not None, f'add to {language}.po:\n\nmsgctxt "{message.context}"\nmsgid "{message.english}"\nmsgstr ""'
    assert not found.fuzzy
    strings = found.string if message.plural else (found.string,)
    assert len(strings) == (catalogue_of_cached(language).num_plurals if message.plural else 1)
    for number, string in enumerate(strings):
        assert string.strip()
        assert values_of(string) == values_of(message.plural if number else message.english)


_KEPT: dict[str, Catalog] = {}


def catalogue_of_cached(language: str) -> Catalog:
    return _KEPT.setdefault(language, catalogue_of(language))


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_case_of_a_noun_that_a_translation_asks_for_is_in_its_catalogue(language):
    texts = " ".join(str(message.string) for message in catalogue_of(language))
    cases = {name for name in re.findall(r":([a-z_]+\.[a-z]+)\d*\}", texts) if not name.startswith("span.")}
    cases |= {f"{unit}.{case}" for case in re.findall(r":span\.([a-z]+)\d*\}", texts) for unit in ("hours", "days")}
    contexts = {message.context for message in catalogue_of(language)}
    assert cases
    assert {f"noun.{case}" for case in cases} <= contexts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message", [one for one in ALL if one.context.partition(".")[0] in english.TABLES], ids=lambda one: one.context)
def test_every_template_can_be_read(language, message: Translatable):
    assert parse(catalogue.catalogue(language).pgettext(message.context, message.english)).groups


@pytest.mark.parametrize("text", ["a [b [c] d]", "a ] b", "a | b", "{a", "{a:no_such_form}"])
def test_a_template_that_cannot_be_read_says_so(text):
    with pytest.raises((ValueError, KeyError)):
        parse(text)


# -- the values that templates ask for ----------------------------------------------------------------------------------------------


def declared(names: tuple[str, ...]) -> set[str]:
    return {name.rstrip("?") for name in names}


@pytest.mark.parametrize("code", english.REASONS)
def test_a_reason_asks_only_for_values_of_its_code(code):
    assert values_of(english.REASONS[code]) <= declared(CODES[code]) | {"said"}


def test_there_is_a_row_for_every_verdict_and_every_notice():
    decisions, notices = ({key for key in rows if "." not in key} for rows in (english.DECISIONS, english.NOTICES))
    assert not decisions ^ set(Verdict), f"DECISIONS of schemas/sentences/english.py and Verdict differ: {decisions ^ set(Verdict)}"
    assert not notices ^ set(NoticeKind), f"NOTICES of schemas/sentences/english.py and NoticeKind differ: {notices ^ set(NoticeKind)}"


@pytest.mark.parametrize("key", english.DECISIONS)
def test_a_decision_asks_only_for_what_it_holds(key):
    verdict, _, code = key.partition(".")
    of_reason = declared(CODES[code]) | {"said"} if code else set()
    assert values_of(english.DECISIONS[key]) <= DECIDED | declared(DETAILS.get(verdict, ())) | of_reason


@pytest.mark.parametrize("key", english.NOTICES)
def test_a_notice_asks_only_for_what_it_holds(key):
    kind, _, code = key.partition(".")
    of_change = declared(CODES[code]) | {"said"} if code else set()
    details = declared(DETAILS.get(kind, ()) + DETAILS.get(f"{kind}_notice", ()))
    assert values_of(english.NOTICES[key]) <= NOTED | details | of_change


@pytest.mark.parametrize("name", english.PHRASES)
def test_a_phrase_asks_only_for_what_it_is_given(name):
    assert values_of(english.PHRASES[name]) <= GIVEN[name] | {"said"}
