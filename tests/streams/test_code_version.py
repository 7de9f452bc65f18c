"""The journal names the code that decided: what changes no decision changes no name, and a fold by another code says so."""

from __future__ import annotations

import importlib
import subprocess
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
    """The version of a package of one module with this text, and of what it imports."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(code_version, "FOLD", "deciding.judge")
    monkeypatch.setattr(code_version, "OURS", ("deciding",))
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


IMPORTS = [
    "from deciding import inner\n",
    "from deciding.inner import LIMIT\n",
    "import deciding.inner\n",
    "import deciding.inner as known\n",
    "from deciding.between import LIMIT\n",
    "def judge():\n    if True:\n        from deciding import inner\n        return inner.LIMIT\n",
    "try:\n    import deciding.inner\nexcept ImportError:\n    pass\n",
    "try:\n    import nothing\nexcept ImportError:\n    import deciding.inner\n",
    "match 1:\n    case 1:\n        import deciding.inner\n",
]


@pytest.mark.parametrize("text", IMPORTS)
def test_whatever_the_fold_imports_however_far_and_wherever_decides_too(named, tmp_path, text):
    package = tmp_path / "deciding"
    (package / "between").mkdir()
    (package / "between" / "__init__.py").write_text("from deciding.inner import LIMIT\n", "utf-8")
    (package / "inner.py").write_text("LIMIT = 3\n", "utf-8")
    before = named(text)
    (package / "inner.py").write_text("LIMIT = 4\n", "utf-8")
    assert named(text) != before


def test_the_packages_around_a_module_decide_too_and_what_nobody_imports_does_not(named, tmp_path):
    package, text = tmp_path / "deciding", "import deciding.within.inner\n"
    (package / "within").mkdir()
    (package / "within" / "inner.py").touch()
    (package / "within" / "__init__.py").touch()
    (package / "stranger.py").write_text("LIMIT = 3\n", "utf-8")
    before = named(text)
    (package / "stranger.py").write_text("LIMIT = 4\n", "utf-8")
    assert named(text) == before
    (package / "within" / "__init__.py").write_text("LIMIT = 4\n", "utf-8")
    assert named(text) != before


def test_a_module_that_moved_has_another_name(named, tmp_path, monkeypatch):
    before = named(PLAIN)
    (tmp_path / "deciding" / "judge.py").rename(tmp_path / "deciding" / "other.py")
    monkeypatch.setattr(code_version, "FOLD", "deciding.other")
    assert code_version.code_version.__wrapped__() != before


LOADED = "import sys, streams.partition; print(*sys.modules)"


def test_every_module_of_ours_that_the_fold_loads_is_named():
    """Corrections of chances and the fold itself were not: by other code of theirs a fold was wrong, not another one."""
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout.split()
    ours = {name for name in loaded if name.partition(".")[0] in code_version.OURS}
    assert {"streams.partition", "streams.corrections", "streams.decide.signals", "streams.decode", "schemas.policy"} <= ours
    assert ours <= code_version.deciding().keys()
    assert not any(name.startswith("schemas.sentences") for name in code_version.deciding())


CODE_ONLY = {"aiokafka", "ahocorasick_rs", "msgspec", "pydantic"}
"""What these do follows from what they are given: they bring no data."""
BROUGHT_BY = {"phonenumbers": "phonenumbers", "idna": "idna", "mailparser_reply": "mail-parser-reply"}
"""Distributions by what they are imported as."""


def test_of_every_library_that_decides_it_is_known_whether_it_brings_data():
    """Domains are compared as idna has them, quoted mail is cut by patterns for each language: neither was named."""
    imported = {name.partition(".")[0] for tree in code_version.deciding().values() for name in code_version._imported(tree)}
    libraries = imported - set(sys.stdlib_module_names) - set(code_version.OURS)
    assert libraries - CODE_ONLY == set(BROUGHT_BY)
    assert set(BROUGHT_BY.values()) <= set(code_version.DATA.values())


def test_the_data_that_decisions_lean_on_is_named_with_its_versions():
    names = [part.partition(" ")[0] for part in code_version.data_version().split(",")]
    assert {"unicode", "phones", "domains", "replies", "zones"} <= set(names)


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
