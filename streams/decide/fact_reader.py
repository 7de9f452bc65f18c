"""Facts, timers and reports as the fold reads them: structs made from the contract's models, read in half the time that a model takes.

The contract says what a message is. What is read here it would accept, too, and understand in the same way: where that is not certain (a
name with a blank before it, a number as text, a field that nobody knows), the record is left to the contract. A test compares both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum
from operator import attrgetter
from types import FunctionType, NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from schemas.aliases import normal_alias
from schemas.customers import Alias, Reference, Trust
from schemas.facts import AnyFact, HicAnswers, Pillars
from schemas.inputs import FACT
from schemas.message import Instant, Message, Name, Text
from schemas.scores import SCALES, Metric, Score
from schemas.traffic import Bucket, Customers, HistogramReported, TimerDue

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
"""Of what Python and the contract both take for an instant, what is usual."""
_VALIDATORS = frozenset({"_whose"})
"""Those of the contract's own checks of whole facts that are answered here: a kind with others is left to it."""

# -- the parts of a fact ------------------------------------------------------------------------------------------------------------

Number = Annotated[float, Meta(ge=-1e12, le=1e12)]


class ReadReference(Struct, forbid_unknown_fields=True, gc=False):
    """A schemas.customers.Reference that names its customer by id; whose alias a fact is, the contract reads."""

    id: Annotated[str, Meta(min_length=1, max_length=256)]
    aliases: Annotated[tuple[Annotated[str, Meta(max_length=320)], ...], Meta(max_length=16)] = ()
    trust: Trust | None = None
    guessed = Reference.guessed
    key = Reference.key


class ReadScore(Struct, forbid_unknown_fields=True, gc=False):
    """A schemas.scores.Score. What the sender normalised is not believed."""

    metric: Metric
    raw: Number
    worst: Number | UnsetType = UNSET
    best: Number | UnsetType = UNSET
    said: float | UnsetType = msgspec.field(default=UNSET, name="normalised")
    normalised = Score.normalised
    in_words = Score.in_words


class Unsure(ValueError):
    """Only the contract can tell what this is."""


def _instant(text: str) -> datetime:
    """What is written as most write it needs no regular expression."""
    usual = text[4:17:3] == "--T::" and text[19:] in {"Z", "+00:00"} and text[11:13] < "24"
    if not usual and _INSTANT.fullmatch(text) is None:
        raise Unsure
    instant = datetime.fromisoformat(text)
    if not 1900 <= instant.year <= 2200:  # noqa: PLR2004
        raise Unsure
    return instant


def _alias(text: str) -> str:
    if normal_alias(text) != text:
        raise Unsure
    return text


def _score(score: ReadScore) -> ReadScore:
    """The usual scale where both ends are missing; two different ends, and the value between them."""
    if score.worst is UNSET and score.best is UNSET:
        score.worst, score.best = _SCALES[score.metric]
    worst, best, score.said = score.worst, score.best, UNSET
    if worst is UNSET or best is UNSET or worst == best or not min(worst, best) <= score.raw <= max(worst, best):
        raise Unsure
    return score


_SCALES = {metric: (float(SCALES[metric][0]), float(SCALES[metric][1])) for metric in Metric}

# -- structs from models ------------------------------------------------------------------------------------------------------------

Step = Callable[[Any], Any]
"""Given what msgspec read, what stands in the field. Raises ValueError for what is left to the contract."""
Said = tuple[Any, tuple[Any, ...]]
"""A type, and all that is said of its values."""


def _said(annotation: Any, metadata: Iterable[Any] = ()) -> Said:
    """Of a field that may be None, of what it holds else."""
    said = tuple(one for given in metadata for one in getattr(given, "metadata", (given,)))
    if get_origin(annotation) in {Union, UnionType} and len(kinds := [one for one in get_args(annotation) if one is not NoneType]) == 1:
        return _said(kinds[0], said)
    if get_origin(annotation) is not Annotated:
        return annotation, said
    inner, *more = get_args(annotation)
    kind, within = _said(inner, more)
    return kind, (*within, *said)


_NAME = _said(Name)
_TYPES: dict[Said, Any] = {
    _NAME: Annotated[str, Meta(min_length=1, max_length=256)],
    _said(Text): Annotated[str, Meta(max_length=20_000)],
    _said(Alias): Annotated[str, Meta(max_length=320)],
    _said(Instant): Annotated[str, Meta(max_length=40)],
    (Reference, ()): ReadReference,
    (Score, ()): ReadScore,
    (dict[Bucket, Customers], ()): dict[Annotated[int, Meta(ge=-17_000, le=17_000)], Annotated[int, Meta(ge=0, le=10**9)]],
}
_STEPS: dict[Said, Step] = {_said(Alias): _alias, _said(Instant): _instant, (Score, ()): _score}


def _type_of(kind: Any, said: tuple[Any, ...]) -> Any:
    """As what msgspec reads it: as nothing but null, where only the contract can tell."""
    if (kind, said) in _TYPES:
        return _TYPES[kind, said]
    if kind in {int, float} and all(type(one).__name__ in {"Ge", "Le"} for one in said):
        least, most = [one.ge for one in said if hasattr(one, "ge")], [one.le for one in said if hasattr(one, "le")]
        return Annotated[kind, Meta(ge=max(least, default=None), le=min(most, default=None))]
    if not said and (kind is bool or (isinstance(kind, type) and issubclass(kind, Enum))):
        return kind
    return NoneType


