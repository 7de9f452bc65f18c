"""docs/aspects.md: which aspect hears which message, in order, what it writes and what it tells. `make docs` makes it of the table."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import streams.decide
from makegood.contract.pages import table
from schemas.commands import AnyCommand
from schemas.traffic import TimerDue
from streams.decide.aspect import Aspect, Event, Timer
from streams.decide.events import ChanceMoved, TaskEvent
from streams.decide.facts import EVERY_FACT
from streams.decide.publish import _SENDS
from streams.decide.table import ASPECTS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "aspects.md"
MADE = "<!-- made by `make docs` of tests/aspects_page.py: change the aspects and their table, not this page -->"
INTRODUCTION = """A fact, a command or a timer passes one ordered table of aspects, once, from left to right: first what is known of the customer,
then what is thought of them, then what is done, then what people are told. An aspect writes one slice of the customer's record and
may read any. What it tells is heard to its right in the same pass; the table refuses what would be heard to the left, so there is no loop.
The order is the contract: it stands in `streams/decide/table.py`."""
TIME_PASSES = """A record `timer.due` says until when time has passed. Each timer that is due by then is given to who lists it, the earliest first;
then `timer.due` itself passes the table."""
EVERYBODY = frozenset(aspect.name for aspect in ASPECTS.aspects if set(EVERY_FACT) <= set(aspect.on))


def page() -> str:
    """docs/aspects.md."""
    parts = (
        INTRODUCTION,
        "## The aspects, from left to right",
        table(("aspect", "what it is", "writes", "tells", "sets timers"), [_row(aspect) for aspect in ASPECTS.aspects]),
        "## From a fact to the aspects that hear it",
        "Those in bold hear this fact, the others hear every one: it may change what they think of the customer.",
        table(("fact", "aspects, in order"), [[name, _hearers(heard)] for name, heard in _messages(EVERY_FACT)]),
        "`erasure.requested` passes no aspect: the whole record goes.",
        "## From a command",
        table(("command", "aspects, in order"), [[name, ", ".join(heard)] for name, heard in _messages(get_args(AnyCommand))]),
        "## From a timer",
        TIME_PASSES,
        table(("timer", "set by", "heard by", "when"), list(_timers())),
        "## From an event",
        "What aspects tell each other. `publish` hears all of them at the end of the pass and makes messages of them.",
        table(("event", "told by", "heard by, in order", "goes out as", "what it says"), list(_events())),
    )
    return "\n\n".join((MADE, "# From a message to what is decided", *parts)) + "\n"


# -- rows ---------------------------------------------------------------------------------------------------------------------------------


def _row(aspect: Aspect) -> list[str]:
    slice_ = f"`{aspect.state}`" + (f" (version {aspect.version})" if aspect.version > 1 else "") if aspect.state else ""
    return [
        aspect.name,
        _about(aspect),
        slice_,
        _coded(kind.__name__ for kind in aspect.tells),
        _coded(k.__name__ for k in _set_by(aspect)),
    ]


def _messages(kinds: Sequence[Any]) -> list[tuple[str, tuple[str, ...]]]:
    return sorted((f"`{kind.model_fields['type'].default}`", ASPECTS.hears(kind)) for kind in kinds)


def _hearers(names: Sequence[str]) -> str:
    return ", ".join(name if name in EVERYBODY else f"**{name}**" for name in names)


def _timers() -> Iterator[list[str]]:
    for aspect in ASPECTS.aspects:
        for kind in _set_by(aspect):
            yield [f"`{kind.__name__}`", aspect.name, ", ".join(ASPECTS.hears(kind)) or "whoever hears `timer.due`", _first(kind)]
    yield ["`timer.due`", "the fold, of the earliest of them", ", ".join(ASPECTS.hears(TimerDue)), _first(TimerDue)]


def _events() -> Iterator[list[str]]:
    tellers: dict[type, list[str]] = {}
    for aspect in ASPECTS.aspects:
        for kind in aspect.tells:
            tellers.setdefault(kind, []).append(aspect.name)
    for kind, names in tellers.items():
        yield [f"`{kind.__name__}`", ", ".join(names), ", ".join(ASPECTS.hears(kind)), sent_as(kind), _first(kind)]


def sent_as(kind: type[Event]) -> str:
    """What publish makes of an event; nothing, where it makes nothing."""
    if kind is ChanceMoved:
        return "snapshot of each open task"
    if issubclass(kind, TaskEvent):
        return "snapshot" + (f", decision `{kind.verdict.value}`" if kind.verdict is not None else "")
    return "messages of its own" if kind in _SENDS else ""


# -- looking things up --------------------------------------------------------------------------------------------------------------------


def _modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(streams.decide.__path__, "streams.decide.")
    return [importlib.import_module(info.name) for info in found]


def _home(aspect: Aspect) -> ModuleType:
    """The module that an aspect stands in."""
    return next(m for m in _modules() if not m.__name__.endswith(".table") and any(known is aspect for known in vars(m).values()))


def _kinds(of: type) -> list[Any]:
    """Our own types of this kind, in the order of their modules."""
    found = [
        kind for module in _modules() for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__
    ]
    return [kind for kind in found if issubclass(kind, of) and kind is not of]


def _set_by(aspect: Aspect) -> list[Any]:
    """The types of the timers of an aspect: they stand beside it."""
    return [kind for kind in _kinds(Timer) if kind.__module__ == _home(aspect).__name__] if aspect.timers is not None else []


def _about(aspect: Aspect) -> str:
    """What its module says; of one that lives in the module of another, what its reactions say."""
    module = _home(aspect)
    beside = [other for other in ASPECTS.aspects if _home(other) is module]
    owner = next((one for one in beside if module.__name__.endswith(f".{one.name}")), max(beside, key=lambda one: len(one.on)))
    said = (module.__doc__,) if owner is aspect else dict.fromkeys(react.__doc__ for react in aspect.on.values())
    return "; ".join(_sentence(text or "") for text in said)


def _first(kind: type) -> str:
    """What a type says of itself; nothing, where its name says it."""
    inherited = kind.__doc__ in {base.__doc__ for base in kind.__mro__[1:]}
    return "" if inherited else _sentence(kind.__doc__ or "")


def _sentence(text: str) -> str:
    """The first sentence, on one line."""
    return " ".join(inspect.cleandoc(text).split("\n\n")[0].split()).partition(". ")[0].rstrip(".")


def _coded(names: Iterator[str] | Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
