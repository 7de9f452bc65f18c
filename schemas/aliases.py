"""The one form of an alias: e-mail addresses and phone numbers however they are written. Every way in passes here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

import idna
import phonenumbers

_IN_BRACKETS = re.compile(r"<([^<>]*@[^<>]*)>\W*$")
"""The address behind a display name: `Ann Meyer <ann@example.com>`."""
_ROUNDS = 4
"""A form whose own form is another one is brought to that: what is written twice over comes to the same."""
_ANYWHERE = "US"
"""Extensions are written alike in every country, but the library looks for none without one."""
_LEAST_DIGITS = 8
"""00 before so many digits is the prefix of a country code."""


def normal_alias(alias: str) -> str:
    """`kind:value` in one form: the kind in lower case, an e-mail address as `address` gives it, a phone number as `phone` does.

    Raises ValueError where kind or value is missing, or a phone number has no digits.
    """
    kind, colon, value = alias.partition(":")
    kind, value = kind.strip().casefold(), value.strip()
    if not colon or not kind or not value:
        raise ValueError("an alias is written kind:value, for example email:ann@example.com")
    if kind == "email":
        value = value.lower() if _is_plain(value) else _settled(address, value)
        if not value:
            raise ValueError("an e-mail address is missing behind email:, for example email:ann@example.com")
    elif kind == "phone":
        value = phone(value)
    return f"{kind}:{value}"


def in_country(alias: str, country: str) -> str:
    """The alias, a phone number without a country code as one of this country (ISO 3166, `DE`); any other alias as it is."""
    kind, _, value = alias.partition(":")
    return f"phone:{phone(value, country)}" if kind == "phone" and not value.startswith("+") else alias


def address(value: str) -> str:
    """An e-mail address: without `mailto:` and display name, in NFC and lower case, its domain in Unicode (IDNA 2008, UTS 46).

    A domain that is none stays as it is written: an address that nobody can write to is still somebody's.
    """
    bare = "".join(c for c in unicodedata.normalize("NFC", value) if unicodedata.category(c) not in {"Cf", "Cc"}).strip()
    behind = _IN_BRACKETS.search(bare)
    bare = behind[1].strip() if behind else bare
    if bare[:7].casefold() == "mailto:":
        bare = unquote(bare[7:].partition("?")[0]).strip()
    local, at, name = bare.rpartition("@")
    return f"{_lower(local)}@{_domain(name)}" if at else _lower(bare)


def phone(value: str, country: str | None = None) -> str:
    """A phone number in E.164 (+491511234567), without its extension. One without a country code is one of `country`, else its digits.

    Raises ValueError where there is no digit: "n/a" and "unknown" would make one customer of many.
    """
    known = value
    for _ in range(_ROUNDS):
        form = _number(known, country)
        if form == known:
            break
        known = form
    return known


@lru_cache(maxsize=4_096)  # a number stands in many facts, and to read one is dear
def _number(value: str, country: str | None) -> str:
    digits = phonenumbers.normalize_digits_only(value)
    if not digits:
        raise ValueError("a phone number has digits, for example phone:+49151123456")
    abroad = country is None and digits.startswith("00") and len(digits) >= _LEAST_DIGITS
    try:
        written = "+" + digits.removeprefix("00") if abroad else "".join(c for c in value if unicodedata.category(c) != "Cf")
        return phonenumbers.format_number(phonenumbers.parse(written, country), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return ("+" if value.startswith(("+", "\uff0b")) else "") + digits.removesuffix(_extension(value))


def _extension(value: str) -> str:
    """The digits of "ext. 12" behind a number whose country nobody knows yet: glued to it, they would make another number of it there."""
    try:
        return phonenumbers.parse(value, _ANYWHERE).extension or ""
    except phonenumbers.NumberParseException:
        return ""


def _is_plain(value: str) -> bool:
    """Whether an address needs no more than lower case: most do not."""
    return (
        value.isascii()
        and value.isprintable()
        and not any(sign in value for sign in ("<", ">", ":", " ", "%", "@."))
        and ("xn--" not in value.lower() and not value.endswith("."))
    )


def _domain(name: str) -> str:
    bare = _lower(name).strip(".")
    if bare.isascii() and "xn--" not in bare:
        return bare
    try:
        return str(idna.decode(idna.encode(bare, uts46=True)))
    except UnicodeError:  # idna's own errors are of this kind
        return bare


def _lower(text: str) -> str:
    return unicodedata.normalize("NFC", text.lower())


def _settled(form: Callable[[str], str], value: str) -> str:
    for _ in range(_ROUNDS):
        before, value = value, form(value)
        if value == before:
            break
    return value
