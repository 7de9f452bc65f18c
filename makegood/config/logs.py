"""Logs: structlog for us and for the libraries alike; JSON in production, colours on a terminal, secrets never."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any

import structlog

from makegood.config.kafka_log import OneLineWhileAway

_SECRET = re.compile(r"password|secret|token|api_?key|authorization|signature", re.IGNORECASE)
_QUIET = ("aiokafka", "alembic", "faust", "mode", "asyncio", "rocksdict", "uvicorn")
_TELLTALE = ("httpx", "httpcore", "aiosqlite", "aiokafka.conn", "authlib")
"""Below warnings these tell addresses that are secrets, the parameters of statements, and what signs us in: not even at debug."""
_HIDDEN = "(hidden)"
_LEAST_HIDDEN = 9
"""Characters: a shorter secret would hide ordinary words."""
_PATTERNS = tuple(
    (re.compile(pattern, re.DOTALL), replacement)
    for pattern, replacement in (
        (r"DETAIL:.*?(?=\n\[SQL|\n\n(?:The above|During) |\Z)", f"DETAIL: {_HIDDEN}"),  # PostgreSQL shows the row that failed
        (r"\[parameters: .*?\](?=\\n|\n|\Z)", f"[parameters: {_HIDDEN}]"),  # SQLAlchemy
        (r"input_value=.*?(?=, input_type=|\Z)", f"input_value={_HIDDEN}"),  # pydantic
        (r"'input': [^\n]*", f"'input': {_HIDDEN}"),  # FastAPI
        (r"\$argon2[a-z]*\$[^\s'\"]+", _HIDDEN),
        (r"whsec_[\w+/=-]+", _HIDDEN),
        (r"(://[^\s/:@]*:)[^\s@]+(?=@)", rf"\1{_HIDDEN}"),
        (r"\b(Bearer|Basic) [\w.~+/=-]{8,}", rf"\1 {_HIDDEN}"),
    )
)
"""What carries values of others in what libraries say of their errors."""


def _cleaner(hidden: Iterable[str]) -> Callable[[Any, str, MutableMapping[str, Any]], MutableMapping[str, Any]]:
    """The last look at a line before it is written: no value of a key that names a secret, no secret of ours, nothing of _PATTERNS."""
    values = sorted({value for value in hidden if len(value) >= _LEAST_HIDDEN}, key=len, reverse=True)
    ours = re.compile("|".join(map(re.escape, values)) or r"(?!)")

    def text(said: str) -> str:
        said = ours.sub(_HIDDEN, said)
        for pattern, replacement in _PATTERNS:
            said = pattern.sub(replacement, said)
        return said

    def clean(value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {str(key): _HIDDEN if _SECRET.search(str(key)) else clean(one) for key, one in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [clean(one) for one in value]
        return text(value if isinstance(value, str) else repr(value))

    return lambda _, __, event: clean(event)


def configure(level: str = "info", form: str = "auto", hidden: Iterable[str] = ()) -> None:
    """Send every log line to standard error in one form. Libraries speak from warning up, or all at debug. `hidden` are secrets of ours."""
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # plain tracebacks in both forms: the pretty ones show the variables of each function, and what they hold
    shown = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    final: list[Any] = [structlog.processors.format_exc_info, _cleaner(hidden), shown]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, *final]))
    handler.addFilter(lambda record: record.levelno >= logging.WARNING or not record.name.startswith(_TELLTALE))
    if level != "debug":
        handler.addFilter(OneLineWhileAway())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
