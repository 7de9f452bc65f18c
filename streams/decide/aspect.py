"""Aspects: each owns one slice of a customer's record, and reacts to facts, commands, timers and the events of aspects to its left."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple

NEVER = float("inf")
_PLACE = itemgetter(0, 1)
_AT = attrgetter("at")


def as_held(at: float) -> float | None:
    """A time as a slice holds it: None for NEVER, and for the 0 that stood for it."""
    return at if at and at != NEVER else None


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """What an aspect tells: heard to its right in the same pass, and published at its end. `at` is seconds since 1970.

    Like a record of the state it is part of no cycle: the garbage collector need not know it.
    """

    at: float


class Timer(Struct, frozen=True, gc=False):
    """A message to whoever lists its type, due at `at`. `about` tells timers of one type apart (the id of a task)."""

    at: float
    about: str = ""


Reaction = Callable[[Any, Any, Any], Iterable[Event] | None]
"""Given the customer, the message and the context: changes its own slice, and gives what it tells."""
Row = tuple[int, int, Reaction, Any]
"""The place of an aspect, the number of the event that it hears among those of the pass, what it does, and the event; 0 and None for the
message itself."""
Migration = Callable[[Any], Any]
"""What a slice holds in one version, as it holds it in the next (or the one before): of a struct the list of its fields."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """One row of the table. `state` is the slice that it writes, by its name in the customer's record; it may read any.

    `tells` are the events that it may give: they are heard to its right only. `timers` are derived from the record, never stored beside it:
    from the slice `timers_of` (its own, unless it says another), so there are none while that slice is empty. `earliest` is when the first of
    them is due (or NEVER), given what that slice holds: for an aspect that many customers have a timer of.
    `migrate` holds, for each older version of its slice, the step to the next; `ahead`, for each later version that is read already and not yet
    written, the step to the one before: with it the next release can be taken back.
    """

    name: str
    on: Mapping[type, Reaction] = field(default_factory=dict)
    tells: tuple[type[Event], ...] = ()
    state: str | None = None
    version: int = 1
    migrate: Mapping[int, Migration] = field(default_factory=dict)
    ahead: Mapping[int, Migration] = field(default_factory=dict)
    timers: Callable[[Any], Iterable[Timer]] | None = None
    timers_of: str | None = None
    earliest: Callable[[Any], float] | None = None


class MisplacedAspect(ValueError):
    """An aspect tells what nobody to its right would hear in time, or what it does not list."""


class AspectTable:
    """The ordered table. One pass, no queue: a loop is impossible, and what would be heard too late is refused when the table is built.

    `read_as` names, for a type of message, another one that such messages may come as: whoever lists the first hears both.
    """

    def __init__(self, aspects: Sequence[Aspect], read_as: Mapping[Any, Any] | None = None) -> None:
        self.aspects = tuple(aspects)
        self._rows: dict[type, tuple[Row, ...]] = {}
        for place, aspect in enumerate(self.aspects):
            for kind, react in aspect.on.items():
                self._rows[kind] = (*self._rows.get(kind, ()), (place, 0, react, None))
        self._timed = [aspect for aspect in self.aspects if aspect.timers is not None]
        self._timers = tuple(aspect.timers for aspect in self.aspects if aspect.timers is not None)
        self._slices = _slices(self._timed)
        self._tells = tuple(frozenset(aspect.tells) for aspect in self.aspects)
        self._refuse_misplaced()
        self._rows |= {read: self._rows[kind] for kind, read in (read_as or {}).items() if kind in self._rows}

    def _refuse_misplaced(self) -> None:
        states = [aspect.state for aspect in self.aspects if aspect.state is not None]
        if twice := {state for state in states if states.count(state) > 1}:
            raise MisplacedAspect(f"more than one aspect writes {', '.join(sorted(twice))}")
        for place, aspect in enumerate(self.aspects):
            for kind in aspect.tells:
                for hears, _, _, _ in self._rows.get(kind, ()):
                    if hears <= place:
                        raise MisplacedAspect(
                            f"{aspect.name} tells {kind.__name__} to {self.aspects[hears].name}, which is not to its right: move one of them,"
                            f" or let {self.aspects[hears].name} set a timer that is due at once, as signals/failed_recovery.py does"
                        )

    def hears(self, kind: type) -> tuple[str, ...]:
        """The names of the aspects that react to messages of this type, in order."""
        return tuple(self.aspects[place].name for place, _, _, _ in self._rows.get(kind, ()))

    def decide(self, customer: Any, message: Any, context: Any) -> list[Event]:
        """Give a message to every aspect that lists its type, from left to right; returns all that they yielded, in order."""
        rows = self._rows.get(type(message), ())
        for row in rows:
            if (tells := row[2](customer, message, context)) and (yielded := list(tells)):
                return self._on(customer, message, context, rows[rows.index(row) + 1 :], row[0], yielded)
        return []  # most messages lead to nothing: they are done with as fast as a loop is

    def _on(self, customer: Any, message: Any, context: Any, rest: Iterable[Row], place: int, yielded: list[Event]) -> list[Event]:
        """The rest of the pass, from the first aspect that had something to tell."""
        agenda = list(rest)
        events: list[Event] = []
        self._hear(agenda, events, place, yielded)
        for hears, _, react, event in agenda:  # grows behind the present place only: whoever hears stands further right
            if tells := react(customer, message if event is None else event, context):
                self._hear(agenda, events, hears, tells)
        return events

    def _hear(self, agenda: list[Row], events: list[Event], place: int, tells: Iterable[Event]) -> None:
        for news in tells:
            if type(news) not in self._tells[place]:
                raise MisplacedAspect(f"{self.aspects[place].name} does not list {type(news).__name__} among what it `tells`")
            events.append(news)
            for hears, _, react, _ in self._rows.get(type(news), ()):
                insort(agenda, (hears, len(events), react, news), key=_PLACE)

    def pending(self, customer: Any) -> Iterator[Timer]:
        """Every timer of the customer, by aspect."""
        for held, timers in zip(self._slices(customer), self._timers, strict=True):
            if held:
                yield from timers(customer)

    def next_timer_in(self, kind: type[Struct]) -> Callable[[Any], float]:
        """What gives the earliest timer of a record of this kind, in seconds since 1970; NEVER if there is none.

        It is asked for each record that is written: hence no timer is made where a number will do, and no slice asked for by name.
        """
        places = [kind.__struct_fields__.index(_slice_of(aspect)) for aspect in self._timed]
        asked = [(places[n], aspect.earliest, self._timers[n]) for n, aspect in enumerate(self._timed)]

        def next_timer(record: Any) -> float:
            slices, found = astuple(record), NEVER
            for place, earliest, timers in asked:
                if not (held := slices[place]):
                    continue
                if earliest is not None:
                    found = at if (at := earliest(held)) < found else found
                    continue
                for timer in timers(record):
                    if timer.at < found:  # noqa: PLR1730  `min` costs three times as much
                        found = timer.at
            return found

        return next_timer

    def due(self, customer: Any, by: float) -> Iterator[Timer]:
        """The timers not later than `by`, the earliest first, each once. What one of them changes counts for the next."""
        fired: set[tuple[type, str]] = set()
        waiting = self._waiting(customer, by, fired)
        while waiting:
            timer = min(waiting, key=_AT) if len(waiting) > 1 else waiting[0]
            fired.add((type(timer), timer.about))
            yield timer
            if type(timer) in self._rows:
                waiting = self._waiting(customer, by, fired)
            else:
                waiting.remove(timer)  # nobody hears it, so nothing has changed

    def _waiting(self, customer: Any, by: float, fired: set[tuple[type, str]]) -> list[Timer]:
        return [timer for timer in self.pending(customer) if timer.at <= by and (type(timer), timer.about) not in fired]


def _slices(timed: Sequence[Aspect]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads the slices that timers are derived from, each by its place."""
    names = [_slice_of(aspect) for aspect in timed]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def _slice_of(aspect: Aspect) -> str:
    name = aspect.timers_of or aspect.state
    if name is None:
        raise MisplacedAspect(f"{aspect.name} has timers, and no slice that they are derived from")
    return name
