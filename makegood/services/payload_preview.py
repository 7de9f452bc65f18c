"""`makegood gateway translate`: one payload through exactly the code of the gateway: verified where there is a secret, then understood."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from gateway.records import not_too_far_ahead
from gateway.responses import Refusal
from gateway.settings import GatewaySettings, SourceSettings
from gateway.sources import InvalidSource, Source, source_of
from gateway.translate.signature import WHY_REFUSED, Request, Verification
from gateway.translate.systems import SYSTEMS
from gateway.translate.translation import BadPayload, Translation
from makegood.errors import UserError


class Preview(NamedTuple):
    """A translation, and what is said beside it, for people: on standard error."""

    translation: Translation
    notes: list[str]


def translate(system: str, payload: Path, headers: Path | None, settings: Path | None) -> Preview:
    """What the gateway would make of a payload. Raises UserError: an unreadable file, a wrong signature, a payload that says where."""
    if system not in SYSTEMS:
        raise UserError(f"there is no system {system!r}: it is one of {', '.join(sorted(SYSTEMS))}")
    source = _source(system, settings)
    raw, given_headers = _bytes(payload), _headers(headers)
    now = datetime.now(UTC)
    notes = _verified(source, raw, given_headers, now) if headers is not None else []
    try:
        understood = source.understand(raw, given_headers, now)
    except BadPayload as bad:
        raise UserError(f"not understood at {bad.where}: {bad.why}") from None
    return Preview(understood, notes + _of_the_future(understood, now))


def _verified(source: Source, raw: bytes, headers: Mapping[str, str], now: datetime) -> list[str]:
    if not source.secrets:
        return ["the signature was not verified: the settings file has no secrets"]
    verification = source.verify(Request(raw, headers), now)
    if verification is Verification.STALE:
        return [f"the signature is right, but the gateway would refuse it by now: {WHY_REFUSED[verification]}"]
    if verification is not Verification.GENUINE:
        raise UserError(f"the gateway would refuse it: {WHY_REFUSED[verification]}")
    return ["the signature is right"]


def _of_the_future(understood: Translation, now: datetime) -> list[str]:
    notes = []
    for fact in understood.facts:
        try:
            not_too_far_ahead(fact, now, GatewaySettings().most_ahead_h)
        except Refusal as refusal:
            notes.append(f"the gateway would refuse it now: {refusal.error}")
    return notes


# -- files --------------------------------------------------------------------------------------------------------------------------


def _bytes(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None


def _headers(path: Path | None) -> dict[str, str]:
    """A JSON object, or lines `Name: value`. Names in lower case."""
    if path is None:
        return {}
    text = _bytes(path).decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except ValueError:
        pairs = (line.partition(":") for line in text.splitlines() if line.strip())
        return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
    if not isinstance(found, dict):
        raise UserError(f"{path}: headers are a JSON object, or lines `Name: value`")
    return {str(name).lower(): str(value) for name, value in found.items()}


def _source(system: str, path: Path | None) -> Source:
    """The source that a settings file describes: a makegood.toml with [gateway.sources.NAME], such a table alone, or its settings alone."""
    given_headers = {} if path is None else _table(_toml_or_json(path), system)
    try:
        settings = SourceSettings.model_validate(given_headers | {"system": system})
        return source_of(system, settings, signed=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise UserError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except InvalidSource as error:
        raise UserError(f"{path}: {error}" if path else str(error)) from None


def _table(found: dict[str, Any], system: str) -> dict[str, Any]:
    gateway = found.get("gateway", found)
    sources = gateway.get("sources") if isinstance(gateway, dict) else None
    if isinstance(sources, dict):
        fitting = [table for name, table in sources.items() if isinstance(table, dict) and table.get("system", name) == system]
        named = [table for name, table in sources.items() if name == system and table in fitting]
        return dict((named or fitting or [{}])[0])
    if "gateway" in found:
        return {}
    return found if found.keys() <= SourceSettings.model_fields.keys() else {"settings": found}


def _toml_or_json(path: Path) -> dict[str, Any]:
    text = _bytes(path).decode("utf-8", "replace")
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError as error:
        raise UserError(f"{path} is neither TOML nor JSON: {error}") from None
    return dict(found)
