"""The rooms and who may import what: the table of tests/import_table.py, enforced."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests import aspects_page, import_table
from tests.import_table import ROOMS, row_of

ROOT = Path(__file__).resolve().parents[1]
STDLIB = set(sys.stdlib_module_names)
NOT_PURE = {"os", "time", "random", "logging", "asyncio", "threading", "subprocess", "socket", "secrets", "uuid"}


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports_of(path: Path) -> set[str]:
    """Every module that is imported, anywhere in the file; of ours by its full name, where a name that is imported is a module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {_module(node.module, alias.name) for alias in node.names}
    return found


def _module(package: str, name: str) -> str:
    place = ROOT.joinpath(*package.split("."), name)
    return f"{package}.{name}" if place.with_suffix(".py").is_file() or (place / "__init__.py").is_file() else package


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_only_what_its_row_of_the_table_allows(path):
    module = name_of(path)
    row = row_of(module)
    for imported in imports_of(path):
        top = imported.partition(".")[0]
        if top in ROOMS:
            allowed = (row.package, *row.ours) if row.package != "makegood" else ()
            assert any(imported == one or imported.startswith(one + ".") for one in allowed), f"{module} imports {imported}"
        elif top not in STDLIB:
            assert top in row.libraries, f"{module} imports {imported}"


@pytest.mark.parametrize("module", import_table.ONLY_FOR)
def test_a_module_for_a_few_packages_is_imported_by_no_other(module):
    for path in modules():
        if any(imported == module or imported.startswith(module + ".") for imported in imports_of(path)):
            name = name_of(path)
            assert any(name == one or name.startswith(one + ".") for one in import_table.ONLY_FOR[module]), f"{name} imports {module}"


def test_the_page_about_imports_is_made_from_the_table():
    assert import_table.PAGE.read_text("utf-8") == import_table.page(), "run `make docs`"


def test_the_page_about_aspects_is_made_from_their_table():
    assert aspects_page.PAGE.read_text("utf-8") == aspects_page.page(), "run `make docs`"


def test_there_is_no_import_cycle():
    graph = {name_of(path): {one for one in imports_of(path) if one.partition(".")[0] in ROOMS} for path in modules()}
    done: set[str] = set()
    for start in graph:
        _walk(start, graph, done, ())


def _walk(module: str, graph: dict[str, set[str]], done: set[str], way: tuple[str, ...]) -> None:
    assert module not in way, f"import cycle: {' -> '.join((*way[way.index(module) :], module))}"
    if module in done:
        return
    for imported in sorted(graph.get(module, ())):
        _walk(imported, graph, done, (*way, module))
    done.add(module)


@pytest.mark.parametrize("path", sorted((ROOT / "streams" / "decide").rglob("*.py")), ids=name_of)
def test_a_decision_has_no_clock_no_chance_and_no_input_or_output(path):
    used = {imported.partition(".")[0] for imported in imports_of(path)} & NOT_PURE
    assert not used, f"{name_of(path)} imports {used}"
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & {"now", "utcnow", "today"}, f"{name_of(path)} asks for the time"
    named = {
        node.func.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not named & {"open", "print", "input"}, f"{name_of(path)} does input or output"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_says_in_one_line_what_it_is(path):
    if path.read_text().strip():
        assert ast.get_docstring(ast.parse(path.read_text())), f"{name_of(path)} has no docstring"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_files_and_functions_stay_small(path):
    assert path.read_text().count("\n") <= 400, (
        f"{name_of(path)} has more than 400 lines: move what stands together into a module of its own"
    )
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 40, f"{name_of(path)}.{node.name} has {length} lines"


def test_only_the_kafka_package_sends_without_waiting():
    """What such a send came to somebody must look at: `Sends` and `Writer` do. The client's own flush is silent about what was refused."""
    careless = [
        name_of(p)
        for p in modules()
        if re.search(r"producer\.(send|flush)\(", p.read_text("utf-8")) and ROOT / "makegood" / "kafka" not in p.parents
    ]
    assert careless == []


def test_no_module_has_a_name_that_says_nothing():
    empty = {"utils", "util", "common", "helpers", "core", "base", "manager"}
    assert not [name_of(path) for path in modules() if path.stem in empty]


def test_no_other_installed_distribution_owns_our_names():
    for distribution in distributions():
        if distribution.metadata["Name"] == "makegood":
            continue
        tops = {str(file).split("/")[0].removesuffix(".py") for file in distribution.files or ()}
        assert not tops & set(ROOMS), f"{distribution.metadata['Name']} owns {tops & set(ROOMS)}"


def test_nothing_reads_the_environment_at_import():
    for path in modules():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) and not isinstance(node.value, ast.Constant):
                assert "environ" not in ast.unparse(node), f"{name_of(path)} reads the environment at import"
