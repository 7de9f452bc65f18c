"""Who a payload is about: ids and aliases that can be trusted to be somebody's, and nobody's placeholder."""

from __future__ import annotations

import re
from collections.abc import Iterable

from schemas.aliases import address, normal_alias
from schemas.customers import Reference, Trust

MOST_ALIASES = 16
_EMAIL = re.compile(r"[\w.!#$&'+/=?^`~-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")
_MOST_EMAIL = 254
_DIGITS = range(7, 16)  # of a number, 15 at most with its country code (E.164); what is shorter is an extension
_DIALLED_AT_HOME = re.compile(r"\(?\d[\d\s()./-]*(?:\s*(?:ext(?:ension)?\.?|x|#)\s*\d+)?", re.IGNORECASE)
"""Without a country code only what is written as a number and nothing else is one: in "call after 18:00" there are digits, too."""
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}")
_IN_A_ROW = "01234567890", "09876543210"
"""Who has to fill in a number and will not."""

_NOBODY = {"-1", "nil", "null", "none", "undefined", "unknown", "anonymous", "anon", "n/a", "na", "nan", "false", "true"}
_NOBODY |= {"test", "todo", "tbd", "empty", "default", "guest", "user"}
_TEMPLATE = re.compile(r"x{3,}|\W*|0+|\{.*\}|\[.*\]|<.*>|%.*%|\$\{.*\}|\*\|.*\|\*|_{2,}.*_{2,}", re.IGNORECASE | re.DOTALL)
_NO_MAILBOX = {"unknown", "none", "null", "undefined", "anonymous", "noemail", "no-email", "no.email"}
_NO_MAILBOX |= {"noreply", "no-reply", "donotreply", "do-not-reply", "redacted", "deleted", "hidden"}


def is_placeholder(value: str) -> bool:
    """Whether a value stands for a value: `xxxxx`, `{{user.id}}`, `n/a`. Taken for an id, it would make one customer of many."""
    bare = value.strip().casefold()
    return bare in _NOBODY or _TEMPLATE.fullmatch(bare) is not None


def customer_id(value: str | None) -> str | None:
    """An id that names one customer, or nothing."""
    return None if value is None or is_placeholder(value) else value


def email(value: str | None) -> str | None:
    """The alias of an e-mail address; nothing where it is masked (`[email protected]`, `l***@example.com`), a template or nobody's mailbox."""
    bare = address(value or "")
    if len(bare) > _MOST_EMAIL or not _EMAIL.fullmatch(bare) or ".." in bare:
        return None
    return None if bare.partition("@")[0].casefold() in _NO_MAILBOX else alias("email", bare)


def phone(value: str | None) -> str | None:
    """The alias of a phone number, with its country code or as it is dialled at home: the worker brings that to the company's country."""
    known = alias("phone", value)
    digits = (known or "").removeprefix("phone:").removeprefix("+")
    if not digits.isdigit() or len(digits) not in _DIGITS or len(set(digits)) == 1:
        return None
    return known if digits != (known or "").removeprefix("phone:") or _is_dialled_at_home((value or "").strip(), digits) else None


def _is_dialled_at_home(value: str, digits: str) -> bool:
    return _DIALLED_AT_HOME.fullmatch(value) is not None and _DATE.fullmatch(value) is None and not any(digits in row for row in _IN_A_ROW)


def alias(kind: str, value: str | None) -> str | None:
    """`kind:value` in one spelling, or nothing where the value is nobody's."""
    if value is None or is_placeholder(value):
        return None
    try:
        return normal_alias(f"{kind}:{value}")
    except ValueError:
        return None


def alias_of(kind: str, value: str | None) -> str | None:
    """An alias of any kind; e-mail addresses and phone numbers are looked at more closely."""
    return {"email": email, "phone": phone}[kind](value) if kind in {"email", "phone"} else alias(kind, value)


def reference(customer: str | None, aliases: Iterable[str | None]) -> Reference | None:
    """The customer by id and aliases, each once, the most trusted first; None where nobody is named.

    That they stand together is a guess: of forms and tickets anybody may have typed one of them. Links are stated by `alias.linked`.
    """
    known = tuple(dict.fromkeys(one for one in aliases if one))[:MOST_ALIASES]
    return Reference(id=customer, aliases=known, trust=Trust.GUESSED) if customer or known else None
