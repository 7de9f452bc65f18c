"""The journal names the code that decided: what changes no decision changes no name, and a fold by another code says so."""

from __future__ import annotations

import importlib
import sys

import pytest

from makegood.config import policy_file
from schemas.traffic import JournalEntry
from streams import code_version
from streams.app import folds
from streams.refold import refold

PLAIN = '"""A module."""\n\nLIMIT = 3\n\n\ndef is_over(count):\n    """Whether it is too much."""\n    return count > LIMIT\n'
ALIKE = {
    "a comment": PLAIN.replace("LIMIT = 3", "LIMIT = 3  # three is enough"),
    "another docstring": PLAIN.replace("Whether it is too much.", "More than the limit?"),
    "no docstring": PLAIN.replace('    """Whether it is too much."""\n', ""),
    "layout": PLAIN.replace("count > LIMIT", "(count\n            > LIMIT)"),
}
OTHER = {
    "a constant": PLAIN.replace("LIMIT = 3", "LIMIT = 4"),
    "a comparison": PLAIN.replace("count > LIMIT", "count >= LIMIT"),
    "a text that is no docstring": PLAIN + 'NAME = "a"\n',
}


@pytest.fixture
def named(tmp_path, monkeypatch):
    """The version of a package of one module with this text."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(code_version, "DECIDING", ("deciding",))
    package = tmp_path / "deciding"
    package.mkdir()
    (package / "__init__.py").touch()

    def of(text: str) -> str:
        (package / "judge.py").write_text(text, "utf-8")
        sys.modules.pop("deciding", None)
        importlib.invalidate_caches()
        return code_version.code_version.__wrapped__()

    yield of
    sys.modules.pop("deciding", None)


@pytest.mark.parametrize("change", ALIKE)
def test_what_decides_alike_has_the_same_name(named, change):
    assert named(ALIKE[change]) == named(PLAIN)


@pytest.mark.parametrize("change", OTHER)
def test_what_may_decide_otherwise_has_another_name(named, change):
    assert named(OTHER[change]) != named(PLAIN)


def test_a_module_that_moved_has_another_name(named, tmp_path):
    before = named(PLAIN)
    (tmp_path / "deciding" / "judge.py").rename(tmp_path / "deciding" / "other.py")
    assert code_version.code_version.__wrapped__() != before


def test_the_data_that_decisions_lean_on_is_named_with_its_versions():
    names = [part.partition(" ")[0] for part in code_version.data_version().split(",")]
    assert {"unicode", "zones"} <= set(names)


def entry(sequence: int, code: str | None, data: str | None) -> JournalEntry:
    return JournalEntry(sequence=sequence, inputs=(), policy="x", code=code, data=data)


def test_a_fold_says_from_which_entry_on_other_code_decided():
    ours = code_version.code_version(), code_version.data_version()
    alike = refold(0, [entry(1, *ours), entry(2, *ours)], {}, folds(policy_file.built_in(), 1))
    assert alike.explains() is None
    journal = [entry(1, *ours), entry(2, "abc", ours[1]), entry(3, "def", ours[1]), entry(4, *ours)]
    explained = refold(0, journal, {}, folds(policy_file.built_in(), 1)).explains()
    assert explained is not None
    assert "other code (abc, on " in explained
    assert "from journal entry 2 on" in explained


def test_a_journal_from_before_codes_were_named_is_by_other_code():
    explained = refold(0, [entry(1, None, None)], {}, folds(policy_file.built_in(), 1)).explains()
    assert explained is not None
    assert "unnamed" in explained
