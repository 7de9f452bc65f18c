"""What the pages for people name is there: files by their paths; functions and classes where they live and along the journey of an event."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from schemas.facts import AnyFact
from schemas.reasons import CODES
from schemas.topics import BY_NAME

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/journey.md")
MADE = {"console/ui/dist"}
"""What a page names and a build makes."""
PATH = re.compile(r"`((?:schemas|gateway|streams|handlers|console|makegood|tests|docs|bench|scripts)/[\w./-]*)`")


def names_in(path: Path) -> set[str]:
    """Functions, classes and methods; a method as `Class.method` too."""
    if path.suffix != ".py":
        return set()
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)}
    return names


@pytest.mark.parametrize("page", PAGES)
def test_a_file_that_a_page_names_is_there(page):
    missing = [path for path in PATH.findall((ROOT / page).read_text()) if not (ROOT / path).exists() and path.rstrip("/") not in MADE]
    assert not missing, f"{page} names {', '.join(missing)}"


def test_each_name_on_the_journey_is_a_function_or_class_of_a_file_that_it_passes():
    """Or what travels: a topic, a fact, a reason; or a row of a table, in capitals."""
    page = (ROOT / "docs/journey.md").read_text()
    files = [ROOT / path for path in PATH.findall(page) if path.endswith(".py")]
    there = set().union(*map(names_in, files))
    rows = {node.id for path in files for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name) and node.id.isupper()}
    travels = {*BY_NAME, *CODES, *(kind.model_fields["type"].default for kind in get_args(AnyFact)), "trusted_hidden_fields"}
    named = set(re.findall(r"`([A-Za-z_][\w.]*)`", page))
    assert {"Partition._one", "on_fact", "bring", "ASPECTS"} <= named
    assert not named - there - rows - travels, f"docs/journey.md names {', '.join(sorted(named - there - rows - travels))}"


def test_each_thing_lives_where_the_page_says():
    section = (ROOT / "docs/architecture.md").read_text().partition("## Where things live")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 12
    for thing, where, names in rows:
        there = set().union(*(names_in(ROOT / path) for path in PATH.findall(where)))
        assert set(re.findall(r"`([\w.]+)`", names)) <= there, thing
