"""What state records look like is written down: a slice that is changed without a version of its own is found before anybody writes it."""

from __future__ import annotations

import types
from collections import defaultdict
from collections.abc import Iterator
from enum import Enum, StrEnum
from typing import Annotated, Any, get_args, get_origin

import msgspec
import pytest
from msgspec import Struct

from makegood.config import policy_file
from schemas import decisions, facts
from streams.decide.erasure import ERASED
from streams.decide.table import ALIAS_RECORDS, CUSTOMERS
from streams.offline import Offline
from streams.own_records import POLICY
from tests.streams.decide import shapes
from tests.streams.decide.shapes import FILE, WHAT_TO_DO, changed_in_place, noted, shape_of, text_of, without_a_step, wrong_beside
from tests.streams.golden.cases import of_bench


def test_no_slice_is_changed_without_a_version_nor_otherwise_than_at_its_end_without_a_step():
    wrong = wrong_beside(noted(FILE.read_text("utf-8")), shapes.shapes())
    assert not wrong, "\n".join([*wrong, WHAT_TO_DO])


def test_the_shapes_are_written_down_as_they_are():
    assert FILE.read_text("utf-8") == text_of(shapes.shapes()), "run `python -m tests.streams.decide.shapes`"


class Inner(Struct):
    tree: str


class Soil(StrEnum):
    LOAM = "loam"
    CLAY = "clay"


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


def test_a_word_more_of_a_list_is_another_shape():
    """A worker that does not know the word could not go on with it."""
    more = Enum("Soil", {"LOAM": "loam", "CLAY": "clay", "SAND": "sand"})
    assert shape_of(Annotated[str, Soil] | None) == "str of clay, loam | None"
    before, now = (1, shape_of(list[Annotated[str, Soil]])), (1, shape_of(list[Annotated[str, more]]))
    (sentence,) = changed_in_place({"customer.garden": before}, {"customer.garden": now})
    assert "+ list[str of clay, loam, sand]" in sentence


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


# -- nothing is left out ----------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folded() -> list[tuple[bytes, bytes]]:
    """Every state record that a stream leads to, with the reports of both partitions."""
    fold = Offline(policy_file.built_in(), 2, lambda output: None)
    for at, topic, key, value in of_bench(300, 3000):
        fold.advance(at)
        fold.feed(topic, 0, key.encode(), value)
    return [(key, value) for _, key, value in fold.state()]


def test_the_shape_of_every_record_of_the_partition_itself_is_written_down(folded):
    """Those of what came of chances were not: a field more of them would have been misread by who came after, or before."""
    own = {key for key, _ in folded if key[:2] not in {b"c:", b"a:", ERASED.key}} - {POLICY}
    assert {b"~layouts", b"~thresholds", b"~histograms", b"~reports"} <= own
    assert {key.decode() for key in own} <= shapes.shapes().keys()


LISTS = [kind for module in (decisions, facts) for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, StrEnum)]


def test_every_text_of_a_record_that_holds_words_of_a_list_of_the_contract_names_that_list(folded):
    """Else a word more of it changes no shape, and the worker before takes what it cannot go on with."""
    held: dict[tuple[type, str], set[str]] = defaultdict(set)
    for key, raw in folded:
        if key[:2] in {b"c:", b"a:"}:
            for struct in structs((CUSTOMERS if key.startswith(b"c:") else ALIAS_RECORDS).decode(raw)):
                for field in struct.__struct_fields__:
                    held[type(struct), field] |= set(texts(getattr(struct, field)))
    unnamed = {
        f"{struct.__name__}.{field} holds words of {listed.__name__}"
        for (struct, field), words in held.items()
        for listed in LISTS
        if words and words <= set(listed) and listed not in named_lists(type_of(struct, field))
    }
    assert not unnamed
    assert {"tier", "status", "cause", "level"} <= {field for (_, field), words in held.items() if words}


def structs(value: Any) -> Iterator[Struct]:
    """All in it, however deep."""
    if isinstance(value, Struct):
        yield value
        value = [getattr(value, name) for name in value.__struct_fields__]
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from structs(part)


def texts(value: Any) -> Iterator[str]:
    """Those of a field itself, not of a struct that it holds, nor keys."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from texts(part)


def type_of(struct: type[Struct], name: str) -> Any:
    return next(field.type for field in msgspec.structs.fields(struct) if field.name == name)


def named_lists(kind: Any) -> set[Any]:
    if get_origin(kind) is Annotated:
        return set(kind.__metadata__)
    parts = get_args(kind) if get_origin(kind) is not None or isinstance(kind, types.UnionType) else ()
    return set[Any]().union(*map(named_lists, parts))
