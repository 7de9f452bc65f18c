"""JSON as people send it: what reads as it stands is read once; only what fails is mended, by what its own errors say, and read again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError

from schemas.message import Message

T = TypeVar("T")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_REPLACEMENT = "\ufffd".encode()
_JSON: TypeAdapter[Any] = TypeAdapter(Any)
_ROUNDS = 3
"""What was mended may show what is wrong behind it: a metric in capitals hides that its scale is the usual one."""
_ESCAPES = re.compile(
    rb"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
    rb"|(?P<raw_pair>\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf])|(?P<raw_half>\xed[\xa0-\xbf][\x80-\xbf])",
    re.DOTALL,
)
"""Escapes of a JSON text, and surrogates written as bytes of their own, which are no UTF-8."""
_OTHER_SPELLING = frozenset({"enum", "literal_error"})
_NO_SUCH_TAG = "union_tag_invalid"
_OF_A_KEY = "[key]"
"""The last part of a place, where the error is about a name in an object and not about what stands under it."""
_CLOSE = 0.75
"""As difflib measures: `coment` and `comment` are .92."""


def parse(raw: bytes) -> Any:
    """JSON as values: a byte order mark is skipped, half a surrogate pair is U+FFFD. Raises ValidationError where it is none."""
    try:
        return _JSON.validate_json(raw)
    except ValidationError:
        whole = _whole(raw)
        if whole == raw:
            raise
    return _JSON.validate_json(whole)


def read(adapter: TypeAdapter[T], raw: bytes) -> T:
    """The message in a JSON text. Raises ValidationError."""
    try:
        return adapter.validator.validate_json(raw)  # type: ignore[no-any-return]
    except ValidationError:
        return mended(adapter, raw)


def mended(adapter: TypeAdapter[T], raw: bytes) -> T:
    """The same for a text that did not read as it stands. Raises ValidationError."""
    return convert(adapter, parse(raw))


def convert(adapter: TypeAdapter[T], value: Any) -> T:
    """The message in values of JSON: null and blank text in optional fields count as absent, words of a list in any case.

    Raises ValidationError: of the values as they came, where a field that must be there was left out because it held nothing.
    """
    try:
        return adapter.validate_python(value)
    except ValidationError as first:
        return _mended(adapter, deepcopy(value), first)


def _mended(adapter: TypeAdapter[T], value: Any, first: ValidationError) -> T:
    error, emptied = first, set[tuple[int | str, ...]]()
    for _ in range(_ROUNDS):
        found = error.errors(include_url=False, include_input=False, include_context=False)
        if any(one["type"] == "missing" and one["loc"] in emptied for one in found):
            raise first from None
        if not _mend(value, found, emptied):
            break
        try:
            return adapter.validate_python(value)
        except ValidationError as still:
            error = still
    raise error from None


def _mend(value: Any, errors: list[Any], emptied: set[tuple[int | str, ...]]) -> bool:
    """Change in place what the errors point at; whether anything was changed. From the end, so that places in lists stay."""
    changed = False
    for error in reversed(errors):
        tag = error["type"] == _NO_SUCH_TAG
        place = _place(value, (*error["loc"], "type") if tag else error["loc"])
        if place is None:
            continue
        holder, key = place
        given = key if error["loc"][-1:] == (_OF_A_KEY,) else holder[key]
        if given is None or (isinstance(given, str) and not given.strip()):
            del holder[key]
            emptied.add(error["loc"])
            changed = True
        elif (tag or error["type"] in _OTHER_SPELLING) and isinstance(given, str) and given != given.strip().casefold():
            holder[key] = given.strip().casefold()
            changed = True
    return changed


def _place(value: Any, loc: tuple[int | str, ...]) -> tuple[Any, Any] | None:
    """The object or list that holds what an error is about, and where in it. Tags of unions stand in places, but in no JSON."""
    holder: Any = None
    key: int | str = ""
    inner: Any = value
    for part in loc:
        if part == _OF_A_KEY:
            break
        if (isinstance(inner, dict) and part in inner) or (isinstance(inner, list) and isinstance(part, int) and part < len(inner)):
            holder, key = inner, part
            inner = holder[key]
        elif not (isinstance(inner, dict) and part == inner.get("type")):
            return None
    return None if holder is None else (holder, key)


def _whole(raw: bytes) -> bytes:
    """The text without what makes it no JSON; as it came, where it is neither object nor array: it is no record then, whatever is mended."""
    text = raw.removeprefix(BYTE_ORDER_MARK)
    return _ESCAPES.sub(_one_escape, text) if text.lstrip()[:1] in {b"{", b"["} else raw


def _one_escape(found: re.Match[bytes]) -> bytes:
    if found["half"] or found["raw_half"]:
        return _REPLACEMENT
    if found["raw_pair"]:
        return found["raw_pair"].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()
    return found[0]


# -- what was not understood ----------------------------------------------------------------------------------------------------------


class NotUnderstood(NamedTuple):
    """A field that a message has not: its JSON path, and the nearest name of one that it has."""

    where: str
    nearest: str | None


def not_understood(message: Message, value: Any, path: str = "$") -> Iterator[NotUnderstood]:
    """The fields of `value` that are none of the message made of it. What is null says nothing, and counts for nothing."""
    if not isinstance(value, dict):
        return
    kind = type(message)
    known = kind.model_fields
    if not value.keys() <= known.keys():
        for name in value:
            if name not in known and value[name] is not None and name not in kind.model_computed_fields:
                yield NotUnderstood(f"{path}.{name}", nearest(name, known))
    for name, given in value.items():
        if isinstance(given, dict) and isinstance(inner := getattr(message, name, None), Message):
            yield from not_understood(inner, given, f"{path}.{name}")


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Of some names the one that was most likely meant."""
    close = get_close_matches(name.casefold().replace("-", "_"), list(names), 1, _CLOSE)
    return close[0] if close else None