def _struct_of(model: type[Message], tag: str | None = None, more: Iterable[tuple[str, Any, Any]] = ()) -> Any:
    """The fields in their order, and the questions that the model answers."""
    fields: list[Any] = list(more)
    for name, info in model.model_fields.items():
        if name != "type":
            read = _type_of(*_said(info.annotation, info.metadata))
            kind = read if info.default is not None else read | None
            fields.append((name, kind) if info.is_required() else (name, kind, info.default))
    questions = {name: one for name, one in vars(model).items() if name[0] != "_" and isinstance(one, FunctionType | property)}
    return msgspec.defstruct(
        model.__name__,
        fields,
        namespace=questions | ({"type": tag} if tag else {}),
        tag_field=tag and "type",
        tag=tag,
        kw_only=True,
        forbid_unknown_fields=True,
        gc=False,
    )


_TYPES |= {(model, ()): _struct_of(model) for model in (HicAnswers, Pillars)}


class Kind(NamedTuple):
    """How one kind of message is read: its struct, its names (which no blank may surround), and what is done with which field."""

    struct: Any
    names: Callable[[Any], tuple[str | None, ...]]
    steps: tuple[tuple[str, Step], ...]
    is_fact: bool


def _kind_of(model: type[Message], *, is_fact: bool) -> Kind:
    said = {name: _said(info.annotation, info.metadata) for name, info in model.model_fields.items()}
    names = [*(["customer.id"] if is_fact else []), *(name for name in said if said[name] == _NAME)]
    steps = [(name, _STEPS[one]) for name, one in said.items() if one in _STEPS]
    struct = _struct_of(model, str(model.model_fields["type"].default), [("at", float, 0.0)] if is_fact else [])
    return Kind(struct, _names_of(names), tuple(steps), is_fact)


def _names_of(names: list[str]) -> Callable[[Any], tuple[str | None, ...]]:
    return attrgetter(*names) if len(names) > 1 else lambda message: tuple(getattr(message, name) for name in names)


def _is_known(model: type[Message]) -> bool:
    checks = model.__pydantic_decorators__
    return {*checks.model_validators, *checks.field_validators} <= _VALIDATORS


STRUCTS: dict[type[Message], Any] = {}
"""What each kind of fact is read as."""
TRAFFIC: dict[type[Message], Any] = {}
"""And of what a partition sends to itself, that which comes often."""
_KINDS: dict[type, Kind] = {}
for _models, _structs in ((get_args(AnyFact), STRUCTS), ((TimerDue, HistogramReported), TRAFFIC)):
    for _model in filter(_is_known, _models):
        _kind = _kind_of(_model, is_fact=_structs is STRUCTS)
        _structs[_model], _KINDS[_kind.struct] = _kind.struct, _kind
_decode = msgspec.json.Decoder(Union[tuple(_KINDS)]).decode  # noqa: UP007  of as many as there are


# -- reading ------------------------------------------------------------------------------------------------------------------------


def read(raw: bytes) -> Any:
    """The fact in a JSON text that names its customer by id, or a timer, or a report; None for whatever is not certain to be one, or is
    written otherwise.
    """
    try:
        message = _decode(raw)
        _, names_of, steps, is_fact = _KINDS[type(message)]
        if _may_have_blanks(raw) and any(name is not None and name.strip() != name for name in names_of(message)):
            return None
        for name, step in steps:
            if (value := getattr(message, name)) is not None:
                setattr(message, name, step(value))
        if is_fact:
            if message.customer.aliases:
                message.customer.aliases = tuple(map(_alias, message.customer.aliases))
            message.at = message.occurred_at.timestamp()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return message


def _may_have_blanks(raw: bytes) -> bool:
    """Whether a string in this JSON text may begin or end with a blank. Most can not, and their names need no closer look."""
    return b' "' in raw or b'" ' in raw or b"\\" in raw or not raw.isascii()


def as_read(message: Any) -> Any:
    """A message that the contract has read, as what is read here: a fact that names its customer by id, a timer, a report. Any other as it
    came.
    """
    kind = type(message)
    struct = STRUCTS.get(kind)
    if struct is None or message.customer.id is None:
        own = TRAFFIC.get(kind)
        return message if own is None else own(**{name: getattr(message, name) for name in kind.model_fields if name != "type"})
    return struct(at=message.at, **{name: _part(getattr(message, name)) for name in kind.model_fields if name != "type"})


def _part(value: Any) -> Any:
    read_as = _TYPES.get((type(value), ())) if isinstance(value, Message) else None
    return value if read_as is None else read_as(**{name: getattr(value, name) for name in type(value).model_fields})


def changed(message: Any, **fields: Any) -> Any:
    """A message, or a part of one, with other values of these fields, whichever way it was read."""
    return replace(message, **fields) if isinstance(message, msgspec.Struct) else message.model_copy(update=fields)


def as_sent(message: Any) -> Any:
    """A message as the contract has it."""
    return FACT.validate_json(msgspec.json.encode(message)) if type(message) in STRUCTS.values() else message
