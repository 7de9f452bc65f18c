"""Numbers, percents, money and instants as a reader's locale writes them: babel knows how, and what it answers is kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time, get_timezone_name

from schemas.sentences.catalogue import language_of
from schemas.wording import plain

_LOCALES = {"en": "en_150"}
"""English without a region is that of Europe: day before month, and the names of its zones."""
_THOUSANDS = (3, 3)
"""A locale that groups digits otherwise (`12,34,567`) is not followed: Python knows threes."""
_LONGEST_CURRENCY = 12
_TOO_LONG = 1e15
"""A number from here on is shown by its first digits and its magnitude."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a locale writes numbers: `marks` translates the point and the comma, the pairs stand before and after."""

    marks: dict[int, str]
    percent: tuple[str, str]
    money: tuple[str, str]

    def decimal(self, value: float, digits: int = 0, *, least: int = 0) -> str:
        """A number in groups of three, rounded to so many digits after the point, without zeros at the end beyond the `least`."""
        if not math.isfinite(value):
            raise ValueError("not a number that can be written")
        if abs(value) >= _TOO_LONG:
            return f"{value:.3g}".translate(self.marks)
        shown = f"{value:,.{digits}f}"
        if digits and not least:
            shown = shown.rstrip("0").rstrip(".")
        return "0" if shown == "-0" else shown.translate(self.marks) if self.marks else shown

    def share(self, value: float) -> str:
        """A share of 1 in percent: `12%`."""
        before, after = self.percent
        return f"{before}{self.decimal(value * 100)}{after}"

    def amount(self, value: float, currency: str, digits: int = 0) -> str:
        """Money with the code of its currency: `12,000 EUR`; digits after the point only where they are not all zeros."""
        least = digits if round(value, digits) != round(value) else 0
        before, after = self.money
        code = plain(currency, _LONGEST_CURRENCY)
        number = self.decimal(value, least, least=least)
        return f"{before.replace('¤', code)}{number}{after.replace('¤', code)}" if code else number


@lru_cache(maxsize=256)
def locale_of(tag: str) -> Locale:
    """The locale of a BCP 47 tag: the reader's own where it is one of a language that we speak, else the language's usual one."""
    language = language_of(tag)
    try:
        known = Locale.parse(tag.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError, TypeError, AttributeError):
        known = None
    if known is None or known.language != language or not known.territory or known.decimal_formats[None].grouping != _THOUSANDS:
        return Locale.parse(_LOCALES.get(language, language))
    return known


@lru_cache(maxsize=256)
def numbers_of(locale: Locale) -> Numbers:
    """What babel knows of a locale's numbers, once."""
    symbols, percent, money = locale.number_symbols["latn"], locale.percent_formats[None], locale.currency_formats["standard"]
    marks = {".": symbols["decimal"], ",": _breakable(symbols["group"]), "-": symbols["minusSign"]}
    return Numbers(
        {ord(ours): theirs for ours, theirs in marks.items() if ours != theirs},
        (_breakable(percent.prefix[0]), _breakable(percent.suffix[0])),
        (_apart(money.prefix[0], end=True), _apart(money.suffix[0], end=False)),
    )


def _breakable(text: str) -> str:
    """With plain spaces: these texts are searched, compared, and shown where the others are no spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _apart(affix: str, *, end: bool) -> str:
    """A currency's place beside a number, with a space between them: its code is letters."""
    affix = _breakable(affix)
    if not affix or " " in affix:
        return affix
    return f"{affix} " if end else f" {affix}"


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """A zone of the tz database; UTC where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError, AttributeError):
        return UTC


def instant(at: datetime, locale: Locale, zone: tzinfo) -> str:
    """An instant in a zone, to the minute: `Wed, 25 Nov 2026, 14:30 CET`. One without a zone is in UTC."""
    local = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(zone)
    named, minute = day(local.date(), locale), _minute(local.hour, local.minute, locale)
    return f"{_glue(locale).format(minute, named)} {_zone_name(zone, local.tzname() or '', locale, summer=bool(local.dst()))}"


@lru_cache(maxsize=4096)
def day(on: date, locale: Locale) -> str:
    """`Wed, 25 Nov 2026`."""
    return _breakable(format_skeleton("yMMMEd", datetime.combine(on, time(12)), locale=locale))


@lru_cache(maxsize=4096)
def _minute(hour: int, minute: int, locale: Locale) -> str:
    return _breakable(format_time(time(hour, minute), locale.datetime_skeletons["Hm"].pattern, locale=locale))


@lru_cache(maxsize=256)
def _glue(locale: Locale) -> str:
    return str(locale.datetime_formats["medium"])


@lru_cache(maxsize=1024)
def _zone_name(zone: tzinfo, short: str, locale: Locale, *, summer: bool) -> str:
    """The zone's abbreviation in the locale (`MEZ`), else the tz database's (`EST`), else how far it is off."""
    named = get_timezone_name(zone, "short", locale=locale, zone_variant="daylight" if summer else "standard")
    return next((name for name in (named, short) if name.isalpha()), f"UTC{short}" if short else "UTC")
