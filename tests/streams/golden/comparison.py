"""Two recordings compared: how many outputs are equal, and of the others which field differs in which kind of output."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.streams.golden.normal_form import IDENTITY, Normal, kind

MOST_EXAMPLES = 3
Named = dict[tuple[Any, ...], Normal]
Groups = dict[str, list[str]]


def compared(old: Path, new: Path, without: frozenset[str] = frozenset()) -> str:
    """A report. Fields of `without` (a path as the report shows it: `basis.input`, `signals.N.sentence`) do not count."""
    before, after = _named(old), _named(new)
    both = [name for name in before if name in after]
    groups: Groups = defaultdict(list)
    equal = sum(not _note(groups, name, before[name], after[name], without) for name in both)
    for title, these, those in (("only in the old", before, after), ("only in the new", after, before)):
        for name in (name for name in these if name not in those):
            groups[f"{_case_and_kind(these[name])}: {title}"].append(json.dumps(these[name], ensure_ascii=False))
    lines = [f"{equal:,} outputs are equal; {len(before):,} in the old recording, {len(after):,} in the new", _order(both, after)]
    return "\n".join([*lines, *_shown(groups)])


def _named(path: Path) -> Named:
    """Each output under its case, topic and identity; a number tells those apart that are named alike."""
    found, times = {}, Counter[tuple[Any, ...]]()
    with path.open(encoding="utf-8") as lines:
        for output in map(json.loads, lines):
            name = (output["case"], output["topic"], *(output.get(field) for field in IDENTITY[output["topic"]]))
            found[*name, times[name]] = output
            times[name] += 1
    return found


def _note(groups: Groups, name: tuple[Any, ...], before: Normal, after: Normal, without: frozenset[str]) -> bool:
    """Note each leaf that differs under its kind and path; returns whether any does."""
    was, now, noted = dict(_leaves(before)), dict(_leaves(after)), set()
    for leaf in dict.fromkeys((*was, *now)):
        path = re.sub(r"\.\d+", ".N", leaf)
        if was.get(leaf) != now.get(leaf) and path not in without and path not in noted:
            noted.add(path)
            groups[f"{_case_and_kind(before)}: {path}"].append(f"{name[2:]}: {was.get(leaf)!r} -> {now.get(leaf)!r}")
    return bool(noted)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path, value
        return
    for name, known in items:
        yield from _leaves(known, f"{path}.{name}" if path else str(name))


def _case_and_kind(output: Normal) -> str:
    return f"{output['case']}, {kind(output)}"


def _order(both: list[tuple[Any, ...]], after: Named) -> str:
    """Whether those that are in both come in the same order."""
    common = set(both)
    again = [name for name in after if name in common]
    moved = next((pair for pair in zip(both, again, strict=True) if pair[0] != pair[1]), None)
    return "their order is the same" if moved is None else f"their order differs, first where {moved[0]} was and {moved[1]} is"


def _shown(groups: Groups) -> Iterator[str]:
    for group, examples in sorted(groups.items(), key=lambda item: -len(item[1])):
        yield f"{len(examples):,} x {group}"
        yield from (f"    {example[:600]}" for example in examples[:MOST_EXAMPLES])
