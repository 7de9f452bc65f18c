"""What state records look like is written down: a slice that is changed without a version of its own is found before anybody writes it."""

from __future__ import annotations

import pytest
from msgspec import Struct

from tests.streams.decide import shapes
from tests.streams.decide.shapes import FILE, WHAT_TO_DO, changed_in_place, noted, shape_of, text_of, without_a_step, wrong_beside


def test_no_slice_is_changed_without_a_version_nor_otherwise_than_at_its_end_without_a_step():
    wrong = wrong_beside(noted(FILE.read_text("utf-8")), shapes.shapes())
    assert not wrong, "\n".join([*wrong, WHAT_TO_DO])


def test_the_shapes_are_written_down_as_they_are():
    assert FILE.read_text("utf-8") == text_of(shapes.shapes()), "run `python -m tests.streams.decide.shapes`"


class Inner(Struct):
    tree: str


class Slice(Struct):
    height: int
    inner: list[Inner] | None = None


class More(Struct):
    height: int
    inner: list[Inner] | None = None
    colour: str = ""


class Retyped(Struct):
    height: float
    inner: list[Inner] | None = None


class Turned(Struct):
    inner: list[Inner] | None = None
    height: int = 0


def renamed(kind: type) -> str:
    return shape_of(kind).replace(kind.__name__, "Slice")


BEFORE = {"customer.garden": (1, shape_of(Slice))}


def test_a_shape_names_every_field_of_every_struct_within():
    assert shape_of(Slice | None) == ("Slice | None\n    Slice.height: int\n    Slice.inner: list[Inner] | None\n    Inner.tree: str")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (More, "+ Slice.colour: str"),
        (Retyped, "- Slice.height: int; + Slice.height: float"),
        (Turned, "the order of its fields"),
    ],
)
def test_a_field_added_retyped_or_moved_in_the_same_version_is_named(kind, said):
    (sentence,) = changed_in_place(BEFORE, {"customer.garden": (1, renamed(kind))})
    assert sentence == f"customer.garden is another one in the same version 1 ({said})"


def test_a_field_removed_in_the_same_version_is_named():
    (sentence,) = changed_in_place({"customer.garden": (1, renamed(More))}, BEFORE)
    assert "- Slice.colour: str" in sentence


@pytest.mark.parametrize("now", [{"customer.garden": (2, renamed(More))}, {**BEFORE, "customer.pond": (1, "int")}, {}])
def test_a_version_more_a_slice_more_and_a_slice_less_are_no_fault(now):
    assert changed_in_place(BEFORE, now) == []


class Amid(Struct):
    height: int
    colour: str = ""
    inner: list[Inner] | None = None


@pytest.mark.parametrize("kind", [Amid, Retyped, Turned, Inner])
def test_a_version_more_needs_a_step_where_what_was_written_would_be_read_as_something_else(kind):
    later = {"customer.garden": (3, renamed(kind))}
    (sentence,) = without_a_step(BEFORE, later, {"customer.garden": [3], "customer.pond": [1]})
    assert sentence.startswith("customer.garden is another one in version 3, without a step from version 1 (")
    assert without_a_step(BEFORE, later, {"customer.garden": [1, 2]}) == []


def test_a_version_more_needs_no_step_for_fields_at_the_end_nor_for_another_word():
    assert without_a_step(BEFORE, {"customer.garden": (2, renamed(More))}, {}) == []
    told = [{"customer.sky": (version, f"Sky\n    Sky.now: str of {words}")} for version, words in enumerate(("grey", "blue, grey"))]
    assert without_a_step(*told, {}) == []


def test_what_is_written_down_is_read_back():
    assert noted(text_of(shapes.shapes())) == shapes.shapes()


def test_the_file_is_not_written_anew_over_a_slice_that_was_changed_in_place(tmp_path, monkeypatch):
    name, (version, shape) = next(iter(shapes.shapes().items()))
    monkeypatch.setattr(shapes, "FILE", tmp_path / "shapes.txt")
    shapes.FILE.write_text(text_of({**shapes.shapes(), name: (version, f"{shape} | None")}), "utf-8")
    with pytest.raises(SystemExit, match=r"raise `version` of the aspect that owns the slice"):
        shapes.main()
    assert f"{name} {version}: {shape} | None" in shapes.FILE.read_text("utf-8")
